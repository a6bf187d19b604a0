"""Small native files for the tests: every field of the event model, random but reproducible."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from darkbelle.datasets.event_model import COLLECTIONS, Collection
from darkbelle.processors.registry import make_channels

LINES = sorted({"lml1"} | {line for channel in make_channels() for line in channel.needs.get("trigger", ())})


def write_events(
    path: Path,
    events: int = 2000,
    seed: int = 1,
    cluster: int = 500,
    drop: tuple[str, ...] = (),
    extra: Mapping[str, Any] | None = None,
    **values: Any,
) -> Path:
    """Write a native file with up to three records a list.

    `drop` names branches that it shall not have, `extra` gives further ones, and `values` columns of the event's
    scalars, as run=[...].
    """
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"trigger_{line}": rng.random(events) < 0.9 for line in LINES}
    for each in (each for each in COLLECTIONS if each.fields):
        columns |= _columns(each, rng, events, drop)
    columns |= {"weight": rng.uniform(0.5, 1.5, events), "event": np.arange(events)}
    columns |= {name: np.asarray(each, dtype=columns[name].dtype) for name, each in values.items()}
    columns |= extra or {}
    with uproot.recreate(path) as file:
        types = {k: v.dtype if isinstance(v, np.ndarray) else v.type.content for k, v in columns.items()}
        tree = file.mktree("events", types)
        for start in range(0, events, cluster):
            tree.extend({name: each[start : start + cluster] for name, each in columns.items()})
        file.mktree("metadata", {"generated": "float64", "generated_events": "int64"}).extend(
            {"generated": np.array([2.0 * events]), "generated_events": np.array([2 * events])}
        )
    return path


def _columns(each: Collection, rng: np.random.Generator, events: int, drop: tuple[str, ...]) -> dict[str, Any]:
    number = rng.integers(0, 4, events) if each.kind == "list" else np.ones(events, dtype=int)
    fields = {
        field.name: rng.uniform(-1, 4, number.sum()).astype(field.dtype)
        for field in each.fields
        if each.branch(field.name) not in drop and not field.name.startswith("beam_")  # the period's will do
    }
    if each.kind == "scalar":
        return fields
    return {each.name: ak.zip({name: ak.unflatten(values, number) for name, values in fields.items()})}
