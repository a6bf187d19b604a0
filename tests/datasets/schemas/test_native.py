"""The simulation's own format as TTree and as RNTuple: the same events either way."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from darkbelle.datasets.files import opened
from input_files import chunk_of, chunks, survey
from native_files import write_events


def as_rntuple(tree: Path, path: Path, cluster: int = 400) -> Path:
    """Copy a native file's events to an RNTuple, objects as lists of records."""
    with uproot.open(tree) as file, uproot.recreate(path) as copy:
        read = file["events"].arrays()
        lists = {name: [f for f in read.fields if f.startswith(f"{name}_")] for name in ("photons", "tracks", "klm")}
        columns: dict[str, Any] = {
            name: ak.zip({field.removeprefix(f"{name}_"): read[field] for field in fields})
            for name, fields in lists.items()
        }
        columns |= {f: read[f] for f in read.fields if f.startswith("trigger_") or f in ("weight", "event")}
        ntuple = copy.mkrntuple("events", {name: values.type.content for name, values in columns.items()})
        for start in range(0, len(read), cluster):
            ntuple.extend({name: values[start : start + cluster] for name, values in columns.items()})
        copy.mkrntuple("metadata", {"generated": np.dtype("f8")}).extend({"generated": np.array([4000.0])})
    return path


def test_an_rntuple_gives_what_the_tree_gives(tmp_path: Path) -> None:
    tree = write_events(tmp_path / "tree.root", events=1000)
    found = survey(tree), survey(as_rntuple(tree, tmp_path / "ntuple.root"))
    assert found[1].schema == "darkbelle"
    assert (found[1].entries, found[1].events, found[1].generated) == (1000, 1000, 4000.0)
    assert found[1].edges == (0, 400, 800, 1000)
    assert {"photons.px", "trigger.lml1", "weight"} <= found[1].fields <= found[0].fields
    with chunk_of(found[0], 100, 900) as one, chunk_of(found[1], 100, 900) as other:
        for collection, field in (("photons", "px"), ("tracks", "charge"), ("klm", "theta"), ("trigger", "lml1")):
            assert one[collection][field].to_list() == other[collection][field].to_list()
        assert one.weight.to_list() == other.weight.to_list()
        assert one.photons.mass.to_list() == other.photons.mass.to_list()  # behaviours too


def test_only_touched_fields_of_an_rntuple_are_read(tmp_path: Path) -> None:
    path = as_rntuple(write_events(tmp_path / "tree.root", events=500), tmp_path / "ntuple.root")
    log: list[Any] = []
    with chunk_of(survey(path), log=log) as events:
        ak.to_list(events.photons.px)
        ak.to_list(events.photons.px)
    assert [each.branch for each in log] == ["photons.px"]
    with opened(str(path)) as file:
        table = file.table("events")
        sizes = [table.size(name) for name in table.leaves]
        assert all(sizes)
        assert 0.5 * path.stat().st_size < sum(sizes) < path.stat().st_size


def test_chunks_of_an_rntuple_hold_every_event(tmp_path: Path) -> None:
    path = as_rntuple(write_events(tmp_path / "tree.root", events=500), tmp_path / "ntuple.root")
    numbers = [events.event.to_list() for events in chunks(survey(path), 130)]
    assert [number for chunk in numbers for number in chunk] == list(range(500))
