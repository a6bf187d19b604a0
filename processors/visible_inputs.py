"""The variables of the visible dark photon's classifier: angles, balance and flight, none of them a mass."""

from collections.abc import Mapping

import hist
import numpy as np

from .channel import CutVariable
from .momenta import Momenta
from .objects import Array
from .trained import Training

TRAINING = Training(
    kind="network",
    inputs={
        "signed_helicity": "cos of the negative lepton's angle in the pair's frame to the pair's direction",
        "photon_cosine": "cos theta* of the photon",
        "negative_cosine": "cos theta* of the negative lepton",
        "positive_cosine": "cos theta* of the positive lepton",
        "decay_plane": "|cos| of the angle between the pair's plane and that of beams and photon (CM)",
        "photon_lepton_cosine": "cos of the angle between the photon and the nearest lepton (CM)",
        "excess_energy": "E* of pair and photon over sqrt(s) (GeV)",
        "total_momentum": "|p*| of pair and photon together (GeV)",
        "flight": "significant flight radius of the pair (cm), 0 without one: conversions",
        "extra_energy": "E* of all other photons in time (GeV)",
    },
    against={
        "helicity": CutVariable(hist.axis.Regular(25, 0, 1, name="helicity"), "below"),
        "least_excess": CutVariable(hist.axis.Regular(16, -0.8, 0, name="excess_energy"), "above"),
        "momentum": CutVariable(hist.axis.Regular(16, 0, 0.8, name="total_momentum"), "below"),
        "flight": CutVariable(hist.axis.Regular(12, 0, 12, name="flight"), "below"),
    },
    fields={"": ("event",)},
)


def pair_angles(negative: Momenta, positive: Momenta, photon: Momenta, helicity: Array) -> Mapping[str, Array]:
    """Give the angles of a pair and a photon.

    Parameters
    ----------
    negative, positive, photon
        In the CM frame.
    helicity
        Signed cosine of the negative lepton's helicity angle.
    """
    return {
        "signed_helicity": helicity,
        "photon_cosine": photon.cosine,
        "negative_cosine": negative.cosine,
        "positive_cosine": positive.cosine,
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
