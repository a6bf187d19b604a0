"""Runs over `root://` files; test_xrootd.py starts these in a network namespace of their own."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import darkbelle
import hist
import numpy as np
import pytest
import yaml
from counting_channels import Counting
from darkbelle.datasets import remote
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.catalog_check import check_catalog
from darkbelle.processors.run import Run
from native_files import write_events
from xrootd_server import XRootD, raise_loopback, xrootd

# distributed looks for a way to the internet, of which there is none here.
pytestmark = pytest.mark.filterwarnings("ignore:Couldn't detect a suitable IP address:RuntimeWarning")

DEAD = "root://127.0.0.1:9//data.root"  # the discard port: nobody answers


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """Give a folder that the server's user may read, with one file of data."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_events(folder / "data.root", events=4000, cluster=1000)
        yield folder


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[XRootD]:
    raise_loopback()
    with tempfile.TemporaryDirectory() as scratch, xrootd(data, Path(scratch)) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.05)
    monkeypatch.setattr(remote, "ROUNDS", 1)
    monkeypatch.setattr(remote, "TIMEOUT", 3)


class Killing(Counting):
    """Kills a process once it has seen an event."""

    def __init__(self, victim: int, event: int) -> None:
        self.victim, self.event = victim, event

    def process(self, events: Any) -> dict[str, hist.Hist]:  # noqa: D102
        if self.event in np.asarray(events.event):
            os.kill(self.victim, signal.SIGKILL)
            time.sleep(0.5)  # until its sockets are closed
        filled: dict[str, hist.Hist] = super().process(events)
        return filled


def catalog(folder: Path, files: list[Any]) -> Path:
    sample = {"kind": "data", "files": files, "luminosity": 0.5}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"phase2": sample}}))
    return path


def run_over(folder: Path, files: list[Any], channel: Counting | None = None, **options: Any) -> Run:
    return darkbelle.run(catalog(folder, files), [channel or Counting()], workers=1, chunksize=1000, **options)


def assert_same(one: Run, other: Run) -> None:
    first, second = (run.histograms["counting"]["energy"].view(flow=True) for run in (one, other))
    np.testing.assert_allclose(first["value"], second["value"], rtol=1e-12)
    assert one.ledger.complete


def test_a_file_of_a_server_gives_what_the_local_one_gives(tmp_path: Path, data: Path, server: XRootD) -> None:
    run = run_over(tmp_path, [server.url("data.root")])
    assert_same(run, run_over(tmp_path, [str(data / "data.root")]))
    assert run.ledger.records[0].chunk.file.startswith("root://127.0.0.1:")


def test_of_two_replicas_one_may_be_dead(tmp_path: Path, data: Path, server: XRootD) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    for first in (DEAD, server.url("gone.root")):
        assert_same(run_over(tmp_path, [[first, server.url("data.root")]]), local)


def test_a_missing_file_is_one_line_in_the_check(tmp_path: Path, server: XRootD) -> None:
    checked = check_catalog(Catalog.read(catalog(tmp_path, [server.url("gone.root"), server.url("data.root")])))
    (problem,) = checked.problems
    assert (problem.file, problem.kind) == (server.url("gone.root"), "unreachable")
    assert "no such file" in problem.message.lower()


def test_a_server_that_dies_in_mid_read_is_reported_and_the_run_resumed(
    tmp_path: Path, data: Path, server: XRootD
) -> None:
    local, out = run_over(tmp_path, [str(data / "data.root")]), tmp_path / "out"
    broken = run_over(tmp_path, [server.url("data.root")], Killing(server.pid, 2500), output=out)
    assert broken.ledger.summary()["chunks"] == {"planned": 4, "processed": 2, "failed": 2}
    for record in broken.ledger.failures:
        assert record.reason is not None
        assert record.reason.startswith(server.url("data.root"))
        assert "\n" not in record.reason
    server.start()
    resumed = run_over(tmp_path, [server.url("data.root")], output=out, resume=True)
    assert_same(resumed, local)
