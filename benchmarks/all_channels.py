"""All channels in one pass, beside one pass for each: processor time as a ratio, and equal histograms.

`python benchmarks/all_channels.py CATALOG` compares single chunks, in this process and warm, with a line for each file;
`--runs` compares complete `darkbelle run`s as a person starts them, from import to the written run.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import darkbelle
import hist
import numpy as np
from darkbelle.datasets.chunk import Chunk, FileSurvey
from darkbelle.datasets.reading import SampleContext, wanted_files
from darkbelle.datasets.survey import survey_file
from darkbelle.executors.tasks import Partial, run_chunk
from darkbelle.processors.channel import Channel
from darkbelle.processors.registry import make_channels

LARGEST_CHUNK = 100_000


def main() -> None:
    """Time complete runs or every file's first chunk both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", help="a catalog's YAML file")
    parser.add_argument("--repetitions", type=int, default=2, help="of each chunk")
    parser.add_argument("--runs", action="store_true", help="complete runs instead of chunks")
    options = parser.parse_args()
    if options.runs:
        compare_runs(options.catalog)
    else:
        compare_chunks(options.catalog, options.repetitions)


def compare_runs(catalog: str) -> None:
    """Run all channels at once and each alone, and print the processor time of each run with all its processes."""
    samples = darkbelle.Catalog.read(catalog).samples.values()
    names = [channel.name for channel in make_channels() if any(channel.name in sample.channels for sample in samples)]
    with TemporaryDirectory() as folder:
        together, of_all = run_seconds(catalog, names, Path(folder) / "all")
        print(f"{'all channels':<28} {together:7.1f} s", flush=True)
        apart, same = 0.0, True
        for name in names:
            seconds, of_one = run_seconds(catalog, [name], Path(folder) / name)
            print(f"{name:<28} {seconds:7.1f} s", flush=True)
            apart += seconds
            same &= of_one[name].keys() == of_all[name].keys()
            same &= all(agree(of_one[name][each], histogram) for each, histogram in of_all[name].items())
    print(f"one run of all channels costs {together / apart:.2f} of {apart:.1f} s for separate runs; equal: {same}")


def agree(one: hist.Hist, other: hist.Hist) -> bool:
    """Tell whether two runs' histograms are the same: chunks add up in the order they arrive, so weights to 1e-12."""
    if one.axes != other.axes:
        return False
    pairs = ((one.values(flow=True), other.values(flow=True)), (one.variances(flow=True), other.variances(flow=True)))
    return all(np.allclose(mine, theirs, rtol=1e-12, atol=0.0) for mine, theirs in pairs)


def run_seconds(catalog: str, channels: list[str], output: Path) -> tuple[float, dict[str, dict[str, Any]]]:
    """Give the processor time of a run in seconds and its histograms by channel."""
    command = [sys.executable, "-m", "darkbelle", "run", catalog, "--output", str(output), "--channels"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command.append(",".join(channels))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, darkbelle.Run.read(output).histograms


def compare_chunks(path: str, repetitions: int) -> None:
    """Time every file's first chunk both ways."""
    catalog, channels = darkbelle.Catalog.read(path), make_channels()
    together = apart = 0.0
    for wanted in wanted_files(catalog):
        survey, context = survey_file(wanted), SampleContext.of(wanted.sample, catalog.samples[wanted.sample])
        chunk = Chunk(wanted.sample, wanted.file, 0, min(survey.entries or 0, LARGEST_CHUNK))
        one, all_of_them = timed(chunk, survey, context, channels, [c.name for c in channels], repetitions)
        each = [timed(chunk, survey, context, channels, [c.name], repetitions) for c in channels]
        total = sum(seconds for seconds, _ in each)
        same = all(value == all_of_them.histograms[key] for _, part in each for key, value in part.histograms.items())
        print(f"{wanted.sample:<28} {chunk.stop:>7} events  {one / total:5.2f} of {total:6.2f} s  equal: {same}")
        together, apart = together + one, apart + total
    print(f"all channels in one pass cost {together / apart:.2f} of their separate runs' sum")


def timed(
    chunk: Chunk, survey: FileSurvey, context: SampleContext, channels: Sequence[Channel], names: list[str], times: int
) -> tuple[float, Partial]:
    """Give the shortest processor time in seconds of a few runs after one that warms up, and the result."""
    result = run_chunk(chunk, survey, context, channels, tuple(names))
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        run_chunk(chunk, survey, context, channels, tuple(names))
        best = min(best, time.process_time() - started)
    return best, result


if __name__ == "__main__":
    main()
