"""Converting events of any format to the native one: which of their fields, and what the file says of itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import awkward as ak

from .chunk import Chunk, FileSurvey
from .errors import UsageError
from .event_model import COLLECTIONS, EVENT

KEYS = ("experiment", "run", "event", "weight", "production")
"""What names and weights an event; always kept."""


VECTORS = {"photons": ("px", "py", "pz", "energy"), "tracks": ("px", "py", "pz"), "truth": ("px", "py", "pz", "energy")}
"""Collections whose records are vectors: these components come along with any of their fields."""


def chosen_fields(wanted: Iterable[str] | None, provided: Iterable[str]) -> frozenset[str]:
    """Choose the fields of the event model to keep: "photons.px", "weight".

    Parameters
    ----------
    wanted
        Fields or whole collections ("photons"); all for None.
    provided
        What the files provide.

    Raises
    ------
    UsageError
        A wanted field or collection is none of the event model's.
    """
    provided = frozenset(provided)
    if wanted is None:
        return provided
    names = {each.name: each for each in COLLECTIONS if each.name}
    kept = {field for field in provided if field in KEYS}
    for each in wanted:
        collection, _, field = each.partition(".")
        known = names.get(collection)
        if known is None:
            if each not in {scalar.name for scalar in EVENT.fields}:
                raise UsageError(f"{each!r} is no field of the event model; collections are {', '.join(names)}.")
            kept |= {each} & provided
        elif field and not known.open and field not in {f.name for f in known.fields}:
            fields = ", ".join(f.name for f in known.fields)
            raise UsageError(f"{collection} has no field {field!r}; it has {fields}.")
        else:
            kept |= {f for f in provided if f == each or (not field and f.startswith(f"{collection}."))}
    vectors = {c: f for c, f in VECTORS.items() if any(each.startswith(f"{c}.") for each in kept)}
    return frozenset(kept | {f"{c}.{name}" for c, names in vectors.items() for name in names} & provided)


def reduced(events: ak.Array, fields: frozenset[str]) -> ak.Array:
    """Give events with the chosen fields only, all read into memory."""
    columns: dict[str, Any] = {}
    for each in COLLECTIONS:
        if not each.name:
            columns |= {f.name: events[f.name] for f in each.fields if f.name in fields and f.name in events.fields}
        elif each.name in events.fields:
            names = [name for name in events[each.name].fields if f"{each.name}.{name}" in fields]
            if names:
                columns[each.name] = events[each.name][names]
    return ak.materialize(ak.zip(columns, depth_limit=1))


def metadata(
    parts: Sequence[tuple[Chunk, FileSurvey]], stated: bool, cross_section: float | None
) -> Mapping[str, float]:
    """Say of a converted file what its inputs said of themselves.

    Parameters
    ----------
    parts
        The chunks in it, each with its file's survey. Of a file that is split, each chunk takes its share of the
        generated weight.
    stated
        Whether the catalog states the sample's generated weight, so that files must not.
    cross_section
        nb, for simulation.
    """
    told: dict[str, float] = {"converted_chunks": len(parts)}
    weights = [None if survey.generated is None else survey.generated * _share(c, survey) for c, survey in parts]
    known = [each for each in weights if each is not None]
    if len(known) == len(weights) and not stated:
        told["generated"] = float(sum(known))
    if cross_section is not None:
        told["cross_section"] = float(cross_section)
    return told


def _share(chunk: Chunk, survey: FileSurvey) -> float:
    return chunk.entries / survey.entries if survey.entries else 1.0
