"""What a search found in a chunk under one assumption: rows with cuts passed, observables and weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .objects import Array, Index, Mask


@dataclass(frozen=True)
class Selected:
    """Rows of one chunk: one an event, or several where every candidate counts (four pairs of an event with 4 muons).

    A cut's mask stands under its name, or under `own(cut, region)` where a region has its own; what is under both is
    the region's. A cut that a region does not know counts as passed there.

    Attributes
    ----------
    early
        Cuts looked at for all events, (events,) each.
    event
        Number of each row's event in the chunk, ascending. Events without a row failed an early cut or had no
        candidate.
    cuts
        The further cuts, (rows,) each.
    values
        (rows,) columns: the histograms' observables, the variables of cuts (under `own(name, region)` where a region
        has its own), what `--columns` writes.
    weights
        (rows,) factors by weight variation (`<source>_up`, `<source>_down`); "nominal" multiplies all of them.
    """

    early: Mapping[str, Mask]
    event: Index
    cuts: Mapping[str, Mask]
    values: Mapping[str, Array]
    weights: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Rows of one topology of a search that looks at several.

    Attributes
    ----------
    regions
        The regions that they belong to.
    event, cuts, values, weights
        As in `Selected`.
    """

    regions: tuple[str, ...]
    event: Index
    cuts: Mapping[str, Mask]
    values: Mapping[str, Array]
    weights: Mapping[str, Array] = field(default_factory=dict)


def union(early: Mapping[str, Mask], parts: Sequence[Part], cuts: Sequence[str], regions: Sequence[str]) -> Selected:
    """Put the rows of several topologies together; a row passes no cut of a region that is not its part's.

    Values that a part does not have are NaN, weights 1; a region's cut that a part does not have counts as passed.
    """
    event = np.concatenate([part.event for part in parts])
    order = np.argsort(event, kind="stable")
    late = [
        cut for cut in cuts if any(mask_of(part.cuts, cut, region) is not None for part in parts for region in regions)
    ]
    masks = {
        own(cut, region): np.concatenate([_mask(part, cut, region) for part in parts])[order]
        for cut in late
        for region in regions
    }
    return Selected(
        early=early,
        event=event[order],
        cuts=masks,
        values=_columns(order, parts, [part.values for part in parts], np.nan),
        weights=_columns(order, parts, [part.weights for part in parts], 1.0),
    )


def _mask(part: Part, cut: str, region: str) -> Mask:
    if region not in part.regions:
        return np.zeros(len(part.event), dtype=bool)
    found = mask_of(part.cuts, cut, region)
    return np.ones(len(part.event), dtype=bool) if found is None else found


def _columns(
    order: Index, parts: Sequence[Part], columns: Sequence[Mapping[str, Array]], missing: float
) -> dict[str, Array]:
    names = dict.fromkeys(name for each in columns for name in each)
    return {
        name: np.concatenate(
            [each.get(name, np.full(len(part.event), missing)) for part, each in zip(parts, columns, strict=True)]
        )[order]
        for name in names
    }


def own(cut: str, region: str) -> str:
    """Name a mask that belongs to one region only."""
    return f"{cut}@{region}"


def mask_of(masks: Mapping[str, Mask], cut: str, region: str) -> Mask | None:
    """Find a cut's mask in a region: its own, else the common one, else None."""
    found = masks.get(own(cut, region))
    return masks.get(cut) if found is None else found


def values_in(selected: Selected, region: str) -> dict[str, Array]:
    """Give the values with those that a region has of its own under their plain names."""
    ending = own("", region)
    mine = {name.removesuffix(ending): each for name, each in selected.values.items() if name.endswith(ending)}
    return {name: each for name, each in selected.values.items() if "@" not in name} | mine


def alive_early(early: Mapping[str, Mask], cuts: Sequence[str], region: str) -> Mask:
    """Tell which events pass all early cuts of a region."""
    masks = [mask for cut in cuts if (mask := mask_of(early, cut, region)) is not None]
    return np.asarray(np.logical_and.reduce(masks), dtype=bool)


def worth_a_look(early: Mapping[str, Mask], cuts: Sequence[str], regions: Iterable[str]) -> Index:
    """Give the numbers of the events that pass all early cuts of at least one region: only they can have a row."""
    return np.flatnonzero(np.logical_or.reduce([alive_early(early, cuts, region) for region in regions]))


def rows_passing(selected: Selected, cuts: Sequence[str], region: str, without: str | None = None) -> Mask:
    """Tell which rows pass all cuts of a region, or all but one."""
    passed = alive_early(selected.early, [cut for cut in cuts if cut != without], region)[selected.event]
    for cut in cuts:
        mask = mask_of(selected.cuts, cut, region)
        if mask is not None and cut != without:
            passed = passed & mask
    return np.asarray(passed, dtype=bool)
