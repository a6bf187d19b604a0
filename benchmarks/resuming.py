"""What a resume costs: a run stopped after half of its events and finished, beside the same run in one go.

Real channels over real files, through the command line, so that starting, surveying and planning count twice. The
ratio of processor time is the one to look at; wall time is as good as the machine is quiet.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from darkbelle.executors.deposits import FOLDER, MANIFEST
from darkbelle.processors.run import Run
from one_pass import simulated

INTERVAL = 2.0  # seconds between partial sums: what a killed client loses at most


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes
    ----------
    wall, processor
        Seconds; processor time of the client and of all its workers.
    """

    wall: float
    processor: float


def main() -> None:
    """Run in one go, run and stop at half, resume, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, help="a simulated sample of its own where absent")
    parser.add_argument("--folder", type=Path, default=Path("build/benchmark"), help="where runs and sample are kept")
    parser.add_argument("--luminosity", type=float, default=0.05, help="fb^-1 to simulate")
    parser.add_argument("--chunksize", type=int, default=10_000)
    parser.add_argument("--channels", help="all where absent")
    parser.add_argument("--after", type=float, default=0.5, help="of the whole run's wall time, to stop it")
    parser.add_argument("--kill", action="store_true", help="SIGKILL for the client rather than Ctrl-C")
    options = parser.parse_args()
    catalog = options.catalog or simulated(options.folder, options.luminosity)
    command = ["run", str(catalog), "--site", "processes", "--chunksize", str(options.chunksize)]
    command += ["--channels", options.channels] if options.channels else []
    whole, halves = options.folder / "whole", options.folder / "halves"
    for each in (whole, halves):
        shutil.rmtree(each, ignore_errors=True)
    full = timed(lambda: execute(command, whole))
    planned = entries_done(whole)
    how = signal.SIGKILL if options.kill else signal.SIGINT
    first = timed(lambda: stopped(command, halves, options.after * full.wall, how))
    done = in_partial_sums(halves) + entries_done(halves)
    second = timed(lambda: execute([*command, "--resume"], halves))
    report(full, first, second, done / planned)


def execute(command: list[str], output: Path) -> None:
    """Run darkbelle to its end."""
    if started(command, output).wait() != 0:
        raise SystemExit("the run did not end well")


def started(command: list[str], output: Path) -> "subprocess.Popen[bytes]":
    """Start darkbelle."""
    arguments = [sys.executable, "-m", "darkbelle", *command, "--output", str(output)]
    return subprocess.Popen(arguments, env=environment())  # noqa: S603  # darkbelle itself


def stopped(command: list[str], output: Path, seconds: float, how: signal.Signals) -> None:
    """Run darkbelle for a time, and send it a signal."""
    running = started(command, output)
    with suppress(subprocess.TimeoutExpired):
        running.wait(seconds)
    running.send_signal(how)
    running.wait()


def in_partial_sums(output: Path) -> int:
    """Count the entries whose histograms are in partial sums."""
    done = 0
    for path in (output / FOLDER).glob("[!.]*.zip"):
        with zipfile.ZipFile(path) as archive:
            entries = json.loads(archive.read(MANIFEST))["entries"]
            done += sum(stop - start for entry in entries for _, start, stop, *_ in entry["chunks"])
    return done


def entries_done(output: Path) -> int:
    """Count the entries that a run's ledger has as done."""
    return sum(each.chunk.entries for each in Run.read(output).ledger.records if each.status == "done")


def environment() -> dict[str, str]:
    """Ask for partial sums often, since the benchmark's run is short."""
    return os.environ | {"DARKBELLE_INTERVAL": str(INTERVAL)}


def timed(work: Callable[[], None]) -> Cost:
    """Do some work in processes below this one, and give what they took."""
    before, started = processor_time(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - started, processor_time() - before)


def processor_time() -> float:
    """Give the processor time of all ended processes below this one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(full: Cost, first: Cost, second: Cost, share: float) -> None:
    """Print the three, and what the resume costs of the full run."""
    lines = [f"{'':<44}{'processor s':>12}{'wall s':>10}"]
    names = ("in one go", f"stopped with {share:.0%} of its entries on disk", "resumed")
    lines += [
        f"{name:<44}{each.processor:12.1f}{each.wall:10.1f}"
        for name, each in zip(names, (full, first, second), strict=True)
    ]
    lines.append(f"{'resumed : in one go':<44}{second.processor / full.processor:12.2f}{second.wall / full.wall:10.2f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
