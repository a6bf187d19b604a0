"""The variables of the visible dark photon's classifier: its mass, angles and flight.

Signals and backgrounds are trained on flat in the mass, which is no evidence by itself, then: it says which angles to
expect. Photons beside the one (balance, extra energy) are no inputs: radiative Bhabha events are simulated at lowest
order, without any, while signals have them.
"""

from collections.abc import Mapping

import hist
import numpy as np

from .channel import CutVariable
from .momenta import ELECTRON_MASS, Momenta
from .objects import Array
from .trained import Training

TRAINING = Training(
    kind="network",
    inputs={
        "log_mass": "ln of the pair's mass (GeV): which hypothesis it is judged for",
        "signed_helicity": "cos of the negative lepton's angle in the pair's frame to the pair's direction",
        "photon_cosine": "cos theta* of the photon; where it goes backward the event is turned by CP",
        "negative_cosine": "cos theta* of the negative lepton, turned with the photon",
        "positive_cosine": "cos theta* of the positive lepton, turned with the photon",
        "decay_plane": "|cos| of the angle between the pair's plane and that of beams and photon (CM)",
        "photon_lepton_cosine": "cos of the angle between the photon and the nearest lepton (CM)",
        "log_flight": "ln of 1 + the pair's significant flight radius (cm), 0 without one: conversions",
    },
    against={
        "helicity": CutVariable(hist.axis.Regular(25, 0, 1, name="helicity"), "below"),
        "forward": CutVariable(hist.axis.Regular(20, -1, 1, name="forward_cosine"), "below"),
        "central": CutVariable(hist.axis.Regular(10, 0, 1, name="photon_cosine"), "above"),
        "momentum": CutVariable(hist.axis.Regular(8, 0, 0.5, name="total_momentum"), "below"),
        "flight": CutVariable(hist.axis.Variable([0, 0.5, 1, 2, 4, 8, 100], name="flight"), "below"),
    },
    fields={"": ("event",)},
    neighbours=3,
    level=True,
)


def pair_angles(negative: Momenta, positive: Momenta, photon: Momenta, helicity: Array) -> Mapping[str, Array]:
    """Give mass and angles of a pair and a photon, turned by CP where the photon goes backward.

    CP exchanges the leptons and turns all momenta round; so it does with the beams, and no amplitude changes.

    Parameters
    ----------
    negative, positive, photon
        In the CM frame.
    helicity
        Signed cosine of the negative lepton's helicity angle.
    """
    backward = photon.cosine < 0.0
    one, other = (np.where(backward, -b.cosine, a.cosine) for a, b in ((negative, positive), (positive, negative)))
    return {
        "log_mass": np.log(np.maximum((negative + positive).mass, 2.0 * ELECTRON_MASS)),
        "signed_helicity": np.where(backward, -helicity, helicity),
        "photon_cosine": np.abs(photon.cosine),
        "negative_cosine": one,
        "positive_cosine": other,
        "forward_cosine": np.maximum(one, -other),
        "decay_plane": _plane_cosine(negative, positive, photon),
        "photon_lepton_cosine": np.cos(np.radians(np.minimum(photon.angle(negative), photon.angle(positive)))),
    }


def _plane_cosine(negative: Momenta, positive: Momenta, photon: Momenta) -> Array:
    """Give |cos| between the normals of the pair's plane and of the beams' and the photon's; 0 where there is none."""
    normal = _cross(negative, positive)
    beams = (photon.py, -photon.px, np.zeros_like(photon.px))
    length = np.sqrt(sum(each**2 for each in normal)) * photon.pt
    product = sum(a * b for a, b in zip(normal, beams, strict=True))
    return np.asarray(np.abs(product) / np.where(length > 0.0, length, np.inf))


def _cross(a: Momenta, b: Momenta) -> tuple[Array, Array, Array]:
    return a.py * b.pz - a.pz * b.py, a.pz * b.px - a.px * b.pz, a.px * b.py - a.py * b.px
