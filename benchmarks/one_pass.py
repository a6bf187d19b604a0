"""One pass of both searches through darkbelle, beside a bare read of the same columns and coffea one after the other.

Everything is on one core and warm, the best of a few repetitions; `make bench` prints ratios to the bare read.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import darkbelle
import uproot
from coffea.processor import FuturesExecutor, Runner
from darkbelle.commands.demo import CHANNELS, call
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.reading import Meter, SampleContext, open_chunk, wanted_files
from darkbelle.datasets.schemas.native import EVENTS, NativeSchema
from darkbelle.datasets.survey import survey_file
from darkbelle.processors.registry import make_channels
from distributed import Client, LocalCluster

CHUNKSIZE = 100_000


@dataclass(frozen=True)
class Columns:
    """What both channels read: branch names by file, the compressed bytes behind them, and the number of events."""

    branches: dict[str, list[str]]
    compressed: int
    events: int


def main() -> None:
    """Make the sample once, time the three ways to process it, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/benchmark"), help="where the sample is kept")
    parser.add_argument("--luminosity", type=float, default=0.02, help="fb^-1 to simulate")
    parser.add_argument("--repetitions", type=int, default=2)
    options = parser.parse_args()
    catalog = darkbelle.Catalog.read(simulated(options.folder, options.luminosity))
    columns = touched_columns(catalog)
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        ways: dict[str, Callable[[], None]] = {
            "bare uproot read of the same columns": lambda: read_bare(columns),
            "darkbelle, both searches in one pass": lambda: run_darkbelle(catalog, client),
            "coffea Runner, one search after the other": lambda: run_coffea(catalog),
        }
        seconds = {name: best(way, options.repetitions) for name, way in ways.items()}
    report(columns, seconds)


def simulated(folder: Path, luminosity: float) -> Path:
    """Give the catalog of the benchmark's own simulated sample, made unless it is there."""
    output = folder / f"{luminosity:g}"
    catalog = output / "catalog.yaml"
    if not catalog.is_file():
        wanted = ("--luminosity", str(luminosity), "--channels", ",".join(CHANNELS), "--output", str(output))
        status, told = call("simulate", "--experiment", "belle2", *wanted)
        if status:
            raise SystemExit(f"{told}the sample could not be simulated.")
    return catalog


def touched_columns(catalog: darkbelle.Catalog) -> Columns:
    """Find which branches the channels read, by running them once with an access log."""
    channels = make_channels(CHANNELS)
    branches: dict[str, list[str]] = {}
    compressed = events = 0
    for wanted in wanted_files(catalog):
        survey = survey_file(wanted)
        context = SampleContext.of(wanted.sample, catalog.samples[wanted.sample])
        meter = Meter()
        chunk = Chunk(wanted.sample, wanted.file, 0, survey.entries or 0)
        with open_chunk(chunk, survey, context, meter) as opened:
            for channel in channels:
                channel.process(opened)
        branches[wanted.file] = sorted({getattr(each, "branch") for each in meter.log})  # noqa: B009  # coffea's is untyped
        with uproot.open(wanted.file) as file:
            compressed += sum(file[EVENTS][name].compressed_bytes for name in branches[wanted.file])
        events += chunk.stop
    return Columns(branches, compressed, events)


def read_bare(columns: Columns) -> None:
    """Read the columns into arrays and do nothing with them."""
    for name, branches in columns.branches.items():
        with uproot.open(name) as file:
            for _ in file[EVENTS].iterate(branches, step_size=CHUNKSIZE):
                pass


def run_darkbelle(catalog: darkbelle.Catalog, client: Client) -> None:
    """Run both channels in one pass."""
    darkbelle.run(catalog, channels=CHANNELS, client=client, chunksize=CHUNKSIZE, progress=False)


def run_coffea(catalog: darkbelle.Catalog) -> None:
    """Run coffea's Runner with the same processors, once for each; by sample, which is how their results add up."""
    fileset = {
        name: {
            "files": dict.fromkeys(catalog.files[name], EVENTS),
            "metadata": SampleContext.of(name, sample).metadata(),
        }
        for name, sample in catalog.samples.items()
    }
    for channel in make_channels(CHANNELS):
        with ThreadPoolExecutor(1) as pool:
            executor = FuturesExecutor(pool=pool, status=False)
            runner = Runner(executor, schema=NativeSchema, chunksize=CHUNKSIZE, savemetrics=False, metadata_cache={})
            for name, sample in fileset.items():
                runner({name: sample}, channel)


def best(way: Callable[[], None], repetitions: int) -> float:
    """Give the shortest of a few wall times in seconds, after one that warms up."""
    way()
    times = []
    for _ in range(repetitions):
        started = time.perf_counter()
        way()
        times.append(time.perf_counter() - started)
    return min(times)


def report(columns: Columns, seconds: dict[str, float]) -> None:
    """Print times as ratios to the bare read, with what was read."""
    number = max(map(len, columns.branches.values()))
    print(f"{columns.events} events in {len(columns.branches)} files; up to {number} branches a file are read,")
    print(f"{columns.compressed / 1e6:.1f} MB compressed: once by the bare read and by darkbelle")
    bare = next(iter(seconds.values()))
    for name, value in seconds.items():
        print(f"  {name:<43} {value:7.2f} s   {value / bare:5.2f} x   {columns.events / value / 1e3:7.0f} kHz")


if __name__ == "__main__":
    main()
