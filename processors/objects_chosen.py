"""Which tracks and photons searches count, chosen once a chunk; what may be one counts against a veto."""

from typing import NamedTuple

import numpy as np

from ..datasets.documents import Document
from ..datasets.experiment import load_experiment
from .channel import NOMINAL
from .chunk_events import ChunkEvents, metadata
from .momenta import Momenta
from .objects import Array, Index, Mask, Objects
from .shifts import shifted_photons


class TrackCuts(Document):
    """Tracks from the interaction point: |d0| and |z0| below (cm), transverse momentum above (GeV, laboratory)."""

    d0: float
    z0: float
    pt: float


class PhotonCuts(Document):
    """Photons in time: |t| within `window` (ns), energy above `energy` (GeV, laboratory)."""

    window: float
    energy: float


class Tracks(NamedTuple):
    """Tracks that may come from the interaction point.

    Attributes
    ----------
    tracks
        Those that do not certainly fail: a track with a broken parameter counts as a track.
    sound
        Which events have no such broken track: it can veto, it is never a good one.
    good
        Which of the tracks are not broken.
    """

    tracks: Objects
    sound: Mask
    good: Mask


def tracks_from_origin(events: ChunkEvents, cuts: TrackCuts) -> Tracks:
    """Choose the tracks that may come from the interaction point."""
    return events.once(cuts, lambda: _tracks(events.objects("tracks"), cuts))


def _tracks(tracks: Objects, cuts: TrackCuts) -> Tracks:
    with np.errstate(invalid="ignore"):
        d0, z0, pt = np.abs(tracks["d0"]), np.abs(tracks["z0"]), np.hypot(tracks["px"], tracks["py"])
        fails = (d0 >= cuts.d0) | (z0 >= cuts.z0) | (pt <= cuts.pt)
        passes = (d0 < cuts.d0) & (z0 < cuts.z0) & (pt > cuts.pt)
    return Tracks(tracks.keep(~fails), ~tracks.any(~fails & ~passes), passes[~fails])


def photons_in_time(events: ChunkEvents, cuts: PhotonCuts, variation: str = NOMINAL) -> Objects:
    """Choose the photons that are not certainly late, early or soft, with energies as in a variation of photons."""
    return events.once((cuts, variation), lambda: _photons(events, cuts, variation))


def _photons(events: ChunkEvents, cuts: PhotonCuts, variation: str) -> Objects:
    photons = events.once(
        ("photons", variation),
        lambda: shifted_photons(events.objects("photons"), variation, metadata(events, "experiment")),
    )
    with np.errstate(invalid="ignore"):
        return photons.keep(~(np.abs(photons["time"]) >= cuts.window) & ~(photons["energy"] <= cuts.energy))


def net_charge(tracks: Objects) -> Array:
    """Give the sum of charges by event."""
    return tracks.sum(tracks["charge"])


def identified(likelihood: Array, threshold: float) -> Mask:
    """Tell which likelihood ratios lie above the threshold and are ones (at most 1)."""
    return np.asarray((likelihood > threshold) & (likelihood <= 1.0))


def number_identified(events: ChunkEvents, cuts: TrackCuts, name: str, threshold: float) -> Index:
    """Count each event's tracks that are identified as `name` ("muon_id", ...), once a chunk."""
    tracks = tracks_from_origin(events, cuts).tracks
    return events.once((cuts, name, threshold), lambda: tracks.count(identified(tracks[name], threshold)))


def in_part(events: ChunkEvents, momenta: Momenta, part: str) -> Mask:
    """Tell which momenta point into a part of the detector (`experiments/*.yaml`: "calorimeter_barrel", ...)."""
    range_ = load_experiment(metadata(events, "experiment")).acceptance[part]
    return momenta.within(range_.low, range_.high)


def close_to(objects: Objects, directions: Momenta, axis: Momenta, angle: float) -> Mask:
    """Tell which events have an object that is not certainly further than `angle` degrees from the event's axis.

    Parameters
    ----------
    objects, directions
        The objects and their directions.
    axis
        One vector an event; an axis without direction is close to everything.
    """
    return objects.any(~(directions.angle(axis[objects.event]) > angle))
