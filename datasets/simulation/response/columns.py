"""Flat columns: records of all events one after the other, each with the number of its event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Kind = TypeVar("Kind", bound="Columns")


@dataclass(frozen=True)
class Columns:
    """Base of everything flat: arrays of one length N.

    Attributes
    ----------
    event
        (N,) number of the event that each record belongs to, never falling.
    """

    event: Integers

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.event)

    def select(self, chosen: NDArray[Any]) -> Self:
        """Give the records of a mask or of indices."""
        if chosen.dtype == bool and chosen.all():
            return self
        rows = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        return type(self)(**{each.name: getattr(self, each.name).take(rows) for each in fields(self)})


def concatenate(parts: Sequence[Kind]) -> Kind:
    """Join columns of one kind and bring them into the order of events; within one, the order of `parts` stays."""
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([part.event for part in parts]), kind="stable")
    kind = type(parts[0])
    return kind(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]).take(order) for each in fields(kind)}
    )


def counts(event: Integers, number: int) -> Integers:
    """Count the records of each of `number` events."""
    return np.bincount(event, minlength=number)


def sums(event: Integers, values: Floats, number: int) -> Floats:
    """Sum a value over the records of each of `number` events."""
    return np.bincount(event, weights=values, minlength=number).astype(np.float64)


def is_one_of(values: Integers, codes: Iterable[int]) -> Booleans:
    """Tell which values are any of a few codes: for those, `np.isin` takes five times as long."""
    found = np.zeros(len(values), dtype=bool)
    for code in codes:
        found |= values == code
    return found


def length(one: Floats | float, other: Floats | float) -> Floats:
    """Give the root of two squares' sum; `np.hypot`, which guards against overflow, takes three times as long."""
    return np.asarray(np.sqrt(np.square(one) + np.square(other)))


def position(event: Integers, number: int) -> Integers:
    """Give each record's index within its event."""
    first = np.concatenate([[0], np.cumsum(counts(event, number))[:-1]])
    return np.asarray(np.arange(len(event)) - first[event])


def pairs(event: Integers) -> tuple[Integers, Integers]:
    """Give all pairs (i, j), i < j, of records of the same event."""
    first: list[Integers] = [np.empty(0, dtype=np.int64)]
    second: list[Integers] = [np.empty(0, dtype=np.int64)]
    left = np.arange(len(event) - 1) if len(event) else np.empty(0, dtype=np.int64)
    for distance in range(1, len(event)):
        left = left[left < len(event) - distance]
        # A record whose neighbour at this distance is of another event has none further away either.
        left = left[event[left] == event[left + distance]]
        if not len(left):
            break
        first.append(left)
        second.append(left + distance)
    return np.concatenate(first), np.concatenate(second)


def any_in_event(event: Integers, number: int) -> Booleans:
    """Tell for each of `number` events whether it has a record."""
    found = np.zeros(number, dtype=bool)
    found[event] = True
    return found
