"""Loose conditions under which an event is worth writing: whatever fails them, no channel could use."""

from collections.abc import Callable, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..frames import Beams
from .amplitudes.compilation import compiled

Booleans = NDArray[np.bool_]

PHOTON_CM_ENERGY = 0.5  # GeV; the softest single-photon trigger asks for more
SECOND_PHOTON_ENERGY = 0.6  # GeV, laboratory; the searches allow no second cluster above 0.15 GeV
PAIR_PHOTON_ENERGY = 0.2  # GeV, laboratory; searches for photons beside others ask for more
RADIATED_ENERGY = 0.1  # GeV, laboratory; the searches for a pair and a photon ask for 0.2 in the centre of mass
STIFF_TRACK = 0.5  # GeV of transverse momentum; the searches allow no track above 0.15 GeV


def track_pair(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001  # one signature for all
    """Tell which events have at least two tracks."""
    return np.asarray(ak.num(events.tracks) >= 2)


def radiating_pair(events: ak.Array, beams: Beams) -> Booleans:
    """Tell which events have at least two tracks and a photon."""
    energy, event = _flat(events.photons, "energy")
    return track_pair(events, beams) & (_count(energy[0] > RADIATED_ENERGY, event, len(events)) >= 1)


def photon_pair(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001
    """Tell which events have at least two photons of some energy."""
    energy, event = _flat(events.photons, "energy")
    return _count(energy[0] > PAIR_PHOTON_ENERGY, event, len(events)) >= 2


def track_and_photon(events: ak.Array, beams: Beams) -> Booleans:  # noqa: ARG001
    """Tell which events have a track and a photon of some energy."""
    energy, event = _flat(events.photons, "energy")
    bright = _count(energy[0] > PAIR_PHOTON_ENERGY, event, len(events)) >= 1
    return np.asarray(ak.num(events.tracks) >= 1) & bright


def lone_photon(events: ak.Array, beams: Beams) -> Booleans:
    """Tell which events have a photon of some energy in the CM frame, no other hard photon and no stiff track."""
    passed = np.empty(len(events), dtype=np.bool_)
    photons, tracks = _packed(events.photons, "energy", "px", "py", "pz"), _packed(events.tracks, "px", "py")
    _find_lone(photons, tracks, beams.to_cm[0], passed)
    return passed


@compiled
def _find_lone(photons: Any, tracks: Any, row: Any, passed: Any) -> None:
    """Fill which events pass (compiled); `row` gives a momentum's energy in the CM frame."""
    (first, energy, px, py, pz), (start, tx, ty) = photons, tracks
    for event in range(len(passed)):
        hard, second, stiff = 0, 0, 0
        for i in range(first[event], first[event + 1]):
            boosted = row[0] * energy[i] + row[1] * px[i] + row[2] * py[i] + row[3] * pz[i]
            hard += boosted > PHOTON_CM_ENERGY
            second += energy[i] > SECOND_PHOTON_ENERGY
        for i in range(start[event], start[event + 1]):
            stiff += tx[i] ** 2 + ty[i] ** 2 > STIFF_TRACK**2
        passed[event] = hard >= 1 and second <= 1 and stiff == 0


def _packed(objects: ak.Array, *names: str) -> tuple[NDArray[Any], ...]:
    """Give where each event's objects begin, and where the last one's end, and columns of all objects."""
    layout = ak.to_packed(objects[list(names)]).layout
    return np.asarray(layout.offsets), *(np.asarray(layout.content.content(name).data) for name in names)


# Flat columns: on batches of some thousand events operations on lists cost several times as much.
def _flat(objects: ak.Array, *names: str) -> tuple[list[NDArray[np.float32]], NDArray[np.int64]]:
    """Give columns of all objects, and the number of each one's event."""
    event = np.repeat(np.arange(len(objects)), np.asarray(ak.num(objects)))
    return [np.asarray(ak.flatten(objects[name])) for name in names], event


def _count(chosen: Booleans, event: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Count chosen objects in each of `number` events."""
    return np.bincount(event[chosen], minlength=number)


PRESELECTIONS: dict[str, Callable[[ak.Array, Beams], Booleans]] = {
    "track_pair": track_pair,
    "lone_photon": lone_photon,
    "photon_pair": photon_pair,
    "track_and_photon": track_and_photon,
    "radiating_pair": radiating_pair,
}


def passes(events: ak.Array, beams: Beams, names: Sequence[str]) -> Booleans:
    """Tell which events hold one of the named conditions; all of them where none is named."""
    if not names:
        return np.ones(len(events), dtype=bool)
    return np.asarray(np.logical_or.reduce([PRESELECTIONS[name](events, beams) for name in names]))
