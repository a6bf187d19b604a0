"""Putting the event model together from functions that make a column when it is first touched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
from awkward.contents import Content
from numpy.typing import NDArray

from .. import records
from ..event_model import COLLECTIONS, Collection, collection

Make = Callable[[], NDArray[Any]]


@dataclass(frozen=True)
class Values:
    """One column that can be made.

    Attributes
    ----------
    make
        Gives its values: one an event, or one a record, for all events in a row.
    dtype
        Their type; the event model's for fields that it names.
    """

    make: Make
    dtype: str = ""


@dataclass(frozen=True)
class Records:
    """A collection that can be made.

    Attributes
    ----------
    fields
        Its columns by name.
    counts
        Gives the number of records of each event; None for a collection with one record an event.
    """

    fields: Mapping[str, Values]
    counts: Make | None = None


@dataclass(frozen=True)
class Layout:
    """All that a file provides of the event model: the event's own scalars, and its collections by name."""

    scalars: Mapping[str, Values]
    collections: Mapping[str, Records] = field(default_factory=dict)

    @property
    def provided(self) -> frozenset[str]:
        """Names of the fields: "weight", "photons.px"."""
        named = (f"{name}.{each}" for name, records in self.collections.items() for each in records.fields)
        return frozenset(self.scalars) | frozenset(named)


def assemble(layout: Layout, length: int, metadata: Mapping[str, Any]) -> ak.Array:
    """Make the events: an array whose columns are made, and cached, when touched.

    Parameters
    ----------
    layout
        How each column is made.
    length
        Number of events.
    metadata
        Becomes `events.metadata`.
    """
    buffers: dict[str, Make] = {}
    contents = {name: _leaf(name, collection(""), name, each, buffers) for name, each in layout.scalars.items()}
    for each in COLLECTIONS:
        if each.name in layout.collections:
            contents[each.name] = _records(each, layout.collections[each.name], buffers)
    parameters = {"__record__": "Events", "metadata": dict(metadata)}
    form = ak.forms.RecordForm(list(contents.values()), list(contents), parameters=parameters)
    return ak.from_buffers(form, length, buffers, buffer_key="{form_key}-{attribute}", behavior=records.behavior)


def _records(each: Collection, columns: Records, buffers: dict[str, Make]) -> ak.forms.Form:
    leaves = {
        name: _leaf(f"{each.name}.{name}", each, name, values, buffers) for name, values in columns.fields.items()
    }
    record = ak.forms.RecordForm(list(leaves.values()), list(leaves), parameters={"__record__": each.record})
    if columns.counts is None:
        return record
    counts = columns.counts
    buffers[f"{each.name}-offsets"] = lambda: _offsets(counts())
    return ak.forms.ListOffsetForm("i64", record, form_key=each.name)


def _leaf(key: str, owner: Collection, name: str, values: Values, buffers: dict[str, Make]) -> ak.forms.Form:
    named = {field.name: field.dtype for field in owner.fields}
    dtype = np.dtype(named.get(name) or values.dtype or ("bool" if owner.name == "trigger" else "float64"))
    buffers[f"{key}-data"] = lambda: cast(values.make(), dtype)
    return ak.forms.NumpyForm(dtype.name, form_key=key)


def cast(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Give `values` as `dtype`: types of one variable differ between releases, and what is undefined is NaN.

    For integers NaN becomes 0, for booleans False.
    """
    values = np.asarray(values)
    if values.dtype.kind == "f" and dtype.kind in "iub":
        values = np.nan_to_num(values, nan=0.0)
    return np.ascontiguousarray(values.astype(dtype, copy=False))


def flat(array: ak.Array) -> NDArray[Any]:
    """Give the values of a flat or jagged array in a row."""
    content: Content = ak.to_layout(array, allow_record=False)
    return np.asarray(ak.to_numpy(ak.flatten(content, axis=None) if content.purelist_depth > 1 else content))


def _offsets(counts: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
