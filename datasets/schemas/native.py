"""The native format: the TTree that the simulation writes, one entry an event, branches `<collection>_<field>`."""

from typing import Any

from coffea.nanoevents.schemas.base import BaseSchema, zip_forms

from .. import records
from ..event_model import COLLECTIONS, Collection


class NativeSchema(BaseSchema):
    """Map the native tree's branches to the event model.

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
