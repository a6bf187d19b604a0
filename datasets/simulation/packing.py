"""Choosing and joining events whose layouts are flat columns and offsets, as the response makes them.

Awkward's own slices and concatenations stay lists of pieces, which every later step works out anew for each column:
writing a file took half as long again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import awkward as ak
import numpy as np
from awkward.contents import Content, ListOffsetArray, NumpyArray, RecordArray
from awkward.index import Index64
from numpy.typing import NDArray

from .amplitudes.compilation import compiled

Rows = NDArray[np.int64]


def select(events: ak.Array, kept: NDArray[np.bool_]) -> ak.Array:
    """Give the events of a mask, packed."""
    if kept.all():
        return events
    # Where runs of kept events begin and end: what they hold lies together, in lists within lists too.
    edges = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    return ak.Array(_take(events.layout, edges[::2], edges[1::2]))


def join(parts: Sequence[ak.Array]) -> ak.Array:
    """Give the events of all parts, which have the same fields, packed."""
    return ak.Array(_join([part.layout for part in parts]))


def _take(layout: Content, begins: Rows, ends: Rows) -> Content:
    number = int((ends - begins).sum())
    if isinstance(layout, RecordArray):
        contents = [_take(content[: len(layout)], begins, ends) for content in layout.contents]
        return RecordArray(contents, layout.fields, length=number)
    if isinstance(layout, ListOffsetArray):
        offsets = np.asarray(layout.offsets)
        sizes = _copied(np.diff(offsets), begins, ends, number)
        return ListOffsetArray(Index64(_offsets(sizes)), _take(layout.content, offsets[begins], offsets[ends]))
    if isinstance(layout, NumpyArray) and layout.data.ndim == 1:
        return NumpyArray(_copied(layout.data, begins, ends, number))
    return layout[np.repeat(begins - _offsets(ends - begins)[:-1], ends - begins) + np.arange(number)]


def _copied(values: NDArray[Any], begins: Rows, ends: Rows, number: int) -> NDArray[Any]:
    taken = np.empty(number, dtype=values.dtype)
    _copy_runs(np.ascontiguousarray(values), begins, ends, taken)
    return taken


@compiled
def _copy_runs(values: Any, begins: Rows, ends: Rows, taken: Any) -> None:
    """Copy runs of values, one after the other (compiled): an index for every value costs three times as much."""
    start = 0
    for i in range(len(begins)):
        run = values[begins[i] : ends[i]]
        place = taken[start : start + len(run)]
        for k in range(len(run)):
            place[k] = run[k]
        start += len(run)


def _join(layouts: Sequence[Content]) -> Content:
    first = layouts[0]
    if all(isinstance(each, RecordArray) for each in layouts):
        length = sum(map(len, layouts))
        return RecordArray(
            [_join([each.content(field) for each in layouts]) for field in first.fields], first.fields, length=length
        )
    if all(isinstance(each, ListOffsetArray) for each in layouts):
        offsets = [np.asarray(each.offsets) for each in layouts]
        sizes = np.concatenate([np.diff(each) for each in offsets])
        contents = [each.content[at[0] : at[-1]] for each, at in zip(layouts, offsets, strict=True)]
        return ListOffsetArray(Index64(_offsets(sizes)), _join(contents))
    if all(isinstance(each, NumpyArray) for each in layouts):
        return NumpyArray(first.data if len(layouts) == 1 else np.concatenate([each.data for each in layouts]))
    return ak.to_packed(ak.concatenate([ak.Array(each) for each in layouts])).layout


def _offsets(sizes: Rows) -> Rows:
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets
