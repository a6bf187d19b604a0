"""How much is done: nothing again after a resume, few histograms on their way, few files opened; counted, not timed."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import darkbelle
import psutil
import pytest
from counting_channels import Counting, Tallying, interrupt_after
from darkbelle.datasets import files, kept_open
from darkbelle.datasets.files import InputFile
from darkbelle.executors.books import Books
from darkbelle.executors.running import InterruptedRunError
from darkbelle.executors.tasks import Partial
from darkbelle.processors.run import Run
from distributed import Client, LocalCluster
from distributed.deploy.subprocess import SubprocessCluster

Make = Callable[..., Path]


def test_a_resumed_run_runs_the_missing_chunks_and_no_others(make_catalog: Make, tmp_path: Path) -> None:
    path, tally, out = make_catalog(), tmp_path / "tally", tmp_path / "out"
    tally.mkdir()

    threading.Thread(target=interrupt_after, args=(tally, 20)).start()
    with pytest.raises(InterruptedRunError):
        darkbelle.run(path, [Tallying(tally, 0.2)], workers=2, chunksize=200, output=out)
    done = Run.read(out).ledger.summary()["chunks"]["processed"]
    assert 0 < done < 40
    before = len(list(tally.iterdir()))
    whole = darkbelle.run(path, [Tallying(tally, 0.2)], workers=2, chunksize=200, output=out, resume=True)
    assert whole.ledger.summary()["chunks"] == {"planned": 40, "processed": 40, "failed": 0}
    assert len(list(tally.iterdir())) - before == 40 - done
    assert whole.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}


def received(dask_worker: Any) -> list[str]:
    """List the results that a worker has fetched from others."""
    return [str(key) for each in dask_worker.transfer_incoming_log for key in each["keys"]]


def test_one_set_of_histograms_a_worker_and_interval_travels(
    make_catalog: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, add = make_catalog(), Books.add
    sets: list[int] = []

    def counted(books: Books, partial: Partial) -> None:
        sets.append(len(partial.done))
        add(books, partial)

    monkeypatch.setattr(Books, "add", counted)
    workers, chunks = 3, 160
    with (
        LocalCluster(workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        darkbelle.run(path, [Counting()], client=client, chunksize=50, progress=False)
        told = [key for keys in client.run(received).values() for key in keys]
    # Two intervals: the first chunk of each of the two samples, then the rest. One set reaches the client in each.
    assert sets == [2, chunks - 2]
    results = [key for key in told if key.startswith(("chunk-", "merge-"))]
    assert len(results) <= len(sets) * (workers - 1)


def test_a_file_is_opened_once_a_thread_however_many_chunks_it_has(
    make_catalog: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = make_catalog(), Counter[str]()

    def counted(file: str) -> AbstractContextManager[InputFile]:
        opened[Path(file).name] += 1
        return files.opened(file)

    monkeypatch.setattr(kept_open, "opened", counted)
    run = darkbelle.run(path, [Counting()], workers=2, chunksize=20, progress=False)
    assert run.ledger.summary()["chunks"]["processed"] == 400
    assert opened.keys() == {"tau_0.root", "tau_1.root", "tau_2.root", "data.root"}
    # The first chunk of both samples is run first; then each of the two threads goes through one file after the other,
    # and at the seam between two files one may put back a file that the other takes over.
    assert opened.total() < 4 * 2 * 3


def nothing_left(client: Client, seconds: float = 20.0) -> None:
    """Wait for the client's own thread, which lets go of results a moment after a run has returned."""
    until = monotonic() + seconds
    while client.futures:
        assert monotonic() < until, f"kept: {sorted(client.futures)}"
        sleep(0.05)


def test_the_client_keeps_nothing_of_chunks_that_are_done(make_catalog: Make) -> None:
    path = make_catalog()
    # The scheduler is a process of its own, since what it remembers of tasks is not the client's.
    with (
        SubprocessCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        darkbelle.run(path, [Counting()], client=client, chunksize=500, progress=False)
        before = psutil.Process().memory_info().rss
        run = darkbelle.run(path, [Counting()], client=client, chunksize=16, progress=False)
        grown = psutil.Process().memory_info().rss - before
        assert run.ledger.summary()["chunks"]["processed"] == 500
        nothing_left(client)
    assert grown < 500 * 100e6 / 10_000  # 10,000 chunks may take 100 MB


def test_a_file_written_anew_is_opened_anew(tmp_path: Path, make_catalog: Make) -> None:
    from native_files import write_events

    make_catalog()
    file = str(tmp_path / "tau_0.root")
    with kept_open.kept_open(file) as source:
        first = source.identity
    with kept_open.kept_open(file) as source:
        assert source.identity == first
    write_events(tmp_path / "tau_0.root", seed=5, events=1000)
    with kept_open.kept_open(file) as source:
        assert source.identity != first
        assert source.table("events").entries == 1000
    kept_open.close_idle()


def test_merged_histograms_are_told_before_the_run(make_catalog: Make, capsys: pytest.CaptureFixture[str]) -> None:
    darkbelle.run(make_catalog(), [Counting()], workers=1, explain=True, progress=False)
    size = 2 * 2 * 22 * 16 / 2**20  # samples, regions, bins with overflow, sums of weights and squares of 8 bytes
    assert f"counting: {size:.1f} MB of histograms for 2 samples" in capsys.readouterr().err
