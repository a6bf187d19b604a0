"""Searches as jobs of a real SLURM, and each way in which it can refuse, cancel or end them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import darkbelle
import psutil
import pytest
import yaml
from comparing import assert_same
from counting_channels import Counting, Poisoned
from darkbelle.__main__ import main
from darkbelle.executors.backends import batch, jobs
from darkbelle.executors.opening import open_site
from darkbelle.executors.site import SiteError
from darkbelle.processors.run import Run
from distributed import Client
from distributed.security import Security
from slurm_server import Slurm, missing, slurm

REASON = missing()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(REASON is not None, reason=str(REASON))]
Make = Callable[..., Path]
Site = Callable[..., str]
WAITING = """
import sys, time
from darkbelle.executors.opening import open_site
with open_site(sys.argv[1]):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    with slurm(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(autouse=True)
def _ours(server: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLURM_CONF", server.configuration)
    monkeypatch.setattr(jobs, "LOOK_EVERY", 0.5)
    monkeypatch.setattr(batch, "INTERVAL", "0.5s")


@pytest.fixture
def site(server: Slurm, tmp_path: Path) -> Site:
    """Write a site for the server and give its path."""

    def write(**changes: object) -> str:
        path = tmp_path / "site.yaml"
        path.write_text(yaml.safe_dump(server.site(**changes)))
        return str(path)

    return write


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.1)


def during(output: Path, act: Callable[[], None]) -> threading.Thread:
    """Do something in the middle of the run in a folder."""

    def wait_and_act() -> None:
        wait_for((output / "run.json").exists)
        time.sleep(1.0)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_the_shipped_site_runs_two_jobs_and_gives_the_same_histograms(
    server: Slurm, make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", str(make_catalog()), "--channels", "zprime_invisible", "--chunksize", "2000"]
    there = [*command, "--output", "there", "--site", "slurm", "--workers", "2", "--site-option", "interface=lo"]
    assert main(there) == 0
    assert f"its jobs write their logs to {tmp_path}/darkbelle-logs" in capsys.readouterr().err
    assert {path.suffix for path in (tmp_path / "darkbelle-logs").iterdir()} == {".out", ".err"}
    assert main([*command, "--output", "here", "--workers", "1"]) == 0
    assert_same(Run.read(tmp_path / "here"), Run.read(tmp_path / "there"))
    assert not list(tmp_path.glob(".darkbelle-certificate*"))
    wait_for(lambda: not server.unfinished())


def test_a_dry_run_prints_the_script_and_submits_nothing(
    server: Slurm, make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, before = str(make_catalog()), server.jobs()
    options = ["--site-option", "queue=main", "--site-option", "walltime='00:30:00'", "--channels", "zprime_invisible"]
    assert main(["run", path, "--dry-run", "--site", "slurm", *options]) == 0
    told = capsys.readouterr().out
    assert "4 chunks, 8000 entries in 4 files" in told
    for line in (
        "#SBATCH -p main",
        "#SBATCH -t 00:30:00",
        "#SBATCH --mem=2G",
        f"#SBATCH -e {tmp_path}/darkbelle-logs/",
    ):
        assert line in told
    assert not (tmp_path / "darkbelle-logs").exists()
    assert server.jobs() == before


def test_a_job_cancelled_in_mid_run_is_replaced_and_nothing_is_lost(
    server: Slurm, site: Site, make_catalog: Make, tmp_path: Path
) -> None:
    before, cancelled = set(server.jobs()), []

    def cancel_one() -> None:
        cancelled.append(server.jobs("RUNNING")[0])
        server.ask("scancel", *cancelled)

    path = make_catalog()
    cancelling = during(tmp_path / "out", cancel_one)
    run = darkbelle.run(path, [Poisoned("slow")], site=site(), chunksize=250, output=tmp_path / "out")
    cancelling.join()
    assert run.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}
    assert_same(darkbelle.run(path, [Counting()], workers=2, chunksize=4000), run)
    assert len(set(server.jobs()) - before) == 3, f"the two and one for {cancelled}"
    wait_for(lambda: not server.unfinished())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queue": "no-such-queue"}, "refuses the job: .*[Ii]nvalid partition"),
        ({"memory": "1 TB"}, "refuses the job: .*node configuration is not available"),
        ({"cores": 64}, "refuses the job: .*processors"),
        ({"walltime": "30:00:00"}, "refuses the job: .*time limit is invalid"),
        ({"python": "/no/python"}, r"ended before their workers came: .*/no/python: No such file .*\.err\)"),
        ({"directives": ["--begin=now+1hour"], "start_timeout": 3}, r"within 3 s; its jobs: \d+ PENDING \(BeginTime\)"),
    ],
)
def test_what_keeps_workers_away_is_one_clear_line(
    server: Slurm, site: Site, changes: dict[str, Any], message: str
) -> None:
    began = time.monotonic()
    with pytest.raises(SiteError, match=message) as caught, open_site(site(**changes)):
        pass
    assert len(str(caught.value).splitlines()) == 1
    assert time.monotonic() - began < 30, "the site's own patience is 60 s"
    wait_for(lambda: not server.unfinished())


def test_a_refusal_that_only_the_submission_meets_is_told_too(
    server: Slurm, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch.BatchBackend, "preflight", lambda _: None)  # a quota, say: no trial knows it
    with pytest.raises(SiteError, match=r"sbatch refuses the job: .*Invalid partition"), open_site(site(queue="none")):
        pass
    assert server.unfinished() == []


def test_a_worker_ends_before_its_walltime_and_its_successor_is_tried_until_it_is_not_refused(
    server: Slurm, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jobs, "PAUSE", 1.0)
    monkeypatch.setattr(batch, "lifetime", lambda _: (8.0, 0.5))  # of the two minutes that the job may take
    with open_site(site(walltime="00:02:00", workers=1)) as client:
        (first,) = client.nthreads()
        server.ask("scontrol", "update", "PartitionName=main", "State=DRAIN")  # takes no new jobs for a while
        wait_for(lambda: "refuses the job" in capsys.readouterr().err)
        assert server.unfinished() == [], "the job ended by itself"
        time.sleep(2.5)
        assert capsys.readouterr().err == "", "told once"
        server.ask("scontrol", "update", "PartitionName=main", "State=UP")
        wait_for(lambda: bool(set(client.nthreads()) - {first}))
    wait_for(lambda: not server.unfinished())


def test_everything_listens_on_the_loopback_alone_and_wants_the_certificate(server: Slurm, site: Site) -> None:
    with open_site(site(workers=1)) as client:
        ours = [psutil.Process(), *(each for each in psutil.process_iter() if "distributed.cli" in each.cmdline())]
        listening = {
            c.laddr.ip for each in ours for c in each.net_connections("inet") if c.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"} == server.listening()
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        with pytest.raises(OSError, match="TLS certificate does not match"):
            Client(address, security=Security.temporary(), timeout=1)
        killed = subprocess.Popen([sys.executable, "-c", WAITING, site(workers=1)], stdout=subprocess.PIPE)
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"ready\n"
        assert len(server.unfinished()) == 2
        killed.kill()
        killed.communicate()
        wait_for(lambda: len(server.unfinished()) == 1)  # a job whose scheduler died ends by itself
    wait_for(lambda: not server.unfinished())
