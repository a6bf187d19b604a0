"""All channels in one pass over a chunk, beside one pass for each: processor time as a ratio, and equal histograms.

Everything is in this process and warm; `python benchmarks/all_channels.py CATALOG` prints a line for each file.
"""

import argparse
import time
from collections.abc import Sequence

import darkbelle
from darkbelle.datasets.chunk import Chunk, FileSurvey
from darkbelle.datasets.reading import SampleContext, wanted_files
from darkbelle.datasets.survey import survey_file
from darkbelle.executors.tasks import Partial, run_chunk
from darkbelle.processors.channel import Channel
from darkbelle.processors.registry import make_channels

LARGEST_CHUNK = 100_000


def main() -> None:
    """Time every file's first chunk both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", help="a catalog's YAML file")
    parser.add_argument("--repetitions", type=int, default=2)
    options = parser.parse_args()
    catalog, channels = darkbelle.Catalog.read(options.catalog), make_channels()
    together = apart = 0.0
    for wanted in wanted_files(catalog):
        survey, context = survey_file(wanted), SampleContext.of(wanted.sample, catalog.samples[wanted.sample])
        chunk = Chunk(wanted.sample, wanted.file, 0, min(survey.entries or 0, LARGEST_CHUNK))
        one, all_of_them = timed(chunk, survey, context, channels, [c.name for c in channels], options.repetitions)
        each = [timed(chunk, survey, context, channels, [c.name], options.repetitions) for c in channels]
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
