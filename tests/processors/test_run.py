from dataclasses import replace
from pathlib import Path

import hist
import numpy as np
import pytest
from darkbelle.datasets.catalog import Hypothesis
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import ConfigurationError, InputError
from darkbelle.datasets.ledger import ChunkRecord, Ledger, LostFile, SampleBooks
from darkbelle.datasets.provenance import Provenance
from darkbelle.processors import run as run_module
from darkbelle.processors.run import Run, SampleInfo


def make_run(values: float = 1.0) -> Run:
    histogram = hist.Hist(
        hist.axis.StrCategory(["tau", "signal"], name="process"),
        hist.axis.StrCategory(["sr"], name="region"),
        hist.axis.StrCategory(["nominal"], name="variation"),
        hist.axis.Regular(10, 0, 11, name="mass", label="recoil mass [GeV]"),
        storage=hist.storage.Weight(),
    )
    masses = np.linspace(0, 10, 7)
    histogram.fill(process="tau", region="sr", variation="nominal", mass=masses, weight=values / 3)
    records = (
        ChunkRecord(Chunk("tau", "/a.root", 0, 7), "done", 7),
        ChunkRecord(Chunk("tau", "/a.root", 7, 14), "failed", 7, "z: KeyError: 'x'"),
        ChunkRecord(Chunk("signal", "/b.root", 0, 7), "planned", None),
    )
    books = {"tau": SampleBooks(file_generated={"/a.root": 20.0}), "signal": SampleBooks(generated=5.0)}
    point = Hypothesis(mass=1.0, lifetime=0.1)
    samples = {
        "tau": SampleInfo("tau", "background", "taupair", "belle2", "y4s", 0.919, None, None, 1.0, None, ("z",)),
        "signal": SampleInfo("signal", "signal", "zprime", "belle2", "y4s", 1e-3, None, point, 0.01, None, ("z",)),
    }
    return Run(
        histograms={"z": {"recoil": histogram}},
        ledger=Ledger(records, (LostFile("tau", "/c.root", "is missing"),), books),
        samples=samples,
        luminosity=10.0,
        not_applicable={"alp": {"tau": ("photons_px",)}},
        provenance=Provenance.of({"channels": ["z"]}, {"/a.root": "uuid"}),
    )


def test_a_run_reads_back_exactly_as_it_was_written(tmp_path: Path) -> None:
    run = make_run()
    run.write(tmp_path / "out")
    back = Run.read(tmp_path / "out")
    assert back.ledger == run.ledger
    assert (back.samples, back.luminosity) == (run.samples, run.luminosity)
    assert (back.not_applicable, back.provenance) == (run.not_applicable, run.provenance)
    assert back.histograms["z"]["recoil"] == run.histograms["z"]["recoil"]  # every bit of values and variances
    assert list(back.samples) == ["tau", "signal"]
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"run.json", "histograms.zip"}


def test_a_writer_stopped_at_any_moment_leaves_books_and_histograms_that_belong_together(tmp_path: Path) -> None:
    old, new = make_run(1.0), make_run(2.0)
    old.write(tmp_path)
    old_zip = (tmp_path / "histograms.zip").read_bytes()
    old_books = (tmp_path / "run.json").read_bytes()
    new.write(tmp_path)
    new_zip = (tmp_path / "histograms.zip").read_bytes()
    # stopped after the new books, before the histograms took their name
    (tmp_path / run_module.PENDING).write_bytes(new_zip)
    (tmp_path / "histograms.zip").write_bytes(old_zip)
    assert Run.read(tmp_path).histograms["z"]["recoil"] == new.histograms["z"]["recoil"]
    # stopped before the new books
    (tmp_path / "run.json").write_bytes(old_books)
    assert Run.read(tmp_path).histograms["z"]["recoil"] == old.histograms["z"]["recoil"]


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"run\.json: cannot be read .*is this a run's folder\?"):
        Run.read(tmp_path)


def test_books_without_their_histograms_are_refused(tmp_path: Path) -> None:
    make_run().write(tmp_path)
    (tmp_path / "histograms.zip").unlink()
    with pytest.raises(InputError, match=r"histograms\.zip: is missing"):
        Run.read(tmp_path)


def test_damaged_histograms_are_named(tmp_path: Path) -> None:
    make_run().write(tmp_path)
    file = tmp_path / "histograms.zip"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(InputError, match=r"histograms\.zip: is damaged"):
        Run.read(tmp_path)


def test_books_of_an_unknown_version_are_refused(tmp_path: Path) -> None:
    make_run().write(tmp_path)
    books = tmp_path / "run.json"
    books.write_text(books.read_text().replace('"schema_version":1', '"schema_version":99'))
    with pytest.raises(ConfigurationError, match="schema_version"):
        Run.read(tmp_path)


def test_a_run_tells_what_it_holds() -> None:
    run = make_run()
    assert repr(run) == "<Run: z; 2 samples; 1 of 3 chunks, 1 files lost>"
    page = replace(run, histograms={"<b>": {}})._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>;" not in page
