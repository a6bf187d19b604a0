"""Chaos: a run over many files while workers, client and scheduler are killed, and a proof that nothing was miscounted.

`python tests/executors/chaos/chaos.py --seed 1` runs the full one (2,000 chunks of 200 files, 30 dead workers) and
prints a report; the tests run a smaller one. Same seed, same files, same damage, same order of disasters.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import uproot
import yaml
from damage import Damage, damage
from darkbelle.datasets.ledger import ChunkRecord
from darkbelle.processors.run import Run

HERE = Path(__file__).parent
BINARIES = Path(sys.executable).parent
PERIOD = 4.0  # seconds between kills of workers
TIME_LIMIT = 20  # seconds for a chunk


@dataclass(frozen=True)
class Setting:
    """How large, and how bad.

    Attributes
    ----------
    files, chunks
        How many files, and chunks in all.
    events
        In a chunk.
    kills
        Workers to kill, at least.
    pause
        Seconds that a chunk takes.
    """

    files: int = 200
    chunks: int = 2000
    events: int = 25
    kills: int = 30
    pause: float = 0.15
    workers: int = 3

    @property
    def in_file(self) -> int:
        """Events in a file."""
        return self.events * self.chunks // self.files


@dataclass
class Report:
    """What happened."""

    seed: int
    seconds: float = 0.0
    workers_killed: int = 0
    clients_killed: int = 0
    schedulers_killed: int = 0
    damaged_files: dict[str, int] = field(default_factory=dict)
    in_the_ledger: list[str] = field(default_factory=list)
    luminosity: tuple[float, float] = (0.0, 0.0)
    generated: float = 0.0
    hung: str = ""
    out_of_memory: str = ""
    tried_again: int = 0
    events_counted: int = 0
    events_unreadable: int = 0
    events_lost: int = 0
    events_twice: int = 0
    chunks: int = 0


def run_chaos(seed: int, setting: Setting, folder: Path) -> Report:
    """Make files, damage some, run under fire until the end, and check every event; AssertionError if one is wrong."""
    dice, started = random.Random(seed), time.monotonic()  # noqa: S311  # repeatable chaos, no secret
    report = Report(seed)
    broken = make_files(folder, setting, dice)
    orders = folder / "orders"
    orders.mkdir()
    # Late ones, so that the client lives to tell: the simulated sample, files of even numbers, is run last.
    late = [i for i in range(setting.files * 4 // 5, setting.files) if i % 2 == 0 and i not in broken]
    for what, number in zip(("hang", "hoard"), dice.sample(late, 2), strict=True):
        (orders / f"{what}-{number * setting.in_file + 1}").touch()
    under_fire(folder, setting, dice, report)
    check(folder, setting, broken, report)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def make_files(folder: Path, setting: Setting, dice: random.Random) -> dict[int, Damage]:
    """Write the files and the catalog, and damage one in twenty; give by number what was done to it."""
    (folder / "files").mkdir(parents=True)
    paths = [folder / "files" / f"{number:04d}.root" for number in range(setting.files)]
    for number, path in enumerate(paths):
        first = number * setting.in_file
        with uproot.recreate(path) as file:
            tree = file.mktree("events", {"event": "int64", "weight": "float64"})
            for start in range(first, first + setting.in_file, setting.events):
                numbers = np.arange(start, start + setting.events)
                tree.extend({"event": numbers, "weight": 1.0 + numbers % 7 / 8})
            file.mktree("metadata", {"generated": "float64"}).extend({"generated": np.array([float(setting.in_file)])})
    samples = {
        "data": {"kind": "data", "files": [str(path) for path in paths[1::2]], "luminosity": 1.0},
        "simulated": {"kind": "background", "files": [str(path) for path in paths[::2]], "cross_section": 1.0},
    }
    (folder / "catalog.yaml").write_text(yaml.safe_dump({"experiment": "belle2", "samples": samples}))
    each = max(2, setting.files // 40)  # of both samples
    broken = sorted(number for kind in (0, 1) for number in dice.sample(range(kind, setting.files, 2), each))
    chunks = setting.chunks // setting.files
    return {number: damage(paths[number], turn, dice, chunks) for turn, number in enumerate(broken)}


def under_fire(folder: Path, setting: Setting, dice: random.Random, report: Report) -> None:
    """Run and resume until a client ends by itself with its work done, killing meanwhile what there is to kill."""
    for attempt in range(8):
        with cluster(folder, setting) as (scheduler, address), client(folder, setting, address, attempt > 0) as running:
            disaster = {0: "client", 1: "scheduler", 2: "client"}.get(attempt)
            deaths = dice.uniform(0.7, 1.0) * (attempt + 1) * setting.kills / 4  # of workers, before the disaster
            while running.poll() is None:
                time.sleep(PERIOD * dice.uniform(0.6, 1.0))
                if report.workers_killed < setting.kills:
                    report.workers_killed += kill_worker(folder, dice)
                if disaster and report.workers_killed >= deaths and written(folder):
                    victim = running.pid if disaster == "client" else scheduler.pid
                    psutil.Process(victim).kill()
                    report.clients_killed += disaster == "client"
                    report.schedulers_killed += disaster == "scheduler"
                    disaster = None
            if running.returncode in (0, 1) and done(folder):
                return
    raise AssertionError(f"not done after 8 clients: {(folder / 'client.log').read_text()[-2000:]}")


def written(folder: Path) -> bool:
    """Tell whether there is something to lose: a partial sum on disk."""
    return any((folder / "out" / "partials").glob("[!.]*.zip"))


def done(folder: Path) -> bool:
    """Tell whether every chunk has been run, well or not."""
    if not (folder / "out" / "run.json").exists():
        return False
    return all(record.status != "planned" for record in Run.read(folder / "out").ledger.records)


@contextmanager
def client(folder: Path, setting: Setting, address: str, resume: bool) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `darkbelle run` on the cluster; it does not outlive this."""
    site = folder / "site.yaml"
    site.write_text(yaml.safe_dump({"cluster": "scheduler", "address": address, "start_timeout": 60.0}))
    command = [BINARIES / "darkbelle", "run", folder / "catalog.yaml", "--output", folder / "out", "--site", site]
    command += ["--channels", HERE / "chaos_channel.py", "--chunksize", setting.events, "--chunk-timeout", TIME_LIMIT]
    with (folder / "client.log").open("ab") as log:
        running = subprocess.Popen(
            [*map(str, command), *(["--resume"] if resume else [])],
            env=environment(folder, setting), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield running
        finally:
            end(running)


def environment(folder: Path, setting: Setting) -> dict[str, str]:
    """Tell the channel, wherever it runs, what to do."""
    return os.environ | {
        "CHAOS_ORDERS": str(folder / "orders"),
        "CHAOS_EVENTS": str(setting.files * setting.in_file),
        "CHAOS_PAUSE": str(setting.pause),
        "DARKBELLE_INTERVAL": "3",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    }


@contextmanager
def cluster(folder: Path, setting: Setting) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Start a scheduler and workers with nannies as processes of their own, on loopback; end all of them."""
    information, started = folder / "scheduler.json", []
    information.unlink(missing_ok=True)
    dask, quiet = str(BINARIES / "dask"), ["--no-dashboard"]
    with (folder / "cluster.log").open("ab") as log:
        options = {"env": environment(folder, setting), "stdout": log, "stderr": log, "cwd": str(folder)}
        command = [dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(information)]
        scheduler = subprocess.Popen([*command, *quiet], start_new_session=True, **options)  # type: ignore[call-overload]
        started.append(scheduler)
        try:
            address = wait_for(information)
            worker = [dask, "worker", address, "--nworkers", str(setting.workers), "--nthreads", "1", *quiet]
            worker += ["--memory-limit", "700MB", "--host", "127.0.0.1", "--local-directory", str(folder / "workers")]
            started.append(subprocess.Popen(worker, start_new_session=True, **options))  # type: ignore[call-overload]
            yield scheduler, address
        finally:
            for process in reversed(started):
                end(process)


def wait_for(information: Path) -> str:
    """Wait for the scheduler's address."""
    for _ in range(300):
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return str(json.loads(information.read_text())["address"])
        time.sleep(0.2)
    raise AssertionError("the scheduler did not come up")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all below it."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()


def kill_worker(folder: Path, dice: random.Random) -> int:
    """Kill one of the worker processes (not its nanny) that have begun to work, while another one works too."""
    told = {what: {path.suffix[1:] for path in (folder / "orders").glob(f"{what}.*")} for what in ("works", "doomed")}
    at_work = [each for each in workers_of(folder) if str(each.pid) in told["works"] - told["doomed"]]
    if len(at_work) < 2:
        return 0
    with suppress(psutil.NoSuchProcess):
        dice.choice(sorted(at_work, key=lambda each: each.pid)).kill()
        return 1
    return 0


def workers_of(folder: Path) -> list[psutil.Process]:
    """Find the worker processes of the cluster: children of nannies that work below the folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder) and "spawn_main" in " ".join(process.cmdline()):
                found.append(process)
    return found


def check(folder: Path, setting: Setting, broken: dict[int, Damage], report: Report) -> None:
    """Require every readable event exactly once with its weight, and everything else in the ledger, with why."""
    run = Run.read(folder / "out")
    report.chunks = len(run.ledger.records)
    check_events(run, setting, broken, report)
    check_losses(run, setting, broken, report)
    check_luminosity(run, setting, broken, report)
    check_troubles(run, report)
    assert report.workers_killed >= setting.kills
    assert (report.clients_killed, report.schedulers_killed) == (2, 1)


def check_events(run: Run, setting: Setting, broken: dict[int, Damage], report: Report) -> None:
    """Require every readable event once with its weight, and none of the others."""
    histogram = run.histograms["every_event"]["event"]
    counted = sum(histogram[{"process": i, "region": 0, "variation": 0}].values() for i in range(2))
    numbers = np.arange(setting.files * setting.in_file)
    readable = np.ones(len(numbers), dtype=bool)
    for number, each in broken.items():
        start, entries = number * setting.in_file, setting.in_file
        if each.chunk is not None:
            start, entries = start + each.chunk * setting.events, setting.events
        readable[start : start + entries] = False
    expected = np.where(readable, 1.0 + numbers % 7 / 8, 0.0)
    report.events_counted = int(np.count_nonzero(counted))
    report.events_unreadable = int(np.count_nonzero(~readable))
    report.events_twice = int(np.count_nonzero(counted > expected * 1.000001))
    report.events_lost = int(np.count_nonzero(counted < expected * 0.999999))
    np.testing.assert_allclose(counted, expected, rtol=1e-12, atol=0)


def check_losses(run: Run, setting: Setting, broken: dict[int, Damage], report: Report) -> None:
    """Require each damaged file in the ledger by its name, with the range that is lost and the reason; no others."""
    told: dict[tuple[str, int | None, int | None], str] = {}
    for file in run.ledger.lost_files:
        told[Path(file.file).stem, None, None] = file.reason
    for record in run.ledger.failures:
        chunk = record.chunk
        assert record.kind == "input", record
        told[Path(chunk.file).stem, chunk.start, chunk.stop] = str(record.reason)
    expected: dict[tuple[str, int | None, int | None], str] = {}
    for number, each in broken.items():
        start = None if each.chunk is None else each.chunk * setting.events
        expected[f"{number:04d}", start, None if start is None else start + setting.events] = each.reason
        report.damaged_files[each.kind] = report.damaged_files.get(each.kind, 0) + 1
    assert told.keys() == expected.keys()
    assert all(reason in told[place] for place, reason in expected.items()), told
    report.in_the_ledger = [
        f"{file} [{start}, {stop})" if stop else file for file, start, stop in sorted(told, key=str)
    ]


def check_luminosity(run: Run, setting: Setting, broken: dict[int, Damage], report: Report) -> None:
    """Require luminosity and generated weight in proportion to what of the files could be read."""
    part = setting.events / setting.in_file
    lost = [0.0, 0.0]  # files: of even numbers (simulated), of odd ones (data)
    for number, each in broken.items():
        lost[number % 2] += 1.0 if each.chunk is None else part
    half = setting.files // 2
    luminosity, simulated = run.ledger.sample("data").luminosity, run.ledger.sample("simulated").generated
    assert luminosity[0] == 1.0
    assert luminosity[1] is not None
    assert abs(luminosity[1] - (1 - lost[1] / half)) < 1e-12
    assert simulated[1] is not None
    assert abs(simulated[1] - setting.in_file * (half - lost[0])) < 1e-6
    report.luminosity, report.generated = (luminosity[0], luminosity[1]), simulated[1]


def check_troubles(run: Run, report: Report) -> None:
    """Require in the ledger that one chunk hung and that one took its worker's memory, and how much."""
    again = [record for record in run.ledger.records if record.earlier]
    report.tried_again = len(again)
    report.hung = trouble(again, r"took longer than 20 s on tcp://")
    report.out_of_memory = trouble(again, r"its worker had \d+ of \d+ MB in use when it died")
    used, limit = map(int, re.findall(r"(\d+) (?:of|MB)", report.out_of_memory)[-2:])
    assert 0.7 * limit < used <= limit


def trouble(records: list[ChunkRecord], what: str) -> str:
    """Give what one of the records says of itself that fits; AssertionError if none does."""
    found = [
        f"{Path(record.chunk.file).stem} [{record.chunk.start}, {record.chunk.stop}): {line}"
        for record in records
        for line in record.earlier
        if re.match(what, line)
    ]
    assert found, f"nothing in the ledger says {what}"
    return found[0]


def main() -> None:
    """Run the full chaos for each seed asked for, and print a report of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    for seed in parser.parse_args().seed:
        with TemporaryDirectory(prefix="darkbelle-chaos-") as folder:
            report = run_chaos(seed, Setting(), Path(folder))
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
