"""Runs with good-run lists: what is selected, counted and dropped, on two files whose runs overlap.

File a holds run 1 in its rows [0, 1500) and run 2 in [1500, 2000); file b run 2 in [0, 1000) and run 3 in [1000, 2000).
Their luminosities are 0.1, 0.2 and 0.3 fb^-1. Events are numbered through, so that b's begin at 2000.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import darkbelle
import numpy as np
import pytest
import yaml
from counting_channels import Counting, FailingAgain, Poisoned
from darkbelle.datasets.errors import IncompleteRunError
from darkbelle.limits.normalisation import refuse_incomplete
from darkbelle.processors.run import Run
from native_files import write_events

LUMINOSITY = {1: 0.1, 2: 0.2, 3: 0.3}


def write_catalog(folder: Path, good: Sequence[dict[str, Any]] | None = None, **sample: Any) -> Path:
    """Write both files and a catalog; `good` is the list of good runs, all with their luminosities where absent."""
    folder.mkdir(exist_ok=True)
    ones = np.ones(2000)
    a = write_events(folder / "a.root", seed=1, experiment=7 * ones, run=np.repeat([1, 2], [1500, 500]), weight=ones)
    numbers = {"run": np.repeat([2, 3], 1000), "event": 2000 + np.arange(2000)}
    b = write_events(folder / "b.root", seed=2, experiment=7 * ones, weight=ones, **numbers)
    listed = good or [listing(run) for run in LUMINOSITY]
    (folder / "good_runs.yaml").write_text(yaml.safe_dump({"runs": list(listed)}))
    entry = {"kind": "data", "files": [a.name, b.name], **sample}
    path = folder / "catalog.yaml"
    path.write_text(
        yaml.safe_dump({"experiment": "belle2", "good_runs": "good_runs.yaml", "samples": {"phase2": entry}})
    )
    return path


def listing(run: int) -> dict[str, Any]:
    return {"experiment": 7, "run": run, "luminosity": LUMINOSITY[run]}


def filled(run: Run) -> Any:
    return run.histograms["counting"]["energy"].view(flow=True)


def run_counting(path: Path, channel: Counting | None = None, workers: int = 2, **options: Any) -> Run:
    return darkbelle.run(path, [channel or Counting()], workers=workers, chunksize=500, **options)


def test_only_events_of_good_runs_are_used_and_the_others_counted(tmp_path: Path) -> None:
    everything = run_counting(write_catalog(tmp_path))
    assert everything.ledger.summary()["samples"]["phase2"] == {
        "events": {"planned": 4000, "processed": 4000},
        "luminosity": {"planned": pytest.approx(0.6), "processed": pytest.approx(0.6)},  # 0.1 + 0.2 + 0.3
        "prorated": False,
        "left_out": 0,
        "runs": {"planned": 3, "processed": 3, "dropped": []},
    }
    ranges = [{"experiment": 7, "first": 1, "last": 1}, {"experiment": 7, "first": 3, "last": 9}]
    run = run_counting(write_catalog(tmp_path, ranges, luminosity=0.4))
    assert run.ledger.sample("phase2").left_out == 1500  # run 2: 500 in a and 1000 in b
    assert run.ledger.sample("phase2").luminosity == (0.4, 0.4)
    second = run_counting(write_catalog(tmp_path, [listing(2)]))
    for name in ("value", "variance"):  # what is selected and what is left out are all there is
        np.testing.assert_array_equal(filled(run)[name] + filled(second)[name], filled(everything)[name])


def test_runs_of_a_sample_restrict_the_list(tmp_path: Path) -> None:
    run = run_counting(write_catalog(tmp_path, runs=[2, 3]))
    assert run.ledger.sample("phase2").left_out == 1500  # run 1
    assert list(run.ledger.sample("phase2").luminosity) == pytest.approx([0.5, 0.5])  # 0.2 + 0.3


def test_a_run_touched_by_a_lost_chunk_is_dropped_whole_and_comes_back(tmp_path: Path) -> None:
    path, out = write_catalog(tmp_path), tmp_path / "out"
    whole = run_counting(path)
    # The chunk b[0, 500) fails. Run 2 also has b[500, 1000) and a[1500, 2000): all three are dropped.
    broken = run_counting(path, Poisoned("unreadable", event=2100), output=out)
    totals = broken.ledger.sample("phase2")
    assert list(totals.luminosity) == pytest.approx([0.6, 0.4])  # 0.1 + 0.3
    assert (totals.dropped, totals.runs, totals.prorated) == (((7, 2),), (3, 2), False)
    assert broken.ledger.unsettled == ()
    without = run_counting(write_catalog(tmp_path / "other", [listing(1), listing(3)]))
    for name in ("value", "variance"):
        np.testing.assert_array_equal(filled(broken)[name], filled(without)[name])
        np.testing.assert_array_equal(filled(Run.read(out))[name], filled(broken)[name])
    assert Run.read(out).ledger == broken.ledger
    resumed = run_counting(path, output=out, resume=True)
    assert resumed.ledger.complete
    assert list(resumed.ledger.sample("phase2").luminosity) == pytest.approx([0.6, 0.6])
    for name in ("value", "variance"):
        np.testing.assert_array_equal(filled(resumed)[name], filled(whole)[name])


def test_a_file_lost_before_its_runs_were_known_is_prorated_by_files(tmp_path: Path) -> None:
    path = write_catalog(tmp_path)
    (tmp_path / "b.root").unlink()
    totals = run_counting(path).ledger.sample("phase2")
    assert list(totals.luminosity) == pytest.approx([0.6, 0.3])  # one file of two
    assert totals.prorated


def test_a_chunk_that_cannot_be_settled_is_told_and_settled_by_the_resumed_run(tmp_path: Path) -> None:
    path, out = write_catalog(tmp_path), tmp_path / "out"
    # b[0, 500) fails, and a[1500, 2000) when run 2 shall be taken out of it.
    broken = run_counting(path, FailingAgain(event=2100, again=1600, marker=tmp_path / "seen"), output=out)
    ((record, runs),) = broken.ledger.unsettled
    assert (Path(record.chunk.file).name, record.chunk.start, set(runs)) == ("a.root", 1500, {(7, 2)})
    with pytest.raises(IncompleteRunError, match="run 2 of experiment 7 could not be taken out"):
        refuse_incomplete(broken, allowed=True)
    repaired = run_counting(path, output=out, resume=True)
    assert repaired.ledger.unsettled == ()
    np.testing.assert_array_equal(filled(repaired)["value"], filled(run_counting(path))["value"])
