"""Vertices of pairs of oppositely charged tracks, from the tracks' helices and their covariance.

basf2 stores fits of some pairs (V0s), without uncertainties and in new releases only; its vertex fits proper happen in
the ntuple step. So each pair's helices are brought together here: in the transverse plane circles cross exactly or come
closest, along z the two heights at that point are compared. The uncertainties follow from the tracks' covariance by
numerical derivatives. What this leaves out: material, the field's inhomogeneity, a beam-spot constraint.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from .assembly import Records, Values
from .mdst_helix import Array, Helix

LEAST_PROBABILITY = 1e-3
"""Pairs whose tracks miss each other by more are no vertices; basf2's skims ask for the same."""

STEP = 0.1  # of a parameter's uncertainty, for derivatives


@dataclass(frozen=True)
class Meeting:
    """Where two helices meet: (x, y) in cm, both heights z there, and by how much circles miss each other."""

    x: Array
    y: Array
    first_z: Array
    second_z: Array
    gap: Array

    def radius(self, point: tuple[float, float, float]) -> Array:
        """Transverse distance from `point`, cm."""
        return np.hypot(self.x - point[0], self.y - point[1])


def meet(first: Helix, second: Helix, side: Array) -> Meeting:
    """Bring two helices together in the transverse plane.

    Parameters
    ----------
    first, second
        Pairs of helices.
    side
        +1 or -1: which of the two crossings of the circles.
    """
    (x1, y1), (x2, y2) = first.centre, second.centre
    r1, r2 = abs(1.0 / first.omega), abs(1.0 / second.omega)
    distance = np.hypot(x2 - x1, y2 - y1)
    ux, uy = (x2 - x1) / distance, (y2 - y1) / distance
    along = (r1**2 - r2**2 + distance**2) / (2.0 * distance)
    square = r1**2 - along**2
    across = side * np.sqrt(np.clip(square, 0.0, None))
    apart = square < 0.0
    outside = distance > r1 + r2
    sign1 = np.where(outside | (r1 > r2), 1.0, -1.0)
    sign2 = np.where(outside, -1.0, sign1)
    near1, near2 = sign1 * r1, distance + sign2 * r2  # along the line of centres, where circles do not cross
    along = np.where(apart, 0.5 * (near1 + near2), along)
    x, y = x1 + along * ux - across * uy, y1 + along * uy + across * ux
    first_z, second_z = (helix.z0 + helix.tan_lambda * helix.path_to(x, y) for helix in (first, second))
    return Meeting(x, y, first_z, second_z, np.where(apart, near2 - near1, 0.0))


class PairVertices:
    """All pairs of an event's tracks that meet.

    Parameters
    ----------
    tracks
        Gives the tracks' helices, one row a track.
    covariances
        Gives their covariance matrices (n, 5, 5), in the helix' parameters.
    counts
        Gives the tracks of each event.
    point
        The interaction point, cm.
    mothers
        Gives each track's true mother, -1 for none; None without truth.
    """

    def __init__(
        self,
        tracks: Callable[[], Helix],
        covariances: Callable[[], NDArray[np.float64]],
        counts: Callable[[], NDArray[np.int64]],
        point: tuple[float, float, float],
        mothers: Callable[[], NDArray[np.int64]] | None,
    ) -> None:
        self._tracks = tracks
        self._covariances = covariances
        self._counts = counts
        self._point = point
        self._mothers = mothers

    def records(self) -> Records:
        """Give the collection."""
        found: dict[str, Callable[[], NDArray[Any]]] = {
            "first": lambda: self._pairs[1][self._kept],
            "second": lambda: self._pairs[2][self._kept],
            "x": lambda: self._fit.x - self._point[0],
            "y": lambda: self._fit.y - self._point[1],
            "z": lambda: self._fit.z - self._point[2],
            "radius_error": lambda: self._fit.radius_error,
            "probability": lambda: self._fit.probability,
        }
        for name, which in (("first", 3), ("second", 4)):
            found |= {f"{name}_p{axis}": partial(self._momentum, which, i) for i, axis in enumerate("xyz")}
        if self._mothers is not None:
            found["truth"] = self._truth
        return Records({name: Values(make) for name, make in found.items()}, self._number)

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], ...]:
        """Event, place in the event of the positive and the negative track, and their places among all tracks."""
        counts = self._counts()
        charge = ak.unflatten(self._tracks().charge, counts)
        place = ak.local_index(charge, axis=1)
        one, other = ak.unzip(ak.cartesian([place[charge > 0], place[charge < 0]]))
        event = np.repeat(np.arange(len(counts)), np.asarray(ak.num(one)))
        positive, negative = (np.asarray(ak.flatten(each)).astype(np.int64) for each in (one, other))
        before = (np.cumsum(counts) - counts)[event]
        return event, positive, negative, before + positive, before + negative

    @cached_property
    def _all(self) -> "_Fit":
        helix, covariance = self._tracks(), self._covariances()
        first, second = self._pairs[3:]
        return fit(take(helix, first), take(helix, second), covariance[first], covariance[second], self._point)

    @cached_property
    def _kept(self) -> NDArray[np.bool_]:
        return np.asarray(self._all.probability >= LEAST_PROBABILITY)

    @cached_property
    def _fit(self) -> "_Fit":
        return _Fit(*(getattr(self._all, each.name)[self._kept] for each in fields(_Fit)))

    def _number(self) -> NDArray[np.int64]:
        return np.bincount(self._pairs[0][self._kept], minlength=len(self._counts()))

    def _momentum(self, which: int, axis: int) -> Array:
        helix = take(self._tracks(), self._pairs[which][self._kept])
        return helix.momentum_at(self._fit.x, self._fit.y)[axis]

    def _truth(self) -> NDArray[np.int64]:
        if self._mothers is None:
            raise AssertionError  # there is no such field then
        mothers = self._mothers()
        one, other = (mothers[self._pairs[which][self._kept]] for which in (3, 4))
        return np.where(one == other, one, -1)


