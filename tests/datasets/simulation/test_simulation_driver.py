"""Whole simulations on real clusters: the same events however they were made, nothing half-done, resume."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import pytest
import uproot
import yaml
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.documents import validate
from darkbelle.datasets.errors import IncompleteRunError, UsageError
from darkbelle.datasets.simulation.driver import simulate
from darkbelle.datasets.simulation.planning import make_plan
from darkbelle.datasets.simulation.samples import SampleTable
from darkbelle.datasets.simulation.writing import NativeWriter, read_metadata
from darkbelle.executors.opening import open_site
from distributed import Client

LUMINOSITY = 5e-5  # fb^-1: about 920 muon pairs
EXPECTED = {"cross_section": 18.0, "events_per_second": 1e5, "bytes_per_event": 50.0}
TABLE = {
    "samples": {
        "pairs": {
            "process": "two_photon_pair",
            "parameters": {"minimum_mass": 0.5},
            "kind": "background",
            "channels": ["control"],
            "chunk": 400,
            "chunks_per_file": 2,
            "preselection": ["track_pair"],
            "expected": EXPECTED,
        },
        "dark": {
            "process": "dark_photon_invisible",
            "kind": "signal",
            "channels": ["search"],
            "masses": [1.0, 5.0],
            "events": 900,
            "chunk": 250,
            "chunks_per_file": 2,
            "expected": EXPECTED,
        },
    }
}


def run(output: Path, client: Client, **options: Any) -> dict[str, ak.Array]:
    """Simulate the small table and give every file's events."""
    table = validate(TABLE, SampleTable, "table")
    luminosity = options.pop("luminosity", LUMINOSITY)
    simulate(make_plan("belle2", luminosity, output, table=table, **options), client)
    return events_in(output)


def events_in(folder: Path) -> dict[str, ak.Array]:
    found = {}
    for path in sorted(folder.glob("*.root")):
        with uproot.open(path) as file:
            found[path.name] = file["events"].arrays()
    return found


