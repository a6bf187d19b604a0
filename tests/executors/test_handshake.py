"""Workers of an environment without darkbelle, or with another one: it is sent there, to those that come later too."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import darkbelle
import pytest
import yaml
from comparing import assert_same
from darkbelle.datasets.provenance import code_hash
from darkbelle.executors.handshake import differences, package_archive
from darkbelle.executors.opening import open_site
from distributed import Client
from foreign_workers import Foreign, foreign_cluster, lacks_darkbelle, wait_until

pytestmark = pytest.mark.slow
CHANNELS = ["zprime_invisible"]


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    with foreign_cluster(tmp_path_factory.mktemp("foreign")) as running:
        yield running


@pytest.fixture
def site(cluster: Foreign, tmp_path: Path) -> str:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"cluster": "scheduler", "address": cluster.address}))
    return str(path)


def worker_code(client: Client) -> dict[str, str]:
    """Ask every worker for the hash of the darkbelle that it imports."""
    told: dict[str, str] = client.run(lambda: __import__("darkbelle.datasets.provenance", fromlist=["x"]).code_hash())
    return told


def test_workers_without_darkbelle_run_the_same_search_and_so_do_those_that_come_later(
    cluster: Foreign, site: str, make_catalog: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert lacks_darkbelle(cluster.python, cluster.folder)
    cluster.start_worker()
    path = make_catalog()
    there = darkbelle.run(path, CHANNELS, site=site, chunksize=2000)
    assert f"sent darkbelle (code {code_hash()[:10]}) to 2 of 2 processes, which had: not installed" in (
        capsys.readouterr().err
    )
    assert_same(darkbelle.run(path, CHANNELS, workers=1), there)
    cluster.start_worker()
    with open_site(site) as client:
        wait_until(lambda: len(client.nthreads()) == 2)
        assert set(worker_code(client).values()) == {code_hash()}
        assert "sent darkbelle" not in capsys.readouterr().err, "whoever comes later has it from the scheduler"


def test_a_worker_with_another_darkbelle_gets_this_one_and_the_message_names_both(
    cluster: Foreign, site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(io.BytesIO(package_archive())) as archive:
        archive.extractall(tmp_path / "older")
    changed = tmp_path / "older" / "darkbelle" / "processors" / "filling.py"
    changed.write_text(changed.read_text() + "\nOLDER = True\n")
    cluster.start_worker(tmp_path / "older")
    with open_site(site) as client:
        assert set(worker_code(client).values()) == {code_hash()}
        assert not any(
            client.run(lambda: hasattr(__import__("darkbelle.processors.filling").processors.filling, "OLDER")).values()
        )
    told = capsys.readouterr().err
    assert f"sent darkbelle (code {code_hash()[:10]}) to 2 of 2 processes, which had: code " in told
    assert "not installed" in told, "the scheduler had none"


def test_other_libraries_are_named_with_the_command_that_installs_these() -> None:
    mine = {"python": "3.11", **dict.fromkeys(("dask", "distributed", "cloudpickle", "msgpack", "coffea"), "2")}
    mine |= dict.fromkeys(("awkward", "uproot", "hist", "numpy"), "2")
    theirs = {
        "tcp://one": mine | {"hist": "1", "numpy": "1"},
        "tcp://two": mine | {"python": "3.12"},
        "tcp://three": mine,
    }
    assert list(differences(mine, theirs)) == [
        "tcp://one: hist 1, numpy 1: run `pip install hist==2 numpy==2` there.",
        "tcp://two: Python 3.12, here 3.11: use the same environment on both sides.",
    ]
