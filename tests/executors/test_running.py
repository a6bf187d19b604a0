import os
import re
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import darkbelle
import dask
import numpy as np
import pytest
import uproot
from comparing import assert_same
from counting_channels import Counting, Greedy, Poisoned, Tallying, interrupt_after
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import InputError, UsageError
from darkbelle.executors import driving, running
from darkbelle.executors.driving import first_of_each_sample
from darkbelle.executors.progress import Progress
from darkbelle.executors.running import InterruptedRunError
from darkbelle.executors.tasks import Partial, merge
from darkbelle.processors.run import Run
from distributed import Client, LocalCluster
from native_files import write_events

Make = Callable[..., Path]


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


def test_a_bug_in_a_channel_stops_the_run_with_the_command_that_shows_it_and_keeps_the_rest(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, run = reference
    start = partial(darkbelle.run, path, workers=2, chunksize=500, output=tmp_path / "out")
    with pytest.raises(InterruptedRunError, match=r"no_such_field.*data\.root \[500, 1000\)") as caught:
        start([Poisoned("raise")])
    assert f"darkbelle run {path} --channels counting --chunk {tmp_path}/data.root:500:1000 --debug" in str(
        caught.value
    )
    (failure,) = caught.value.run.ledger.failures
    assert (failure.chunk.start, failure.chunk.stop, failure.kind) == (500, 1000, "bug")
    assert failure.reason == "counting: KeyError: 'no_such_field'"
    assert Run.read(tmp_path / "out").ledger.summary() == caught.value.run.ledger.summary()
    assert_same(run, start([Counting()], resume=True))


def test_a_damaged_column_is_the_files_failure_and_no_bug(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    broken = tmp_path / "data.root"
    content = bytearray(broken.read_bytes())
    with uproot.open(broken) as file:
        start = int(file["events"]["photons_energy"].member("fBasketSeek")[0])  # where its first basket begins
    content[start + 80 : start + 400] = b"\xff" * 320
    broken.write_bytes(content)
    run = darkbelle.run(path, [Counting()], workers=1, chunksize=500)
    assert {(r.kind, Path(r.chunk.file).name) for r in run.ledger.failures} == {("input", "data.root")}
    assert run.ledger.summary()["chunks"]["failed"] == 1


def test_a_killed_worker_costs_its_chunk_and_nothing_else(reference: tuple[Path, Run]) -> None:
    path, run = reference
    broken = darkbelle.run(path, [Poisoned("die")], site="processes", workers=2, chunksize=500)
    (failure,) = broken.ledger.failures
    assert (Path(failure.chunk.file).name, failure.chunk.start, failure.kind) == ("data.root", 500, "crash")
    assert "died" in str(failure.reason)
    assert broken.ledger.summary()["chunks"] == {"planned": 16, "processed": 15, "failed": 1}
    tau = [each.histograms["counting"]["energy"][{"process": "taupair"}].view(flow=True) for each in (run, broken)]
    np.testing.assert_allclose(tau[0]["value"], tau[1]["value"], rtol=1e-12)


class Recorded(Progress):
    """Progress that can be asked after the run."""

    shown: ClassVar[list["Recorded"]] = []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.withdrawn = 0
        self.shown.append(self)

    def withdraw(self, chunk: Chunk) -> None:
        """Count how often that happened."""
        super().withdraw(chunk)
        self.withdrawn += 1


def test_results_lost_with_a_worker_are_not_counted_as_done_twice(
    reference: tuple[Path, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run = reference
    marker = tmp_path / "died"

    def deadly(partials: Sequence[Partial]) -> Partial:
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return merge(partials)

    monkeypatch.setattr(running, "Progress", Recorded)
    monkeypatch.setattr(Recorded, "shown", [])
    monkeypatch.setattr(driving, "merge", deadly)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        again = darkbelle.run(path, [Counting()], client=client, chunksize=500)
    assert_same(run, again)
    (shown,) = Recorded.shown
    assert shown.withdrawn > 0
    assert shown.line().startswith("8,000 of 8,000 entries")


def test_a_hiccup_of_the_storage_is_tried_again(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, run = reference
    again = darkbelle.run(path, [Poisoned("hiccup", marker=tmp_path / "seen")], workers=2, chunksize=500)
    assert (tmp_path / "seen").exists()
    assert_same(run, again)


def test_too_many_failures_stop_the_run_and_keep_what_is_done(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    (tmp_path / "tau_0.root").write_bytes((tmp_path / "tau_0.root").read_bytes()[:-3000])
    broken = Poisoned("unreadable")
    with pytest.raises(InterruptedRunError, match=r"more than 0.*storage is away"):
        darkbelle.run(path, [broken], workers=1, chunksize=500, output=tmp_path / "out", max_failures=0)
    (failure,) = Run.read(tmp_path / "out").ledger.failures
    assert failure.kind == "storage"


def test_a_chunk_that_needs_too_much_memory_is_halved_until_it_fits(reference: tuple[Path, Run]) -> None:
    path, run = reference
    # Asks for more than 300 entries at once: 500 become 250 + 250.
    halved = darkbelle.run(path, [Poisoned("memory")], workers=2, chunksize=500)
    assert_same(run, halved)
    assert halved.ledger.summary()["chunks"] == {"planned": 32, "processed": 32, "failed": 0}


def test_a_process_that_dies_for_memory_is_told_from_a_crash_and_its_chunk_halved(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, run = reference
    site = tmp_path / "small.yaml"
    site.write_text("{cluster: local, processes: true, workers: 1, memory_limit: 900 MB, allowed_failures: 3}")
    halved = darkbelle.run(path, [Poisoned("hoard")], site=str(site), chunksize=2000)
    assert_same(run, halved)
    assert sorted(r.chunk.entries for r in halved.ledger.records) == [1000, 1000, 2000, 2000, 2000]
    # Dask would have given it to more workers: it was halved once the first death was seen, and the ledger says why.
    for half in (r for r in halved.ledger.records if r.chunk.entries == 1000):
        (why,) = half.earlier
        told = re.fullmatch(r"its worker had (\d+) of (\d+) MB in use when it died\.", why)
        assert told is not None
        used, limit = map(int, told.groups())
        assert 0.7 * limit < used <= limit


def test_a_chunk_that_hangs_is_tried_on_another_process_and_then_given_up(reference: tuple[Path, Run]) -> None:
    path, _ = reference
    run = darkbelle.run(path, [Poisoned("hang")], site="processes", workers=2, chunksize=500, chunk_timeout=4.0)
    (failure,) = run.ledger.failures
    assert (failure.kind, Path(failure.chunk.file).name, failure.chunk.start) == ("timeout", "data.root", 500)
    assert "took longer than 4 s" in str(failure.reason)
    assert run.ledger.summary()["chunks"]["processed"] == 15


def test_the_ledger_has_time_bytes_and_memory_of_every_chunk(reference: tuple[Path, Run], tmp_path: Path) -> None:
    _, run = reference
    run.write(tmp_path / "written")
    for record in Run.read(tmp_path / "written").ledger.records:
        assert record.cost is not None
        assert record.cost.seconds > 0
        # 500 of 2000 rows of the columns that Counting reads: weight alone is 8 bytes a row before compression
        assert 1000 < record.cost.read < 500 * 200
        assert record.cost.memory > 50e6


def test_the_first_chunk_of_every_sample_runs_before_the_rest() -> None:
    chunks = [Chunk(sample, "f", start, start + 1) for sample in ("a", "b") for start in range(3)]
    first, rest = first_of_each_sample(chunks)
    assert [(c.sample, c.start) for c in first] == [("a", 0), ("b", 0)]
    assert len(rest) == 4


def test_an_interrupted_run_keeps_what_is_done_and_resumes_to_the_same_histograms(
    reference: tuple[Path, Run], tmp_path: Path
) -> None:
    path, run = reference
    tally = tmp_path / "tally"
    tally.mkdir()
    threading.Thread(target=interrupt_after, args=(tally, 8)).start()
    with pytest.raises(InterruptedRunError, match="--resume"):
        darkbelle.run(path, [Tallying(tally, 0.3)], workers=1, chunksize=500, output=tmp_path / "out")
    done = Run.read(tmp_path / "out").ledger.summary()["chunks"]["processed"]
    assert 0 < done < 16
    resumed = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=tmp_path / "out", resume=True)
    assert_same(run, resumed)


def test_a_run_is_resumed_only_when_asked_and_with_the_same_chunks(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    out = tmp_path / "out"
    darkbelle.run(path, [Counting()], workers=1, chunksize=500, output=out)
    with pytest.raises(UsageError, match="holds a run already; use --resume"):
        darkbelle.run(path, [Counting()], output=out)
    with pytest.raises(UsageError, match="cut differently; resume with the same --chunksize"):
        darkbelle.run(path, [Counting()], workers=1, chunksize=300, output=out, resume=True)


def test_a_file_written_anew_is_run_again_and_the_other_sample_is_not(
    reference: tuple[Path, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = reference
    out = tmp_path / "out"
    darkbelle.run(path, [Counting()], workers=1, chunksize=500, output=out)
    write_events(tmp_path / "tau_0.root", seed=77)
    resumed = darkbelle.run(path, [Counting()], workers=1, chunksize=500, output=out, resume=True)
    assert_same(darkbelle.run(path, [Counting()], workers=1, chunksize=500), resumed)
    told = capsys.readouterr().err
    assert "taupair: 12 chunks run again" in told
    assert "tau_0.root changed" in told
    assert "phase2" not in told


def test_histograms_beyond_the_limit_are_refused_before_the_run(reference: tuple[Path, Run]) -> None:
    path, _ = reference
    with pytest.raises(UsageError, match="greedy: its histograms would take 200 MB, at most 64 MB"):
        darkbelle.run(path, [Greedy()], workers=1)


def test_unknown_channel_site_and_output_are_wrong_use(reference: tuple[Path, Run], tmp_path: Path) -> None:
    path, _ = reference
    with pytest.raises(UsageError, match="no_such"):
        darkbelle.run(path, ["no_such"])
    with pytest.raises(UsageError, match=r"known are .*processes, .*threads"):
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
