"""10,000 chunks of no work: what the driver costs a chunk, beside the same number of empty tasks through plain Dask.

Real files, real workers, partial sums and the ledger on disk; the channel fills nothing. Scheduler and workers are
processes of their own, so that the client's processor time and memory are the driver's alone.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import darkbelle
import numpy as np
import psutil
import uproot
import yaml
from distributed import Client, as_completed
from distributed.deploy.subprocess import SubprocessCluster

CHANNEL = Path(__file__).parent / "idle_channel.py"
IN_A_FILE = 100  # chunks
EVENTS = 10  # in a chunk
WARMING = 100  # chunks of a run that is not counted


@dataclass(frozen=True)
class Cost:
    """What some tasks took, in seconds.

    Attributes
    ----------
    wall
        From the first to the last.
    client, scheduler, workers
        Processor time of the client's process, of the scheduler's, and of all workers together.
    """

    wall: float
    client: float
    scheduler: float
    workers: float

    def __sub__(self, other: "Cost") -> "Cost":
        """Take off what `other` took."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        return Cost(*(mine - theirs for mine, theirs in pairs))

    @property
    def processor(self) -> float:
        """Processor time of all together."""
        return self.client + self.scheduler + self.workers

    def told(self, tasks: int) -> str:
        """Say it in milliseconds for each of some tasks."""
        numbers = (1000 * getattr(self, name) / tasks for name in self.__dataclass_fields__)
        return "".join(f"{number:11.2f}" for number in numbers)


def main() -> None:
    """Run few and many chunks, and empty tasks, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=1_000, help="chunks of the run before, for what grows")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="darkbelle-overhead-") as folder, subprocesses(options.workers) as client:
        numbers = (WARMING, options.few, options.chunks)
        catalogs = [make_catalog(Path(folder) / str(i), number) for i, number in enumerate(numbers)]
        run(client, catalogs[0])  # everything is imported from here on, by workers too
        before = memory()
        few, after_few = timed(client, lambda: run(client, catalogs[1])), memory()
        many, after_many = timed(client, lambda: run(client, catalogs[2])), memory()
        plain = timed(client, lambda: plain_dask(client, options.chunks))
    heading = "".join(f"{name:>11}" for name in ("wall", "client", "scheduler", "workers"))
    beyond = 1000 * (many - plain).processor / options.chunks
    more = options.chunks - options.few
    lines = [
        f"ms a chunk{'':42}{heading}",
        f"{f'darkbelle, {options.chunks} chunks, survey and writing included':<52}{many.told(options.chunks)}",
        f"{f'darkbelle, each chunk beyond the first {options.few}':<52}{(many - few).told(more)}",
        f"{f'plain Dask, {options.chunks} empty tasks':<52}{plain.told(options.chunks)}",
        f"{'darkbelle beyond plain Dask':<52}{(many - plain).told(options.chunks)}",
        f"ratio darkbelle : plain Dask, wall {many.wall / plain.wall:.2f}, client {many.client / plain.client:.2f}",
        f"processor time of all together beyond plain Dask: {beyond:.2f} ms a chunk",
        f"memory of the client: {before:.0f} MB, then {after_few:.0f} MB, in the end {after_many:.0f} MB",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


@contextmanager
def subprocesses(workers: int) -> Iterator[Client]:
    """Give a client to a scheduler and workers that are processes of their own."""
    with (
        SubprocessCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(workers)
        yield client


def make_catalog(folder: Path, chunks: int) -> Path:
    """Write files of tiny chunks and their catalog."""
    folder.mkdir()
    for number in range(-(-chunks // IN_A_FILE)):
        entries = EVENTS * min(IN_A_FILE, chunks - number * IN_A_FILE)
        with uproot.recreate(folder / f"{number:05d}.root") as file:
            file.mktree("events", {"weight": "float64", "event": "int64"}).extend(
                {"weight": np.ones(entries), "event": np.arange(entries)}
            )
            file.mktree("metadata", {"generated": "float64"}).extend({"generated": np.array([float(entries)])})
    samples = {"none": {"kind": "background", "files": ["*.root"], "cross_section": 1.0}}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": samples}))
    return path


def run(client: Client, catalog: Path) -> None:
    """Run the idle channel; what is missing is an error."""
    output = catalog.parent / "run"
    result = darkbelle.run(catalog, [str(CHANNEL)], chunksize=EVENTS, client=client, output=output, progress=False)
    if not result.ledger.complete:
        raise SystemExit(f"the run is not complete: {result.ledger.summary()['failures'][:3]}")


def plain_dask(client: Client, tasks: int) -> None:
    """Send as many empty tasks, each a key of its own, and take every result."""
    for future in as_completed(client.map(int, range(tasks), pure=False)):
        future.result()


def timed(client: Client, work: Callable[[], None]) -> Cost:
    """Do some work and give what it took."""
    before, started = processor_times(client), time.perf_counter()
    work()
    wall = time.perf_counter() - started
    after = processor_times(client)
    return Cost(wall, *(b - a for a, b in zip(before, after, strict=True)))


def processor_times(client: Client) -> tuple[float, float, float]:
    """Give the processor time so far of client, scheduler and workers."""
    theirs = client.run_on_scheduler(time.process_time), sum(client.run(time.process_time).values())
    return time.process_time(), *theirs


def memory() -> float:
    """Give this process's resident memory in MB."""
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    main()
