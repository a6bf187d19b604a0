"""Searches on a real Dask-Gateway, and each way in which it can refuse or disappear."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import darkbelle
import numpy as np
import psutil
import pytest
import yaml
from counting_channels import Counting, Poisoned
from darkbelle.datasets.errors import DarkbelleError
from darkbelle.executors.backends.gateway import GatewayBackend, RunningCluster
from darkbelle.executors.opening import open_site
from darkbelle.executors.site import GatewaySite, SiteError
from gateway_server import PASSWORD, Server, gateway_server

pytestmark = pytest.mark.slow
Make = Callable[..., Path]
KERNEL = """
import sys
import cloudpickle, counting_channels, darkbelle
cloudpickle.register_pickle_by_value(counting_channels)
darkbelle.run(sys.argv[1], [counting_channels.Poisoned("slow")], site=sys.argv[2], output=sys.argv[3], chunksize=400)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with gateway_server(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_GATEWAY_PASSWORD", PASSWORD)


@pytest.fixture
def site(server: Server, tmp_path: Path) -> Callable[..., str]:
    """Write a site for the server and give its path."""

    def write(**changes: object) -> str:
        path = tmp_path / "site.yaml"
        path.write_text(yaml.safe_dump(server.site(**changes)))
        return str(path)

    return write


@contextmanager
def gateway(server: Server) -> Iterator[GatewayBackend]:
    with closing(GatewayBackend(GatewaySite.model_validate(server.site()))) as opened:
        yield opened


def clusters(server: Server) -> list[RunningCluster]:
    """List what runs on the server; stopping takes it a moment."""
    with gateway(server) as opened:
        return list(opened.clusters())


def stop_all(server: Server) -> None:
    with gateway(server) as opened:
        for each in opened.clusters():
            opened.stop(each.name)


def test_a_run_on_the_gateway_gives_the_same_histograms_and_leaves_no_cluster(
    server: Server, site: Callable[..., str], make_catalog: Make
) -> None:
    path = make_catalog()
    here = darkbelle.run(path, [Counting()], workers=2, chunksize=500)
    there = darkbelle.run(path, [Counting()], site=site(), chunksize=500)
    assert not there.ledger.summary()["failures"]
    one, other = (run.histograms["counting"]["energy"].view(flow=True) for run in (here, there))
    np.testing.assert_allclose(one["value"], other["value"], rtol=1e-12, atol=0)
    assert here.ledger.summary() == there.ledger.summary()
    assert clusters(server) == []


def test_a_worker_that_dies_is_replaced_and_nothing_is_lost(
    server: Server, site: Callable[..., str], make_catalog: Make
) -> None:
    def kill_one_worker() -> None:
        for process in psutil.process_iter():
            try:
                below = Path(process.cwd()).is_relative_to(server.folder / "clusters")
                if below and "worker" in " ".join(process.cmdline()) and process.children():
                    process.children()[-1].kill()
                    return
            except (psutil.Error, OSError):
                continue

    timer = threading.Timer(6.0, kill_one_worker)
    timer.start()
    run = darkbelle.run(make_catalog(), [Poisoned("slow")], site=site(), chunksize=200)
    timer.join()
    assert run.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}


def test_a_cluster_that_is_kept_is_found_again_by_its_name(server: Server, site: Callable[..., str]) -> None:
    with open_site(site(keep=True, workers=1)) as client:
        assert client.submit(sum, [1, 2]).result() == 3
    (kept,) = clusters(server)
    assert kept.status == "running"
    with open_site(site(name=kept.name)) as client:
        assert client.submit(sum, [3, 4]).result() == 7
    assert [each.name for each in clusters(server)] == [kept.name]
    stop_all(server)
    assert clusters(server) == []


