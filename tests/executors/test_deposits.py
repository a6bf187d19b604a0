"""Partial sums on disk: whole or absent, checked, and added only once."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import darkbelle
import numpy as np
import pytest
from counting_channels import Counting
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.identity import Identity
from darkbelle.executors.deposits import FOLDER, Deposit, read_deposits, remove_deposits, write_deposit
from darkbelle.executors.reproducing import reproduce
from darkbelle.executors.tasks import ChunkDone, Partial, merge
from darkbelle.processors.run import BOOKS, HISTOGRAMS, Run

Make = Callable[..., Path]
IDENTITY = Identity("common", {"counting": "own"})


def partial(start: int = 0) -> Partial:
    """Make what one chunk of one event of energy 1.1 GeV gives."""
    histograms = Counting().empty("taupair")
    for each in histograms.values():
        each.fill(process="taupair", region="all", variation="nominal", energy=[1.1], weight=[2.0])
    chunk = Chunk("taupair", "f.root", start, start + 10)
    return Partial({("counting", "taupair", name): each for name, each in histograms.items()}, (ChunkDone(chunk, 10),))


def test_a_deposit_comes_back_as_it_was(tmp_path: Path) -> None:
    earlier = {Chunk("taupair", "f.root", 0, 10): ("its worker was lost.", "took too long.")}
    write_deposit(tmp_path, partial(), {"taupair": IDENTITY}, {"f.root": "uuid"}, earlier)
    (found,) = read_deposits(tmp_path)
    assert isinstance(found, Deposit)
    assert [record.earlier for record in found.done] == [*earlier.values()]
    assert (found.sample, found.identity, found.files) == ("taupair", IDENTITY, {"f.root": "uuid"})
    assert [(r.chunk, r.status, r.events) for r in found.done] == [(Chunk("taupair", "f.root", 0, 10), "done", 10)]
    assert found.histograms["counting", "taupair", "energy"] == partial().histograms["counting", "taupair", "energy"]


def test_a_sample_without_identity_is_not_deposited(tmp_path: Path) -> None:
    write_deposit(tmp_path, partial(), {}, {})
    assert list(read_deposits(tmp_path)) == []


def test_a_damaged_deposit_is_named_and_left_out(tmp_path: Path) -> None:
    for start in (0, 10):
        write_deposit(tmp_path, partial(start), {"taupair": IDENTITY}, {"f.root": "uuid"})
    cut, changed = sorted((tmp_path / FOLDER).glob("*.zip"))
    cut.write_bytes(cut.read_bytes()[:200])
    with zipfile.ZipFile(changed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    values = next(name for name in members if "values" in name)
    with zipfile.ZipFile(changed, "w") as archive:  # a valid archive, but not what was written
        for name, content in members.items():
            archive.writestr(name, content[:-1] + b"\x01" if name == values else content)
    told = list(read_deposits(tmp_path))
    assert [str(each).partition(": is damaged")[0] for each in told] == [str(cut), str(changed)]
    assert "another checksum" in str(told[1])


def test_what_a_killed_client_had_half_written_is_nothing(tmp_path: Path) -> None:
    write_deposit(tmp_path, partial(), {"taupair": IDENTITY}, {"f.root": "uuid"})
    (tmp_path / FOLDER / ".half.zip").write_bytes(b"PK")
    (found,) = read_deposits(tmp_path)
    assert isinstance(found, Deposit)
    remove_deposits(tmp_path)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_run_killed_between_partial_sums_goes_on_from_the_last(make_catalog: Make, tmp_path: Path) -> None:
    path, out = make_catalog(), tmp_path / "out"
    whole = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=out)
    # As a killed process leaves it: the plan without anything done, and a partial sum of half of the chunks.
    half = [r.chunk for r in whole.ledger.records if r.chunk.start < 1000]
    deposit = merge(reproduce(path, [Counting()], f"{c.file}:{c.start}:{c.stop}") for c in half)
    for name in (BOOKS, HISTOGRAMS):
        (out / name).unlink()
    empty = _planned(path)
    empty.write(out)
    write_deposit(out, deposit, empty.identities, empty.provenance.inputs)
    resumed = darkbelle.run(path, [Counting()], workers=2, chunksize=500, output=out, resume=True)
    assert resumed.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}
    one, other = (run.histograms["counting"]["energy"].view(flow=True) for run in (whole, resumed))
    np.testing.assert_allclose(one["value"], other["value"], rtol=1e-12)
    assert not list((out / FOLDER).glob("*.zip"))


def _planned(path: Path) -> Run:
    from darkbelle.datasets.catalog import Catalog
    from darkbelle.executors.beginning import planned_run
    from darkbelle.executors.opening import open_site
    from darkbelle.executors.planning import make_plan
    from darkbelle.executors.sealing import prepared
    from darkbelle.executors.surveying import survey_catalog

    catalog, channels = Catalog.read(path), prepared([Counting()], unseal=False, columns=None)
    with open_site("threads", 1) as client:
        plan = make_plan(catalog, channels, survey_catalog(client, catalog), 500)
    return planned_run(catalog, channels, plan, 500)


def test_a_manifest_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    with zipfile.ZipFile(tmp_path / FOLDER / "a.zip", "w") as archive:
        archive.writestr("manifest.json", "{}")
    (told,) = read_deposits(tmp_path)
    assert "entries: is missing" in str(told)
    with pytest.raises(ConfigurationError, match="is this a run's folder"):
        Run.read(tmp_path)
