"""Conversions: the same events and histograms before and after, in both forms, and what failures do to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import darkbelle
import numpy as np
import pytest
import uproot
import yaml
from counting_channels import Counting
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import IncompleteRunError, UsageError
from darkbelle.datasets.reading import SampleContext, open_chunk, wanted_files
from darkbelle.datasets.survey import survey_file
from darkbelle.executors.conversion_plan import BOOKS
from darkbelle.executors.converting import convert
from darkbelle.processors.run import Run
from native_files import write_events

Make = Callable[..., Path]


def everything(path: Path, sample: str) -> ak.Array:
    """Read all events of a sample."""
    catalog = Catalog.read(path)
    context = SampleContext.of(sample, catalog.samples[sample])
    parts = []
    for wanted in wanted_files(catalog):
        if wanted.sample == sample:
            found = survey_file(wanted)
            with open_chunk(Chunk(sample, wanted.file, 0, found.entries or 0), found, context) as events:
                parts.append(ak.materialize(events))
    return ak.concatenate(parts)


def assert_same_run(one: Run, other: Run) -> None:
    first, second = (run.histograms["counting"]["energy"] for run in (one, other))
    assert first.axes == second.axes
    for name in ("value", "variance"):
        np.testing.assert_allclose(first.view(flow=True)[name], second.view(flow=True)[name], rtol=1e-12)
    for name in one.samples:
        assert one.ledger.sample(name).generated == other.ledger.sample(name).generated
        assert one.ledger.sample(name).events == other.ledger.sample(name).events
        assert one.ledger.sample(name).luminosity == other.ledger.sample(name).luminosity


@pytest.mark.parametrize(("form", "entries"), [("ttree", 1_000_000), ("rntuple", 1500)])
def test_events_and_histograms_are_the_same_before_and_after(
    make_catalog: Make, tmp_path: Path, form: Any, entries: int
) -> None:
    path = make_catalog()
    made = convert(path, tmp_path / "out", form=form, entries=entries, workers=2)
    assert made.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}
    for sample in ("taupair", "phase2"):
        before, after = everything(path, sample), everything(tmp_path / "out" / "catalog.yaml", sample)
        assert set(after.fields) == set(before.fields)
        for field in before.fields:
            assert ak.array_equal(before[field], after[field], check_parameters=False), field
    first = darkbelle.run(path, [Counting()], workers=2)
    assert_same_run(first, darkbelle.run(tmp_path / "out" / "catalog.yaml", [Counting()], workers=2))


def test_small_files_become_one_with_large_clusters(make_catalog: Make, tmp_path: Path) -> None:
    convert(make_catalog(), tmp_path / "out", workers=1)
    assert sorted(each.name for each in (tmp_path / "out").glob("*.root")) == [
        "phase2_00000.root",
        "taupair_00000.root",
    ]
    with uproot.open(tmp_path / "out" / "taupair_00000.root") as file:
        assert file["events"].common_entry_offsets() == [0, 6000]  # 500 entries in the inputs


def test_only_the_fields_asked_for_are_kept(make_catalog: Make, tmp_path: Path) -> None:
    convert(make_catalog(), tmp_path / "out", ["photons.time", "klm.theta"], workers=1)
    events = everything(tmp_path / "out" / "catalog.yaml", "phase2")
    assert set(events.fields) == {"experiment", "run", "event", "weight", "production", "photons", "klm"}
    assert set(events.photons.fields) == {"px", "py", "pz", "energy", "time"}  # a vector stays whole
    assert events.klm.fields == ["theta"]
    with pytest.raises(UsageError, match="'photon' is no field of the event model; collections are photons, tracks"):
        convert(make_catalog(), tmp_path / "other", ["photon"], workers=1)
    with pytest.raises(UsageError, match="photons has no field 'pt'; it has px, py"):
        convert(make_catalog(), tmp_path / "other", ["photons.pt"], workers=1)


def test_candidates_of_real_ntuples_survive(real_inputs: Path, tmp_path: Path) -> None:
    sample = {"kind": "background", "files": [str(real_inputs / "v2nt_fei_2021.root")], "generated": 1e5}
    path = tmp_path / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"fei": sample | {"cross_section": 1.0}}}))
    made = convert(path, tmp_path / "out", entries=20_000, workers=1)
    assert made.ledger.summary()["events"]["processed"] == 6951
    assert len(made.outputs) == 4  # 61309 rows, 20000 a file, no event cut
    before, after = everything(path, "fei"), everything(tmp_path / "out" / "catalog.yaml", "fei")
    assert ak.array_equal(ak.num(before.candidates), ak.num(after.candidates))
    for name in before.candidates.fields:
        ours, theirs = (np.asarray(ak.flatten(each.candidates[name])) for each in (before, after))
        np.testing.assert_array_equal(ours, theirs)


def test_a_broken_input_leaves_no_catalog_and_the_rest_is_not_done_again(make_catalog: Make, tmp_path: Path) -> None:
    path, out = make_catalog(), tmp_path / "out"
    content = (tmp_path / "tau_1.root").read_bytes()
    (tmp_path / "tau_1.root").write_bytes(content[:5000])
    with pytest.raises(IncompleteRunError, match=r"tau_1\.root: is truncated"):
        convert(path, out, workers=1)
    assert not (out / "catalog.yaml").exists()
    assert (out / BOOKS).exists()
    stamp = (out / "phase2_00000.root").stat().st_mtime_ns
    (tmp_path / "tau_1.root").write_bytes(content)
    with pytest.raises(UsageError, match="holds a conversion already; use --resume"):
        convert(path, out, workers=1)
    convert(path, out, workers=1, resume=True)
    assert (out / "phase2_00000.root").stat().st_mtime_ns == stamp
    assert_same_run(darkbelle.run(path, [Counting()]), darkbelle.run(out / "catalog.yaml", [Counting()]))


def test_damage_inside_a_file_fails_its_output_with_the_reason(make_catalog: Make, tmp_path: Path) -> None:
    path = make_catalog()
    content = bytearray((tmp_path / "data.root").read_bytes())
    content[8000:20000] = bytes(12000)
    (tmp_path / "data.root").write_bytes(content)
    with pytest.raises(IncompleteRunError, match=r"1 inputs could not be converted, first .*data\.root"):
        convert(path, tmp_path / "out", workers=1)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [BOOKS, "taupair_00000.root"]


def test_a_conversion_of_something_else_is_not_resumed(make_catalog: Make, tmp_path: Path) -> None:
    path = make_catalog()
    convert(path, tmp_path / "out", workers=1)
    with pytest.raises(UsageError, match="cannot be resumed, since the catalog, the options"):
        convert(path, tmp_path / "out", ["klm"], workers=1, resume=True)


def test_good_runs_and_run_ranges_go_along(tmp_path: Path) -> None:
    numbers = {"experiment": np.full(1000, 7), "run": np.repeat([1, 2], 500)}
    write_events(tmp_path / "data.root", events=1000, **numbers)
    (tmp_path / "runs.csv").write_text("experiment,run,luminosity\n7,1,0.1\n7,2,0.2\n")
    sample = {"kind": "data", "files": ["data.root"], "good_runs": "runs.csv", "runs": [2, 9]}
    (tmp_path / "catalog.yaml").write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"phase2": sample}}))
    convert(tmp_path / "catalog.yaml", tmp_path / "out", workers=1)
    after = darkbelle.run(tmp_path / "out" / "catalog.yaml", [Counting()], workers=1)
    assert_same_run(darkbelle.run(tmp_path / "catalog.yaml", [Counting()], workers=1), after)
    assert after.ledger.sample("phase2").left_out == 500
