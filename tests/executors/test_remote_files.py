"""Runs over files on servers: HTTP on the standard library, XRootD where its server can be had."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import darkbelle
import numpy as np
import pytest
import yaml
from counting_channels import Counting
from darkbelle.datasets import remote
from darkbelle.processors.run import Run
from native_files import write_events
from range_server import RangeServer, serving

DEAD = "http://127.0.0.1:9/data.root"  # the discard port: nobody answers


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.05)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a folder with one file of data."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_events(folder / "data.root", events=4000, cluster=1000)
    return folder


@pytest.fixture
def server(data: Path) -> Iterator[RangeServer]:
    with serving(data) as running:
        yield running


def run_over(folder: Path, files: list[Any], **options: Any) -> Run:
    sample = {"kind": "data", "files": files, "luminosity": 0.5}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"phase2": sample}}))
    return darkbelle.run(path, [Counting()], workers=1, chunksize=1000, **options)


def assert_same(one: Run, other: Run) -> None:
    first, second = (run.histograms["counting"]["energy"].view(flow=True) for run in (one, other))
    np.testing.assert_allclose(first["value"], second["value"], rtol=1e-12)
    assert one.ledger.complete
    assert other.ledger.complete


def test_a_file_on_a_server_gives_what_the_local_one_gives(tmp_path: Path, data: Path, server: RangeServer) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    assert_same(run_over(tmp_path, [server.url("data.root")]), local)
    assert server.served > 0


def test_of_two_replicas_one_may_be_dead(tmp_path: Path, data: Path, server: RangeServer) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    for replicas in ([DEAD, server.url("data.root")], [server.url("gone.root"), server.url("data.root")]):
        run = run_over(tmp_path, [replicas])
        assert_same(run, local)
        assert {record.chunk.file for record in run.ledger.records} == {replicas[0]}


def test_a_replica_that_is_cut_is_passed_over(tmp_path: Path, data: Path, server: RangeServer) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    cut = tmp_path / "cut.root"
    cut.write_bytes((data / "data.root").read_bytes()[:-500])
    assert_same(run_over(tmp_path, [[str(cut), server.url("data.root")]]), local)


def test_no_replica_at_all_is_a_lost_file_with_a_reason_for_each(tmp_path: Path, server: RangeServer) -> None:
    run = run_over(tmp_path, [[DEAD, server.url("gone.root")]])
    (lost,) = run.ledger.lost_files
    assert lost.reason.startswith(f"{DEAD}: cannot be had from any of its replicas: {DEAD}: ClientConnectorError")
    assert lost.reason.endswith(f"{server.url('gone.root')}: not found")
    assert run.ledger.summary()["luminosity"] == {"planned": 0.5, "processed": 0.0}


def test_a_server_that_dies_in_mid_read_is_reported_and_the_run_resumed(
    tmp_path: Path, data: Path, server: RangeServer
) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    whole = run_over(tmp_path, [server.url("data.root")])
    server.dies_after = server.served + server.served // 2
    out = tmp_path / "out"
    broken = run_over(tmp_path, [server.url("data.root")], output=out)
    chunks = broken.ledger.summary()["chunks"]
    assert 0 < chunks["processed"] < chunks["planned"] == 4
    assert all(server.url("data.root") in str(record.reason) for record in broken.ledger.failures)
    assert "Error" in str(broken.ledger.failures[0].reason)
    server.dies_after = None
    resumed = run_over(tmp_path, [server.url("data.root")], output=out, resume=True)
    assert_same(resumed, whole)
    assert_same(resumed, local)


def test_another_replica_takes_over_when_one_dies_in_mid_read(tmp_path: Path, data: Path, server: RangeServer) -> None:
    local = run_over(tmp_path, [str(data / "data.root")])
    with serving(data) as second:
        first_alone = run_over(tmp_path, [server.url("data.root")])
        server.dies_after = server.served + server.served // 2
        assert_same(run_over(tmp_path, [[server.url("data.root"), second.url("data.root")]]), local)
        assert server.dead
        assert second.served > 0
    assert_same(first_alone, local)


def test_pauses_grow_and_what_does_not_exist_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    tried: list[str] = []
    monkeypatch.setattr(remote, "sleep", pauses.append)

    def open_one(place: str) -> str:
        tried.append(place)
        raise FileNotFoundError if place == "a" else ConnectionResetError("reset")

    with pytest.raises(remote.UnreachableError, match=r"any of its replicas: a: not found; b: ConnectionResetError"):
        remote.first_that_opens(["a", "b"], open_one)
    assert tried == ["a", "b", "b", "b"]
    assert pauses == [0.05, 0.2]  # 0.05, then 0.05 x 4


def test_an_attempt_begins_with_another_replica() -> None:
    rotate: Callable[..., tuple[str, ...]] = remote.rotated
    assert [rotate("abc", turn) for turn in (0, 1, 3)] == [("a", "b", "c"), ("b", "c", "a"), ("a", "b", "c")]
    assert rotate((), 2) == ()
