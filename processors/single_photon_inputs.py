"""The 12 variables of the single photon's classifier: the photon, its balance, what else is seen."""

from collections.abc import Mapping

import hist
import numpy as np

from .channel import CutVariable
from .chunk_events import ChunkEvents
from .momenta import Momenta
from .objects import Array, Index, Objects
from .trained import Training

NOWHERE = 180.0
"""Degrees: the angle to a cluster that is not there."""

TRAINING = Training(
    kind="trees",
    inputs={
        "cosine": "cos theta* of the photon",
        "balance_angle": "smallest angle to the beams (deg, CM) at which massless particles can balance its p_T*",
        "missing_theta": "polar angle of the missing momentum (deg, laboratory): gaps and edges of the calorimeter",
        "second_moment": "lateral second moment of the photon's shower (cm^2)",
        "e9_over_e21": "energy in 3 x 3 crystals over that in 5 x 5 without corners",
        "second_energy": "energy of the second cluster (GeV, laboratory), 0 without one",
        "second_delay": "its time after the photon's (ns), the time window without one",
        "second_to_missing": "angle between it and the missing momentum (deg, laboratory), 180 without one",
        "second_acoplanarity": "how far its azimuth is from opposite to the photon's (deg), 180 without one",
        "extra_energy": "energy of all other clusters in time (GeV, laboratory)",
        "muon_system_distance": "angle between the missing momentum and the nearest KLM cluster (deg), 180 without one",
        "muon_system_layers": "layers of the thickest KLM cluster, 0 without one",
    },
    against={
        "least_cosine": CutVariable(hist.axis.Regular(25, -1, 1, name="cosine"), "above"),
        "most_cosine": CutVariable(hist.axis.Regular(25, -1, 1, name="cosine"), "below"),
        "second_cluster": CutVariable(hist.axis.Regular(20, 0, 1, name="second_energy"), "below"),
        "muon_system": CutVariable(hist.axis.Regular(18, 0, 180, name="muon_system_distance"), "above"),
    },
    fields={"photons": ("second_moment", "e9_over_e21"), "klm": ("layers",), "": ("event",)},
)


def shower_shapes(photons: Objects) -> Mapping[str, Array]:
    """Give the shape of each event's first photon."""
    return {name: photons[name][photons.first] for name in ("second_moment", "e9_over_e21")}


def balance(centre: Momenta, missing: Momenta, sqrt_s: float) -> Mapping[str, Array]:
    """Give the angles at which what balances the photon may have gone.

    Massless particles that carry p_T* with the energy sqrt(s) - E* have it at least sin(angle) = p_T*/(sqrt(s) - E*)
    off the beams: electrons of ee -> ee gamma below this angle cannot have been lost in the beam pipe.

    Parameters
    ----------
    centre
        The photon in the CM frame.
    missing
        The missing momentum, laboratory.
    sqrt_s
        GeV.
    """
    sine = np.clip(centre.pt / (sqrt_s - centre.energy), 0.0, 1.0)
    return {"balance_angle": np.degrees(np.arcsin(sine)), "missing_theta": missing.theta}


def second_cluster(photons: Objects, momenta: Momenta, missing: Momenta, window: float) -> Mapping[str, Array]:
    """Say where and when the second cluster is.

    Parameters
    ----------
    photons, momenta
        Clusters of events with at least one, the most energetic first; momenta in the laboratory.
    missing
        The missing momentum, laboratory.
    window
        ns: the delay that stands for no cluster.
    """
    there = photons.counts > 1
    first, second = photons.first, photons.first[there] + 1
    delay, to_missing, acoplanarity = (np.full(len(there), value) for value in (window, NOWHERE, NOWHERE))
    delay[there] = photons["time"][second] - photons["time"][first[there]]
    to_missing[there] = momenta[second].angle(missing[there])
    turned = momenta.phi[second] - momenta.phi[first[there]]
    acoplanarity[there] = np.degrees(np.abs(np.abs(np.angle(np.exp(1j * turned))) - np.pi))
    return {"second_delay": delay, "second_to_missing": to_missing, "second_acoplanarity": acoplanarity}


def muon_system_layers(events: ChunkEvents, found: Index) -> Array:
    """Give the layers of each event's thickest cluster in the muon system, 0 without one."""
    clusters = events.objects("klm").of(found)
    layers = np.zeros(len(found))
    np.maximum.at(layers, clusters.event, clusters["layers"])
    return layers
