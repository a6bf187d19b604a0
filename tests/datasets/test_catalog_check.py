"""What a check finds: one defect in otherwise good files a test, and an index that believes little."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.catalog_check import CatalogCheck, check_catalog
from darkbelle.datasets.checks.identity import common_events, same_jobs, sketch_of
from darkbelle.datasets.checks.index import Index
from hypothesis import given
from hypothesis import strategies as st
from native_files import write_events

Told = list[tuple[str, str]]


def data_file(path: Path, first: int, seed: int = 1, run: int = 1, **options: Any) -> Path:
    """Write 500 events of one run, numbered from `first`."""
    numbers = {"experiment": np.full(500, 7), "run": np.full(500, run), "event": first + np.arange(500)}
    write_events(path, events=500, seed=seed, **numbers, **options)
    return path


def check(folder: Path, index: Index | None = None, deep: bool = False, **samples: dict[str, Any]) -> CatalogCheck:
    """Check a catalog of samples; data with all files of the folder where none are given."""
    given = samples or {"s": {"kind": "data", "files": ["*.root"], "luminosity": 1.0}}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": given}, sort_keys=False))
    return check_catalog(Catalog.read(path), deep, index)


def told(checked: CatalogCheck) -> Told:
    return [(Path(each.file).name, each.kind) for each in checked.problems]


def test_files_with_different_events_are_fine_and_their_runs_counted(tmp_path: Path) -> None:
    data_file(tmp_path / "a.root", 0)
    data_file(tmp_path / "b.root", 500, seed=2, run=2)
    checked = check(tmp_path)
    assert checked.ok
    assert checked.warnings == ()
    totals = checked.summary()["samples"]["s"]
    assert (totals["files"], totals["events"], totals["runs"], totals["luminosity"]) == (2, 1000, 2, 1.0)


def test_a_copy_under_another_name_is_found(tmp_path: Path) -> None:
    shutil.copyfile(data_file(tmp_path / "a.root", 0), tmp_path / "b.root")
    checked = check(tmp_path)
    assert told(checked) == [("b.root", "same-events")]
    assert checked.problems[0].message == f"{tmp_path}/b.root: holds the same events as {tmp_path}/a.root."


def test_simulated_copies_are_found_though_event_numbers_repeat(tmp_path: Path) -> None:
    write_events(tmp_path / "a.root", events=500, seed=1)
    write_events(tmp_path / "b.root", events=500, seed=2)  # the same event numbers, other events
    shutil.copyfile(tmp_path / "a.root", tmp_path / "c.root")
    sample = {"kind": "background", "files": ["*.root"], "cross_section": 1.0}
    assert told(check(tmp_path, s=sample)) == [("c.root", "same-events")]


def test_files_that_share_some_events_are_found(tmp_path: Path) -> None:
    data_file(tmp_path / "a.root", 0)
    data_file(tmp_path / "b.root", 400, seed=2)  # a fifth of each file is in both: 100 of 900 events
    checked = check(tmp_path)
    assert told(checked) == [("b.root", "same-events")]
    assert "holds events that" in checked.problems[0].message


def test_the_same_events_may_serve_different_channels(tmp_path: Path) -> None:
    shutil.copyfile(data_file(tmp_path / "a.root", 0), tmp_path / "b.root")
    one: dict[str, Any] = {"kind": "data", "files": ["a.root"], "luminosity": 1.0, "channels": ["zprime_invisible"]}
    two = one | {"files": ["b.root"], "channels": ["dark_photon_invisible"]}
    assert check(tmp_path, one=one, two=two).ok
    both = check(tmp_path, one=one, two=two | {"channels": ["dark_photon_invisible", "zprime_invisible"]})
    assert told(both) == [("b.root", "same-events"), ("catalog.yaml", "runs")]
    assert "has events of 1 runs that one has too, for the same channels: 1 (experiment 7)" in both.problems[1].message


def test_two_outputs_of_one_grid_job_are_found_and_the_newest_named(tmp_path: Path) -> None:
    data_file(tmp_path / "skim_00039_job194473040_00.root", 0)
    data_file(tmp_path / "skim_00039_job194473040_01.root", 500, seed=2)
    data_file(tmp_path / "skim_00040_job194473041_00.root", 1000, seed=3)
    checked = check(tmp_path)
    assert told(checked) == [("skim_00039_job194473040_00.root", "same-job")]
    assert "_01.root, which is newer; take one of them" in checked.problems[0].message


def test_of_one_grid_jobs_outputs_the_later_job_is_newer() -> None:
    names = [f"sub00/a_00001_job{job}_{retry}.root" for job, retry in (("90", "01"), ("100", "00"), ("90", "00"))]
    assert same_jobs(names) == [(names[1], [names[2], names[0]])]


def test_events_twice_in_one_file_are_found(tmp_path: Path) -> None:
    twice = {"experiment": np.full(500, 7), "run": np.ones(500), "event": np.repeat(np.arange(250), 2)}
    write_events(tmp_path / "a.root", events=500, drop=("production",), **twice)
    checked = check(tmp_path)
    assert told(checked) == [("a.root", "repeated-events")]
    assert "250 of its events are in it more than once" in checked.problems[0].message


def test_a_misspelt_branch_is_named_with_the_nearest(tmp_path: Path) -> None:
    for number in range(3):
        data_file(tmp_path / f"{number}.root", 500 * number, seed=number)
    numbers = {"experiment": np.full(500, 7), "run": np.ones(500), "event": 2000 + np.arange(500)}
    write_events(
        tmp_path / "wrong.root", events=500, drop=("production",), extra={"prodution": np.ones(500)}, **numbers
    )
    checked = check(tmp_path)
    assert told(checked) == [("wrong.root", "branches")]
    assert "lacks production (nearest: prodution), unlike most files of s" in checked.problems[0].message


def test_normalisation_that_contradicts_the_files_is_found(tmp_path: Path) -> None:
    write_events(tmp_path / "a.root", events=500)  # it tells that 1000 were generated
    sample: dict[str, Any] = {"kind": "background", "files": ["a.root"], "cross_section": 1.0}
    assert check(tmp_path, s=sample).ok
    assert check(tmp_path, s=sample | {"generated": 1000}).ok
    checked = check(tmp_path, s=sample | {"generated": 5000})
    assert told(checked) == [("a.root", "normalisation")]
    assert "`generated: 5000` contradicts its files, which tell 1000 together" in checked.problems[0].message


def test_undefined_values_are_counted_and_a_void_column_is_a_warning(tmp_path: Path) -> None:
    beams = {"beam_px": np.where(np.arange(500) < 100, np.nan, 0.0), "beam_py": np.full(500, np.nan)}
    data_file(tmp_path / "a.root", 0, extra=beams)
    checked = check(tmp_path)
    assert checked.ok
    assert checked.summary()["samples"]["s"]["undefined"] == {"beam_px": 0.2, "beam_py": 1.0}  # 100 of 500
    assert [(each.kind, "beam_py" in each.message) for each in checked.warnings] == [("undefined", True)]


def test_good_runs_without_events_are_a_warning(tmp_path: Path) -> None:
    data_file(tmp_path / "a.root", 0, run=1)
    (tmp_path / "runs.csv").write_text("experiment,run,luminosity\n7,1,0.1\n7,2,0.25\n")
    checked = check(tmp_path, s={"kind": "data", "files": ["a.root"], "good_runs": "runs.csv"})
    assert checked.ok
    (warning,) = checked.warnings
    assert "1 of its 2 good runs have no event in its files, 0.25 fb^-1: 2 (experiment 7)" in warning.message


def test_a_second_check_opens_only_what_is_new(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite")
    a, b = (data_file(tmp_path / f"{name}.root", 500 * i, seed=i) for i, name in enumerate("ab"))
    first, second = check(tmp_path, index), check(tmp_path, index)
    assert (first.opened, second.opened) == (2, 0)
    assert second.files == first.files
    b.write_bytes(b.read_bytes()[:2000])
    broken = check(tmp_path, index)
    assert (broken.opened, told(broken)) == (1, [("b.root", "damaged")])
    data_file(tmp_path / "c.root", 1000, seed=3)
    assert told(check(tmp_path, index)) == [("b.root", "damaged")]
    assert check(tmp_path, index, deep=True).opened == 3  # what was sampled is no deep check
    assert check(tmp_path, index).opened == 0
    status = a.stat()
    os.utime(a, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert check(tmp_path, index).opened == 1


@pytest.mark.parametrize("content", [b"rubbish", b"SQLite format 3\0 but no more", b""])
def test_a_damaged_index_costs_time_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    data_file(tmp_path / "a.root", 0)
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    assert check(tmp_path, Index(path)).ok
    assert check(tmp_path, Index(tmp_path)).ok  # a folder cannot be an index


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_small_files_that_share_an_event_are_always_found(only_one: int, both: int, only_other: int) -> None:
    hashes = np.random.default_rng(1).integers(0, 2**63, 200).astype(np.uint64)
    one, other = hashes[: only_one + both], hashes[only_one : only_one + both + only_other]
    found = common_events([sketch_of(one), sketch_of(other)])
    assert found == ([(0, 1, both / (only_one + both + only_other))] if both else [])


@pytest.mark.parametrize("deep", [False, True])
def test_real_files_give_their_counts(real_inputs: Path, tmp_path: Path, deep: bool) -> None:
    names = {
        "v2nt_fei_2021.root": (61309, 6951),
        "v2nt_wide_duplicates_2021.root": (211, 46),
        "mdst_v08.root": (10, 10),
    }
    samples: dict[str, Any] = {
        Path(name).stem: {
            "kind": "background",
            "files": [str(real_inputs / name)],
            "generated": 1e5,
            "cross_section": 1.0,
        }
        for name in names
    }
    checked = check(tmp_path, None, deep, **samples)
    totals = checked.summary()["samples"]
    assert {f"{name}.root": (each["entries"], each["events"]) for name, each in totals.items()} == names
    if deep:
        assert totals["v2nt_fei_2021"]["undefined"]["isSignal"] == pytest.approx(7844 / 61309)
    assert ("defect", "v2nt_wide_duplicates_2021.root") in {(w.kind, Path(w.file).name) for w in checked.warnings}
