"""Choosing and joining events whose layouts are flat columns and offsets, as the response makes them.

Awkward's own slices and concatenations stay lists of pieces, which every later step works out anew for each column:
writing a file took half as long again.
"""

from __future__ import annotations

from collections.abc import Sequence

import awkward as ak
import numpy as np
from awkward.contents import Content, ListOffsetArray, NumpyArray, RecordArray
from awkward.index import Index64
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def select(events: ak.Array, kept: NDArray[np.bool_]) -> ak.Array:
    """Give the events of a mask, packed."""
    return events if kept.all() else ak.Array(_take(events.layout, np.flatnonzero(kept)))


def join(parts: Sequence[ak.Array]) -> ak.Array:
    """Give the events of all parts, which have the same fields, packed."""
    return ak.Array(_join([part.layout for part in parts]))


def _take(layout: Content, rows: Rows) -> Content:
    if isinstance(layout, RecordArray):
        contents = [_take(content[: len(layout)], rows) for content in layout.contents]
        return RecordArray(contents, layout.fields, length=len(rows))
    if isinstance(layout, ListOffsetArray):
        starts = np.asarray(layout.offsets)[rows]
        offsets = _offsets(np.asarray(layout.offsets)[rows + 1] - starts)
        # The row within the content is the one within the result, moved by what lies before its list in both.
        moved = np.repeat(starts - offsets[:-1], np.diff(offsets))
        return ListOffsetArray(Index64(offsets), _take(layout.content, moved + np.arange(offsets[-1])))
    if isinstance(layout, NumpyArray):
        return NumpyArray(layout.data.take(rows, axis=0))
    return layout[rows]


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
