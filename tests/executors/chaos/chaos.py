"""Chaos: a run over many files while workers, client and scheduler are killed, and a proof that nothing was miscounted.

`python tests/executors/chaos/chaos.py --seed 1` runs the full one (2,000 chunks of 200 files, 30 dead workers) and
prints a report; the tests run a smaller one. Same seed, same files, same damage, same order of disasters.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import uproot
import yaml
from darkbelle.processors.run import Run

HERE = Path(__file__).parent
BINARIES = Path(sys.executable).parent
PERIOD = 4.0  # seconds between kills of workers
STARTING = 8.0  # seconds after which a worker process has imported everything and works


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
    unreadable_files: int = 0
    events_counted: int = 0
    events_lost: int = 0
    events_twice: int = 0
    chunks: int = 0


def run_chaos(seed: int, setting: Setting, folder: Path) -> Report:
    """Make files, damage some, run under fire until the end, and check every event; AssertionError if one is wrong."""
    dice, started = random.Random(seed), time.monotonic()  # noqa: S311  # repeatable chaos, no secret
    report = Report(seed)
    broken = make_files(folder, setting, dice)
    report.unreadable_files = len(broken)
    orders = folder / "orders"
    orders.mkdir()
    whole = [i for i in range(setting.files) if i not in broken]
    for what, number in zip(("hang", "hoard"), dice.sample(whole, 2), strict=True):
        (orders / f"{what}-{number * setting.in_file + 1}").touch()
    under_fire(folder, setting, dice, report)
    check(folder, setting, broken, report)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def make_files(folder: Path, setting: Setting, dice: random.Random) -> set[int]:
    """Write the files and the catalog; cut, overwrite or remove one in twenty. Returns the numbers of the damaged."""
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
    broken = set(dice.sample(range(setting.files), max(3, setting.files // 20)))
    for turn, number in enumerate(sorted(broken)):
        content = paths[number].read_bytes()
        if turn % 3 == 0:
            paths[number].write_bytes(content[: len(content) // 2])
        elif turn % 3 == 1:
            paths[number].write_bytes(b"\xff" * len(content))
        else:
            paths[number].unlink()
            paths[number].symlink_to(folder / "gone.root")
    return broken


def under_fire(folder: Path, setting: Setting, dice: random.Random, report: Report) -> None:
    """Run and resume until a client ends by itself with its work done, killing meanwhile what there is to kill."""
    for attempt in range(12):
        with cluster(folder, setting) as (scheduler, address):
            client = start_client(folder, setting, address, resume=attempt > 0)
            disaster = {0: "client", 1: "scheduler", 2: "client"}.get(attempt)
            until = time.monotonic() + dice.uniform(0.6, 1.0) * setting.kills * PERIOD / 3
            while client.poll() is None:
                time.sleep(PERIOD * dice.uniform(0.6, 1.0))
                report.workers_killed += kill_worker(folder, dice)
                if disaster and time.monotonic() > until and written(folder):
                    victim = client.pid if disaster == "client" else scheduler.pid
                    psutil.Process(victim).kill()
                    report.clients_killed += disaster == "client"
                    report.schedulers_killed += disaster == "scheduler"
                    disaster = None
            if client.returncode in (0, 1) and done(folder) and report.workers_killed >= setting.kills:
                return
    raise AssertionError(f"not done after 12 clients: {(folder / 'client.log').read_text()[-2000:]}")


def written(folder: Path) -> bool:
    """Tell whether there is something to lose: a partial sum on disk."""
    return any((folder / "out" / "partials").glob("*.zip"))


def done(folder: Path) -> bool:
    """Tell whether every chunk has been run."""
    if not (folder / "out" / "run.json").exists():
        return False
    return all(record.status == "done" for record in Run.read(folder / "out").ledger.records)


def start_client(folder: Path, setting: Setting, address: str, *, resume: bool) -> "subprocess.Popen[bytes]":
    """Start `darkbelle run` on the cluster."""
    site = folder / "site.yaml"
    site.write_text(yaml.safe_dump({"cluster": "scheduler", "address": address, "start_timeout": 60.0}))
    command = [BINARIES / "darkbelle", "run", folder / "catalog.yaml", "--output", folder / "out", "--site", site]
    command += ["--channels", HERE / "chaos_channel.py", "--chunksize", str(setting.events), "--chunk-timeout", "20"]
    with (folder / "client.log").open("ab") as log:
        return subprocess.Popen(
            [*map(str, command), *(["--resume"] if resume else [])],
            env=environment(folder, setting), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


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
    at_work = [each for each in workers_of(folder) if time.time() - each.create_time() > STARTING]
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


def check(folder: Path, setting: Setting, broken: set[int], report: Report) -> None:
    """Require every readable event exactly once with its weight, and every unreadable file in the ledger, with why."""
    run = Run.read(folder / "out")
    histogram = run.histograms["every_event"]["event"]
    counted = sum(histogram[{"process": i, "region": 0, "variation": 0}].values() for i in range(2))
    numbers = np.arange(setting.files * setting.in_file)
    readable = ~np.isin(numbers // setting.in_file, sorted(broken))
    expected = np.where(readable, 1.0 + numbers % 7 / 8, 0.0)
    report.events_counted = int(np.count_nonzero(counted))
    report.events_twice = int(np.count_nonzero(counted > expected * 1.000001))
    report.events_lost = int(np.count_nonzero(counted < expected * 0.999999))
    report.chunks = len(run.ledger.records)
    np.testing.assert_allclose(counted, expected, rtol=1e-12, atol=0)
    lost = {Path(each.file).stem: each.reason for each in run.ledger.lost_files}
    assert set(lost) == {f"{number:04d}" for number in broken}
    assert all(lost.values())
    share = 1 - sum(number % 2 == 1 for number in broken) / (setting.files // 2)
    luminosity, simulated = run.ledger.sample("data").luminosity, run.ledger.sample("simulated").generated
    assert luminosity[0] == 1.0
    assert luminosity[1] is not None
    assert abs(luminosity[1] - share) < 1e-12
    generated = setting.in_file * (setting.files - setting.files // 2 - sum(number % 2 == 0 for number in broken))
    assert simulated[1] == generated


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