def same(one: dict[str, ak.Array], other: dict[str, ak.Array]) -> bool:
    return one.keys() == other.keys() and all(ak.array_equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def threads() -> Iterator[Client]:
    with open_site("threads", 2) as client:
        yield client


@pytest.fixture(scope="module")
def reference(threads: Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with everything simulated once."""
    folder = tmp_path_factory.mktemp("reference")
    run(folder, threads, seed=11)
    return folder


@pytest.mark.slow
def test_one_and_two_processes_give_identical_files(tmp_path: Path, reference: Path) -> None:
    for workers in (1, 2):
        with open_site("processes", workers) as client:
            assert same(run(tmp_path / str(workers), client, seed=11), events_in(reference))
    texts = {(folder / "catalog.yaml").read_text() for folder in (tmp_path / "1", tmp_path / "2", reference)}
    assert len(texts) == 1


def test_a_subset_of_samples_has_the_same_events(tmp_path: Path, reference: Path, threads: Client) -> None:
    subset = run(tmp_path, threads, seed=11, samples=["dark_m5"])
    assert list(subset) == ["dark_m5_0000.root", "dark_m5_0001.root"]
    assert same(subset, {name: events for name, events in events_in(reference).items() if name in subset})


def test_seeds_samples_and_chunks_differ(tmp_path: Path, reference: Path, threads: Client) -> None:
    """Background clusters come from the chunk's stream alone: equal ones would show a shared stream."""
    other = run(tmp_path, threads, seed=12)
    first = events_in(reference)
    assert not ak.array_equal(first["pairs_0000.root"], other["pairs_0000.root"])
    one, two = (first[f"dark_m{mass}_0000.root"].truth_px[:, 0] for mass in (1, 5))
    assert abs(float(ak.corr(one, two))) < 0.2
    assert not ak.any(one[:250] == one[250:500])


def test_catalog_describes_what_was_made(reference: Path) -> None:
    catalog = Catalog.read(reference / "catalog.yaml")
    assert list(catalog.samples) == ["pairs", "dark_m1", "dark_m5"]
    assert catalog.luminosity == LUMINOSITY
    dark = catalog.samples["dark_m5"]
    assert dark.hypothesis is not None
    assert (dark.kind, dark.process, dark.hypothesis.mass, dark.channels) == (
        "signal",
        "dark_photon_invisible",
        5.0,
        ["search"],
    )
    assert dark.cross_section == pytest.approx(9.1, rel=0.1)
    assert all(Path(file).is_file() for files in catalog.files.values() for file in files)


def test_metadata_counts_what_was_generated(reference: Path) -> None:
    pairs = [read_metadata(path) for path in sorted(reference.glob("pairs_*.root"))]
    dark = [read_metadata(path) for path in sorted(reference.glob("dark_m1_*.root"))]
    assert [m.generated_events for m, _, _ in dark] == [500, 400]
    assert [(m.first_chunk, m.last_chunk) for m, _, _ in dark] == [(0, 1), (2, 3)]
    assert sum(m.luminosity for m, _, _ in pairs) == pytest.approx(LUMINOSITY, rel=1e-3)
    for metadata, provenance, written in pairs:
        assert 0 < written < metadata.generated_events
        assert metadata.generated == pytest.approx(metadata.generated_events, rel=0.01)
        assert provenance["process"] == "two_photon_pair"


def test_event_numbers_continue_through_the_files(reference: Path) -> None:
    numbers = [ak.to_list(events.event) for name, events in events_in(reference).items() if name.startswith("dark_m1")]
    assert sum(numbers, []) == list(range(900))  # noqa: RUF017  # two lists


def test_failed_file_keeps_the_others_and_resume_finishes(
    tmp_path: Path, reference: Path, threads: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = NativeWriter.finish

    def fill_up(writer: NativeWriter, metadata: Any, provenance: dict[str, Any]) -> None:
        if provenance["sample"] == "dark_m1" and metadata.first_chunk == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        finish(writer, metadata, provenance)

    (tmp_path / "catalog.yaml").write_text("of an earlier call")
    monkeypatch.setattr(NativeWriter, "finish", fill_up)
    with pytest.raises(IncompleteRunError, match=r"first dark_m1_0001\.root: .*No space left.*\n.*--resume") as caught:
        run(tmp_path, threads, seed=11)
    assert caught.value.exit_status == 1
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in reference.iterdir()} - {"dark_m1_0001.root", "catalog.yaml"}
    monkeypatch.undo()
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert same(run(tmp_path, threads, seed=11, resume=True), events_in(reference))
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {name for name in before if after[name] == before[name]} == names
    assert (tmp_path / "catalog.yaml").read_text() == (reference / "catalog.yaml").read_text()


def test_resume_remakes_what_does_not_match(tmp_path: Path, threads: Client) -> None:
    wanted = {"samples": ["dark_m1"], "resume": True}
    first = run(tmp_path, threads, seed=1, **wanted)
    other = run(tmp_path, threads, seed=2, **wanted)
    assert not same(first, other)
    path = tmp_path / "dark_m1_0000.root"
    path.write_bytes(path.read_bytes()[:2000])
    assert same(run(tmp_path, threads, seed=2, **wanted), other)
    own = tmp_path / "own.yaml"
    own.write_text("background: {clusters: 0}")
    assert not same(run(tmp_path, threads, seed=2, response=own, **wanted), other)


def test_generator_that_fails_is_named(tmp_path: Path, threads: Client) -> None:
    pairs = {**TABLE["samples"]["pairs"], "process": "quarkonium_dipion", "parameters": {"parent": "upsilon3s"}}
    plan = make_plan(
        "belle2", LUMINOSITY, tmp_path, table=validate({"samples": {"pairs": pairs}}, SampleTable, "table")
    )
    with pytest.raises(IncompleteRunError, match=r"pairs: upsilon3s is made at 10\.3552 GeV"):
        simulate(plan, threads)
    assert list(tmp_path.iterdir()) == []


def test_output_that_cannot_be_written_is_refused(tmp_path: Path, threads: Client) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write there"):
        run(tmp_path / "file", threads)


def test_catalog_is_plain_yaml(reference: Path) -> None:
    content = yaml.safe_load((reference / "catalog.yaml").read_text())
    assert content["samples"]["pairs"]["files"] == ["pairs_0000.root", "pairs_0001.root"]
    assert content["samples"]["pairs"]["schema"] == "darkbelle"
