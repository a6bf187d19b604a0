"""Ways into a real Dask-Gateway other than a password: a JupyterHub's token, Kerberos; and nothing tells the token."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import darkbelle
import pytest
import yaml
from counting_channels import Counting
from darkbelle.executors.opening import open_site
from darkbelle.executors.site import SiteError
from gateway_server import Server, gateway_server
from jupyter_hub import jupyter_hub
from native_files import write_events

pytestmark = pytest.mark.slow
TOKEN = "a1b2c3-alices-token"  # noqa: S105  # of a hub that lives for a test


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyter_hub({TOKEN: "alice"}) as hub, gateway_server(tmp_path_factory.mktemp("gateway"), hub) as running:
        yield running


def write_site(server: Server, folder: Path, auth: str) -> str:
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(server.site(auth=auth, user=None, workers=1)))
    return str(path)


def test_a_notebooks_token_opens_the_gateway_and_is_written_nowhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    write_events(tmp_path / "data.root")
    sample = {"kind": "data", "files": ["data.root"], "luminosity": 0.5}
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"phase2": sample}}))
    run = darkbelle.run(catalog, [Counting()], site=write_site(server, tmp_path, "jupyterhub"), output=tmp_path / "out")
    assert run.ledger.summary()["events"] == {"planned": 2000, "processed": 2000}
    told = capsys.readouterr()
    assert TOKEN not in told.out + told.err
    written = [path for path in (*tmp_path.rglob("*"), *server.folder.rglob("*")) if path.is_file()]
    assert len(written) > 3
    assert [path for path in written if TOKEN.encode() in path.read_bytes()] == []


def test_a_token_that_the_hub_does_not_know_is_one_line_without_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "forged-token")
    with pytest.raises(SiteError, match="is JUPYTERHUB_API_TOKEN a token of that hub") as caught:  # noqa: SIM117
        with open_site(write_site(server, tmp_path, "jupyterhub")):
            pass
    assert len(str(caught.value).splitlines()) == 1
    assert "forged-token" not in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("kerberos") is not None, reason="the package kerberos is installed")
def test_kerberos_without_its_package_names_it(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="needs the package kerberos: run `pip install kerberos` here"):  # noqa: SIM117
        with open_site(write_site(server, tmp_path, "kerberos")):
            pass
