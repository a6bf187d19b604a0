"""The native format: what the simulation writes, one entry an event, branches `<collection>_<field>`."""

from typing import Any

import awkward as ak
import numpy as np
from coffea.nanoevents.schemas.base import BaseSchema, zip_forms

from .. import records
from ..event_model import COLLECTIONS, Collection
from ..files import InputFile, Table
from .assembly import Layout, Records, Values, assemble
from .columns import Columns
from .contract import Inspection, Part
from .mapping import InputMapping

EVENTS = "events"
METADATA = "metadata"


class Native:
    """The schema "darkbelle": a TTree with branches `photons_px`, or an RNTuple with fields `photons.px`."""

    name = "darkbelle"

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the events' tree, where the tree of metadata lies beside it."""
        return (EVENTS,) if {EVENTS, METADATA} <= set(file.tables) else ()

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:  # noqa: ARG002  # none needed
        """Count events and read the sum of generated weights."""
        events = file.table(table)
        return Inspection(
            entries=events.entries,
            events=events.entries,
            fields=_layout(Columns(events, 0, 0)).provided,
            edges=events.edges,
            generated=_generated(file),
        )

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open the events: each branch is read when touched."""
        columns = Columns(file.table(part.table), part.start, part.stop, part.log)
        return assemble(_layout(columns), part.stop - part.start, part.metadata)


def _generated(file: InputFile) -> float | None:
    if METADATA not in file.tables:
        return None
    metadata = file.table(METADATA)
    if "generated" not in metadata.names:
        return None
    return float(np.sum(metadata.read("generated", 0, metadata.entries)))


def _layout(columns: Columns) -> Layout:
    scalars: dict[str, Values] = {}
    collections: dict[str, Records] = {}
    for each in COLLECTIONS:
        branches = _branches_of(each, columns.table)
        values = {field: columns.values(branch) for field, branch in branches.items()}
        if each.kind == "scalar":
            scalars = values
        elif branches:
            counts = (
                None if each.kind == "record" else columns.counts(each.counter or "", next(iter(branches.values())))
            )
            collections[each.name] = Records(values, counts)
    return Layout(scalars, collections)


def _branches_of(wanted: Collection, table: Table) -> dict[str, str]:
    """Find the branches of one collection, by field name."""
    prefixes = (f"{wanted.name}_", f"{wanted.name}.") if wanted.name else ("",)
    if wanted.open:
        return {name[len(p) :]: name for p in prefixes for name in sorted(table.names) if name.startswith(p)}
    named = {field.name: [f"{p}{field.name}" for p in prefixes] for field in wanted.fields}
    return {field: name for field, names in named.items() for name in names if name in table.names}


class NativeSchema(BaseSchema):
    """Map the native tree's branches to the event model for coffea's own doors (`NanoEventsFactory`).

    A collection holds the fields that the file has; a channel states which it needs and is not applicable to a file
    without them. Columns that nothing touches are never read.
    """

    def __init__(self, base_form: dict[str, Any], *_: Any, **__: Any) -> None:
        branches = dict(zip(base_form["fields"], base_form["contents"], strict=True))
        contents: dict[str, Any] = {}
        for each in COLLECTIONS:
            forms = _forms_of(each, branches)
            if each.kind == "scalar":
                contents.update(forms)
            elif forms:
                contents[each.name] = zip_forms(forms, each.name, record_name=each.record)
        super().__init__({**base_form, "fields": list(contents), "contents": list(contents.values())})
        self._form["parameters"]["__record__"] = "Events"

    @classmethod
    def behavior(cls) -> dict[Any, Any]:
        """Give the event model's behaviours."""
        return records.behavior


def _forms_of(wanted: Collection, branches: dict[str, Any]) -> dict[str, Any]:
    """Pick the branches of one collection, by field name."""
    if wanted.open:
        prefix = f"{wanted.name}_"
        return {name.removeprefix(prefix): form for name, form in branches.items() if name.startswith(prefix)}
    return {f.name: branches[wanted.branch(f.name)] for f in wanted.fields if wanted.branch(f.name) in branches}