def test_a_kernel_that_died_left_its_cluster_and_the_next_one_attaches_to_it(
    server: Server,
    site: Callable[..., str],
    make_catalog: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    catalog, kept = make_catalog(), site(keep=True, workers=1)
    command = [sys.executable, "-c", KERNEL, str(catalog), kept, str(tmp_path / "out")]
    often = os.environ | {"DARKBELLE_INTERVAL": "0.5"}
    first = subprocess.Popen(command, cwd=Path(__file__).parents[1], env=often)
    while not list((tmp_path / "out" / "partials").glob("*.zip")):
        assert first.poll() is None, "it was to be killed in mid-run"
        time.sleep(0.1)
    first.kill()
    first.wait()
    (left,) = clusters(server)
    with open_site(site(workers=1)):
        assert f"1 more cluster of yours runs there: {left.name}; see" in capsys.readouterr().err
    run = darkbelle.run(
        catalog,
        [Poisoned("slow")],
        site=site(name=left.name),
        chunksize=400,
        output=tmp_path / "out",
        resume=True,
    )
    assert run.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}
    assert [each.name for each in clusters(server)] == [left.name], "attaching leaves it as it was"
    stop_all(server)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": {"worker_corez": 2}}, "no cluster option worker_corez; it offers worker_cores, environment"),
        ({"options": {"worker_cores": 64}}, "cluster option worker_cores: .*<= 2"),
        ({"workers": 9}, "resource limit of 3 workers; ask for fewer"),
        ({"address": "http://127.0.0.1:1"}, "nothing answers at this address"),
        ({"name": "no-such-cluster"}, "no cluster 'no-such-cluster' of yours runs"),
        ({"password_variable": "NOT_SET"}, "put the password into the environment variable NOT_SET"),
        ({"auth": "jupyterhub"}, "JUPYTERHUB_API_TOKEN is not set"),
    ],
)
def test_what_a_gateway_refuses_is_one_clear_line(
    server: Server, site: Callable[..., str], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SiteError, match=message) as caught, open_site(site(**changes)):
        pass
    assert len(str(caught.value).splitlines()) == 1
    assert PASSWORD not in str(caught.value)
    assert clusters(server) == []


def test_a_wrong_password_is_told_without_showing_it(site: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_GATEWAY_PASSWORD", "wrong-secret")
    with pytest.raises(SiteError, match="user name or password is wrong") as caught, open_site(site()):
        pass
    assert "wrong-secret" not in str(caught.value)


def test_workers_with_other_versions_are_refused_with_the_command_that_mends_it(
    site: Callable[..., str], tmp_path: Path
) -> None:
    # The cluster's environment has, first on its path, what says that another coffea is installed there.
    (tmp_path / "coffea-1.0.dist-info").mkdir()
    (tmp_path / "coffea-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: coffea\nVersion: 1.0\n")
    options = {"environment": {"PYTHONPATH": str(tmp_path)}}
    with pytest.raises(SiteError, match=rf"coffea 1\.0.*pip install coffea=={version('coffea')}"):  # noqa: SIM117
        with open_site(site(workers=1, options=options)):
            pass


def test_a_cluster_stopped_under_a_run_is_told_and_what_is_done_is_kept(
    server: Server, site: Callable[..., str], make_catalog: Make, tmp_path: Path
) -> None:
    def stop_once_it_works() -> None:
        while not (tmp_path / "out" / "run.json").exists():
            time.sleep(0.1)
        time.sleep(2.0)
        stop_all(server)

    path = make_catalog()
    stopping = threading.Thread(target=stop_once_it_works)
    stopping.start()
    with pytest.raises(DarkbelleError, match="connection to the Dask scheduler was lost"):
        darkbelle.run(path, [Poisoned("slow")], site=site(workers=1), chunksize=50, output=tmp_path / "out")
    stopping.join()
    whole = darkbelle.run(path, [Poisoned("slow")], workers=4, chunksize=50, output=tmp_path / "out", resume=True)
    assert whole.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}


def test_the_server_is_alive_and_empty_at_the_end(server: Server) -> None:
    assert psutil.Process(server.process).status() != psutil.STATUS_ZOMBIE
    assert clusters(server) == []