@dataclass(frozen=True)
class _Fit:
    x: Array
    y: Array
    z: Array
    radius_error: Array
    probability: Array


def take(helix: Helix, place: NDArray[np.int64]) -> Helix:
    """Give the helices at `place`."""
    return Helix(*(getattr(helix, each.name)[place] for each in fields(Helix)))


def fit(
    first: Helix, second: Helix, first_covariance: Array, second_covariance: Array, point: tuple[float, float, float]
) -> _Fit:
    """Find where pairs meet, with uncertainties: the crossing whose heights differ less.

    The p-value is that of the heights' difference (and of the gap, where circles do not cross): one degree of freedom.
    """
    sides = [meet(first, second, np.full_like(first.d0, side)) for side in (1.0, -1.0)]
    differences = [abs(each.first_z - each.second_z) for each in sides]
    side = np.where(differences[0] <= differences[1], 1.0, -1.0)
    best = meet(first, second, side)
    derivatives = np.concatenate(
        [
            _derivatives(first, first_covariance, lambda moved: _measures(meet(moved, second, side), point)),
            _derivatives(second, second_covariance, lambda moved: _measures(meet(first, moved, side), point)),
        ],
        axis=-1,
    )
    covariance = np.zeros((len(side), 10, 10))
    covariance[:, :5, :5], covariance[:, 5:, 5:] = first_covariance, second_covariance
    spread = np.einsum("nai,nij,nbj->nab", derivatives, covariance, derivatives)
    variance = spread[:, 1, 1] + spread[:, 2, 2] - 2.0 * spread[:, 1, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (best.first_z - best.second_z) ** 2 / variance
        square += np.where(best.gap != 0.0, best.gap**2 / spread[:, 3, 3], 0.0)
        weights = 1.0 / spread[:, 1, 1], 1.0 / spread[:, 2, 2]
        z = (weights[0] * best.first_z + weights[1] * best.second_z) / (weights[0] + weights[1])
    probability = np.nan_to_num(chdtrc(1.0, square), nan=0.0)
    return _Fit(best.x, best.y, z, np.sqrt(spread[:, 0, 0]), probability)


def _measures(meeting: Meeting, point: tuple[float, float, float]) -> Array:
    return np.stack([meeting.radius(point), meeting.first_z, meeting.second_z, meeting.gap], axis=1)


def _derivatives(helix: Helix, covariance: Array, measure: Callable[[Helix], Array]) -> Array:
    """Give the derivatives (n, 4, 5) of what is measured by a helix' parameters."""
    columns = []
    for i, parameter in enumerate(fields(Helix)):
        step = STEP * np.sqrt(covariance[:, i, i])
        value = getattr(helix, parameter.name)
        up, down = (measure(replace(helix, **{parameter.name: value + sign * step})) for sign in (1.0, -1.0))
        columns.append((up - down) / (2.0 * step)[:, None])
    return np.stack(columns, axis=-1)
