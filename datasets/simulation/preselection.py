"""Loose conditions under which an event is worth writing: whatever fails them, no channel could use."""

from collections.abc import Callable, Sequence

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..frames import Beams

Booleans = NDArray[np.bool_]

PHOTON_CM_ENERGY = 0.5  # GeV; the softest single-photon trigger asks for more
SECOND_PHOTON_ENERGY = 0.6  # GeV, laboratory; the searches allow no second cluster above 0.15 GeV
PAIR_PHOTON_ENERGY = 0.2  # GeV, laboratory; searches for photons beside others ask for more
STIFF_TRACK = 0.5  # GeV of transverse momentum; the searches allow no track above 0.15 GeV


def track_pair(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001  # one signature for all
    """Tell which events have at least two tracks."""
    return np.asarray(ak.num(events.tracks) >= 2)


def photon_pair(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001
    """Tell which events have at least two photons of some energy."""
    return np.asarray(ak.sum(events.photons.energy > PAIR_PHOTON_ENERGY, axis=1) >= 2)


def track_and_photon(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001
    """Tell which events have a track and a photon of some energy."""
    return np.asarray((ak.num(events.tracks) >= 1) & ak.any(events.photons.energy > PAIR_PHOTON_ENERGY, axis=1))


def lone_photon(events: ak.Array, beams: Beams) -> Booleans:
    """Tell which events have a photon of some energy in the CM frame, no other hard photon and no stiff track."""
    photons, tracks = events.photons, events.tracks
    row = beams.to_cm[0]
    energy = row[0] * photons.energy + row[1] * photons.px + row[2] * photons.py + row[3] * photons.pz
    hard = ak.any(energy > PHOTON_CM_ENERGY, axis=1)
    second = ak.sum(photons.energy > SECOND_PHOTON_ENERGY, axis=1) > 1
    stiff = ak.any(tracks.px**2 + tracks.py**2 > STIFF_TRACK**2, axis=1)
    return np.asarray(hard & ~second & ~stiff)


PRESELECTIONS: dict[str, Callable[[ak.Array, Beams], Booleans]] = {
    "track_pair": track_pair,
    "lone_photon": lone_photon,
    "photon_pair": photon_pair,
    "track_and_photon": track_and_photon,
}


def passes(events: ak.Array, beams: Beams, names: Sequence[str]) -> Booleans:
    """Tell which events hold one of the named conditions; all of them where none is named."""
    if not names:
        return np.ones(len(events), dtype=bool)
    return np.asarray(np.logical_or.reduce([PRESELECTIONS[name](events, beams) for name in names]))
