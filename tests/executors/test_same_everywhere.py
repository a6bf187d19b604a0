"""The same histograms wherever a search runs, in whatever chunks, on however many workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import darkbelle
import numpy as np
import pytest
import yaml
from comparing import assert_same
from darkbelle.__main__ import main
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.reading import wanted_files
from darkbelle.datasets.survey import survey_file
from darkbelle.executors.beginning import contexts_of, planned_run
from darkbelle.executors.books import Books, to_do
from darkbelle.executors.planning import make_plan
from darkbelle.executors.tasks import run_chunk
from darkbelle.processors.registry import make_channels
from darkbelle.processors.run import Run
from distributed import LocalCluster
from gateway_server import PASSWORD, gateway_server
from slurm_server import missing, slurm

pytestmark = pytest.mark.slow
CHANNELS = ["zprime_invisible", "dark_photon_visible", "control"]
SAMPLES = ["mumu", "tautau", "zprime_invisible_m1"]
NO_SLURM = missing()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate a few thousand events of two backgrounds, and a signal."""
    folder = tmp_path_factory.mktemp("samples")
    options = ["--luminosity", "0.002", "--output", str(folder), "--site", "threads", "--workers", "1"]
    assert main(["simulate", "--experiment", "belle2", *options, "--samples", ",".join(SAMPLES)]) == 0
    return folder / "catalog.yaml"


@pytest.fixture(scope="module")
def iterative(catalog: Path) -> Run:
    """Give the reference: one chunk a file, one after the other, without Dask."""
    read, channels = Catalog.read(catalog), make_channels(CHANNELS)
    plan = make_plan(read, channels, [survey_file(each) for each in wanted_files(read)], 1_000_000)
    books, contexts = Books(planned_run(read, channels, plan, 1_000_000), None), contexts_of(read)
    for chunk in to_do(plan.ledger.records):
        survey, applied = plan.surveys[chunk.file], plan.applied[chunk.sample]
        books.add(run_chunk(chunk, survey, contexts[chunk.sample], channels, applied))
    return books.current()


@contextmanager
def site_at(place: str, folder: Path) -> Iterator[str]:
    """Start what a place needs, and give its site: a shipped one's name or a file."""
    path = folder / "site.yaml"
    if place == "scheduler":
        with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as here:
            path.write_text(yaml.safe_dump({"cluster": "scheduler", "address": here.scheduler_address}))
            yield str(path)
    elif place == "gateway":
        with gateway_server(folder) as server:
            path.write_text(yaml.safe_dump(server.site()))
            yield str(path)
    elif place == "slurm":
        with slurm(folder) as batch:
            path.write_text(yaml.safe_dump(batch.site()))
            yield str(path)
    else:
        yield place


def test_the_reference_holds_something_of_everything(iterative: Run) -> None:
    assert iterative.ledger.complete
    assert list(iterative.histograms) == CHANNELS
    for named in iterative.histograms.values():
        assert max(float(np.sum(each.values(flow=True))) for each in named.values()) > 100


@pytest.mark.parametrize(
    ("place", "workers", "chunksize"),
    [
        ("threads", 1, 1_000_000),
        ("threads", 3, 701),
        ("processes", 2, 1999),
        ("scheduler", None, 3000),
        ("gateway", 2, 1501),
        pytest.param("slurm", 2, 5003, marks=pytest.mark.skipif(NO_SLURM is not None, reason=str(NO_SLURM))),
    ],
)
def test_every_place_gives_the_histograms_of_one_loop(
    catalog: Path,
    iterative: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    workers: int | None,
    chunksize: int,
) -> None:
    monkeypatch.setenv("TEST_GATEWAY_PASSWORD", PASSWORD)
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    with site_at(place, tmp_path) as site:
        run = darkbelle.run(catalog, CHANNELS, site=site, workers=workers, chunksize=chunksize)
    assert_same(iterative, run)
