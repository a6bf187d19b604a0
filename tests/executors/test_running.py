import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import darkbelle
import numpy as np
import pytest
from counting_channels import Counting, Greedy, Poisoned
from darkbelle.datasets.errors import InputError, UsageError
from darkbelle.executors.running import InterruptedRunError
from darkbelle.processors.run import Run
from native_files import write_events

Make = Callable[..., Path]


def assert_same(first: Run, second: Run) -> None:
    """Require identical counts, and weights to 1e-12 of the bin's sum of |w| (all weights are positive here)."""
    assert list(first.histograms) == list(second.histograms)
    for channel, named in first.histograms.items():
        for name, one in named.items():
            other = second.histograms[channel][name]
            assert one.axes == other.axes
            a, b = one.view(flow=True), other.view(flow=True)
            np.testing.assert_allclose(a["value"], b["value"], rtol=1e-12, atol=0)
            np.testing.assert_allclose(a["variance"], b["variance"], rtol=1e-12, atol=0)
    assert first.ledger.summary()["events"] == second.ledger.summary()["events"]


@pytest.fixture
def reference(make_catalog: Make) -> tuple[Path, Run]:
    path = make_catalog()
    return path, darkbelle.run(path, [Counting()], workers=2, chunksize=500)


def test_every_event_is_counted_once(reference: tuple[Path, Run]) -> None:
    _, run = reference
    summary = run.ledger.summary()
    assert run.ledger.complete
    assert summary["chunks"] == {"planned": 16, "processed": 16, "failed": 0}
    assert summary["events"] == {"planned": 8000, "processed": 8000}
    assert summary["luminosity"] == {"planned": 0.5, "processed": 0.5}
    assert run.ledger.sample("taupair").generated == (12000.0, 12000.0)
    assert list(run.histograms["counting"]["energy"].axes["process"]) == ["taupair", "phase2"]
    assert run.samples["taupair"].channels == ("counting",)


def test_processes_and_other_chunk_sizes_give_the_same_histograms(reference: tuple[Path, Run]) -> None:
    path, run = reference
    assert_same(run, darkbelle.run(path, [Counting()], site="processes", workers=2, chunksize=500))
    for chunksize in (100, 777, 100_000):
        assert_same(run, darkbelle.run(path, [Counting()], workers=2, chunksize=chunksize))


def test_a_file_repaired_later_is_all_that_a_resumed_run_reads(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, run = reference
    broken = tmp_path / "tau_1.root"
    content = broken.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    incomplete = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=tmp_path / "out")
    (lost,) = incomplete.ledger.lost_files
    assert "tau_1.root: is truncated" in lost.reason
    assert incomplete.ledger.summary()["chunks"]["processed"] == 12
    assert incomplete.ledger.summary()["events"]["planned"] is None
    broken.write_bytes(content)
    whole = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=tmp_path / "out", resume=True)
    assert whole.ledger.complete
    assert_same(run, whole)
    assert_same(run, Run.read(tmp_path / "out"))


