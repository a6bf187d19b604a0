"""Pieces of selections that the searches share; what is not a number never passes, as object or as absence of one."""

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from ..datasets.experiment import Acceptance


def cuts_passed(cuts: Mapping[str, Any], order: Sequence[str]) -> Any:
    """Count how many of the cuts, taken in `order`, each event passes before it first fails (a flat array)."""
    alive = cuts[order[0]]
    passed = ak.values_astype(alive, np.int64)
    for name in order[1:]:
        alive = alive & cuts[name]
        passed = passed + ak.values_astype(alive, np.int64)
    return passed


def from_interaction_point(tracks: Any, transverse: float, along: float, momentum: float) -> tuple[Any, Any]:
    """Split off the tracks that may come from the interaction point.

    Parameters
    ----------
    tracks
        The events' tracks.
    transverse, along
        Largest |d0| and |z0|, cm.
    momentum
        Smallest transverse momentum in the laboratory, GeV.

    Returns
    -------
    tuple
        The tracks that do not certainly fail, and for each event whether all of those certainly pass: a track with
        a broken parameter counts as a track but never as a good one.
    """
    d0, z0, pt = abs(tracks.d0), abs(tracks.z0), np.hypot(tracks.px, tracks.py)
    fails = (d0 >= transverse) | (z0 >= along) | (pt <= momentum)
    passes = (d0 < transverse) & (z0 < along) & (pt > momentum)
    return tracks[~fails], ak.all(fails | passes, axis=1)


def in_time(photons: Any, window: float) -> Any:
    """Keep the photons that are not certainly further than `window` (ns) from the event's time."""
    return photons[~(abs(photons.time) >= window)]


def may_exceed(energy: Any, threshold: float) -> Any:
    """Tell which energies are not certainly at or below the threshold (GeV): the vetoes' criterion."""
    return ~(energy <= threshold)


def momentum_of(vectors: Any) -> Any:
    """Give |p| in GeV."""
    return np.sqrt(vectors.px**2 + vectors.py**2 + vectors.pz**2)


def may_lie_within(directions: Any, axis: Any, angle: float) -> Any:
    """Tell which directions are not certainly further than `angle` (degrees) from their event's `axis`.

    Parameters
    ----------
    directions
        Jagged vectors (px, py, pz in any unit).
    axis
        One vector an event.
    angle
        Opening angle of the cone, degrees.
    """
    product = directions.px * axis.px + directions.py * axis.py + directions.pz * axis.pz
    limit = np.cos(np.radians(angle)) * momentum_of(directions) * momentum_of(axis)
    return ~(product < limit)


def points_into(vectors: Any, acceptance: Acceptance) -> Any:
    """Tell which vectors' polar angles lie in a range in degrees, in the frame of the vectors."""
    cosine, low, high = _cosine(vectors), np.cos(np.radians(acceptance.high)), np.cos(np.radians(acceptance.low))
    return (cosine > low) & (cosine < high)


def signed_mass(vectors: Any) -> Any:
    """Give the invariant mass in GeV, -sqrt(-m^2) for negative m^2 (basf2's convention for mRecoil)."""
    squared = vectors.energy**2 - vectors.px**2 - vectors.py**2 - vectors.pz**2
    return np.sign(squared) * np.sqrt(abs(squared))


def first_or_nan(jagged: Any) -> Any:
    """Give each event's first value, NaN where there is none."""
    return ak.fill_none(ak.firsts(jagged, axis=1), np.nan)


def _cosine(vectors: Any) -> Any:
    momentum = momentum_of(vectors)
    # A vector of no length has no direction: NaN, without numpy's warning about 0/0.
    return vectors.pz / ak.where(momentum > 0.0, momentum, np.nan)