def test_a_missing_file_is_lost_and_the_rest_done(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    text = path.read_text().replace("data.root", "elsewhere.root")
    path.write_text(text)
    run = darkbelle.run(path, [Counting()], workers=1, chunksize=500)
    assert [each.reason for each in run.ledger.lost_files] == [f"{tmp_path}/elsewhere.root: there is no such file."]
    assert run.ledger.summary()["chunks"]["processed"] == 12
    assert run.ledger.summary()["luminosity"]["processed"] == 0.0


def test_a_branch_missing_in_one_file_fails_that_file(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    write_events(tmp_path / "tau_2.root", drop=("photons_energy",))
    run = darkbelle.run(path, [Counting()], workers=1, chunksize=500)
    assert {r.chunk.file for r in run.ledger.failures} == {str(tmp_path / "tau_2.root")}
    assert "tau_2.root: provides no photons.energy, which channel counting needs." in str(run.ledger.failures[0].reason)
    assert run.ledger.summary()["chunks"] == {"planned": 16, "processed": 12, "failed": 4}


def test_a_branch_missing_in_all_files_of_a_sample_makes_the_channel_not_applicable(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, _ = reference
    write_events(tmp_path / "data.root", drop=("photons_energy",))
    run = darkbelle.run(path, [Counting()], workers=1, chunksize=500)
    assert run.not_applicable == {"counting": {"phase2": ("photons.energy",)}}
    assert run.ledger.complete
    assert list(run.histograms["counting"]["energy"].axes["process"]) == ["taupair"]
    for index in range(3):
        write_events(tmp_path / f"tau_{index}.root", drop=("photons_energy",))
    with pytest.raises(InputError, match=r"no channel applies to any sample; counting misses photons\.energy"):
        darkbelle.run(path, [Counting()], workers=1)


def test_an_exception_in_a_channel_fails_its_chunk_only_and_a_repaired_channel_finishes(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, run = reference
    start = partial(darkbelle.run, path, workers=2, chunksize=500, output=tmp_path / "out")
    broken = start([Poisoned("raise")])
    (failure,) = broken.ledger.failures
    assert (failure.chunk.start, failure.chunk.stop) == (500, 1000)
    assert failure.reason == "counting: KeyError: 'no_such_field'"
    assert broken.ledger.summary()["events"] == {"planned": 8000, "processed": 7500}
    assert_same(run, start([Counting()], resume=True))


def test_a_killed_worker_costs_its_chunk_and_nothing_else(reference: tuple[Path, Run]) -> None:
    path, run = reference
    broken = darkbelle.run(path, [Poisoned("die")], site="processes", workers=2, chunksize=500)
    (failure,) = broken.ledger.failures
    assert (Path(failure.chunk.file).name, failure.chunk.start) == ("data.root", 500)
    assert "died" in str(failure.reason)
    assert broken.ledger.summary()["chunks"] == {"planned": 16, "processed": 15, "failed": 1}
    tau = [each.histograms["counting"]["energy"][{"process": "taupair"}].view(flow=True) for each in (run, broken)]
    np.testing.assert_allclose(tau[0]["value"], tau[1]["value"], rtol=1e-12)


def test_a_hiccup_of_the_storage_is_tried_again(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, run = reference
    again = darkbelle.run(path, [Poisoned("hiccup", marker=tmp_path / "seen")], workers=2, chunksize=500)
    assert (tmp_path / "seen").exists()
    assert_same(run, again)


def test_too_many_failures_stop_the_run_and_keep_what_is_done(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    with pytest.raises(InterruptedRunError, match=r"more than 0.*no_such_field"):
        darkbelle.run(path, [Poisoned("raise")], workers=1, chunksize=500, output=tmp_path / "out", max_failures=0)
    assert len(Run.read(tmp_path / "out").ledger.failures) == 1


def test_an_interrupted_run_keeps_what_is_done_and_resumes_to_the_same_histograms(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, run = reference
    threading.Timer(2.0, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(InterruptedRunError, match="--resume"):
        darkbelle.run(path, [Poisoned("slow")], workers=1, chunksize=500, output=tmp_path / "out")
    done = Run.read(tmp_path / "out").ledger.summary()["chunks"]["processed"]
    assert 0 < done < 16
    resumed = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=tmp_path / "out", resume=True)
    assert_same(run, resumed)


def test_a_changed_plan_or_file_is_not_resumed(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    out = tmp_path / "out"
    darkbelle.run(path, [Counting()], workers=1, chunksize=500, output=out)
    with pytest.raises(UsageError, match="holds a run already; use --resume"):
        darkbelle.run(path, [Counting()], output=out)
    with pytest.raises(UsageError, match="chunk size changed"):
        darkbelle.run(path, [Counting()], workers=1, chunksize=1000, output=out, resume=True)
    write_events(tmp_path / "tau_0.root", seed=77)
    with pytest.raises(UsageError, match=r"tau_0\.root changed since"):
        darkbelle.run(path, [Counting()], workers=1, chunksize=500, output=out, resume=True)


def test_histograms_beyond_the_limit_are_refused_before_the_run(reference: tuple[Path, Run]) -> None:
    path, _ = reference
    with pytest.raises(UsageError, match="greedy: its histograms would take 200 MB, at most 64 MB"):
        darkbelle.run(path, [Greedy()], workers=1)


def test_unknown_channel_site_and_output_are_wrong_use(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    with pytest.raises(UsageError, match="no_such"):
        darkbelle.run(path, ["no_such"])
    with pytest.raises(UsageError, match="known are processes, threads"):
        darkbelle.run(path, [Counting()], site="moon")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write there"):
        darkbelle.run(path, [Counting()], output=tmp_path / "file" / "out")


def test_an_empty_file_brings_its_generated_weight(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    write_events(tmp_path / "tau_2.root", events=0)
    run = darkbelle.run(path, [Counting()], workers=1)
    assert run.ledger.complete
    assert run.ledger.sample("taupair").generated == (8000.0, 8000.0)
