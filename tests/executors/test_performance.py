from collections.abc import Callable
from pathlib import Path

import darkbelle
import pytest
from counting_channels import Counting, Poisoned
from darkbelle.__main__ import main
from darkbelle.executors import performance
from darkbelle.executors.performance import bokeh_problem
from darkbelle.executors.running import InterruptedRunError

Make = Callable[..., Path]


def test_a_report_is_one_page_with_the_tasks_of_the_run(make_catalog: Make, tmp_path: Path) -> None:
    page = tmp_path / "new" / "report.html"
    darkbelle.run(make_catalog(), [Counting()], workers=2, chunksize=1000, performance_report=page)
    text = page.read_text()
    assert text.lstrip().lower().startswith("<!doctype html>")
    for part in ("Task Stream", '"chunk"', '"survey"'):
        assert part in text
    assert "<script src=" not in text.lower(), "the page needs no network"
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


def test_a_run_that_stops_has_its_report_too(make_catalog: Make, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    with pytest.raises(InterruptedRunError, match="no_such_field"):
        darkbelle.run(make_catalog(), [Poisoned("raise")], workers=1, chunksize=500, performance_report=page)
    assert '"chunk"' in page.read_text()


def test_without_bokeh_one_line_says_what_to_install(
    make_catalog: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(performance, "_version", lambda name: None if name == "bokeh" else "2025.3.1")
    command = ["run", str(make_catalog()), "--output", str(tmp_path / "out"), "--channels", "zprime_invisible"]
    assert main([*command, "--workers", "1", "--performance-report", str(tmp_path / "report.html")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        "darkbelle: error: --performance-report: there is no bokeh where the scheduler runs: run `pip"
    )
    assert told.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("bokeh", "dask", "refused"),
    [
        ("3.8.2", "2025.3.1", False),
        ("3.9.2", "2025.3.1", True),
        ("3.9.2", "2026.8.0", False),
        ("3.10", "2025.3.1", True),
    ],
)
def test_a_bokeh_that_breaks_the_report_is_refused(bokeh: str, dask: str, refused: bool) -> None:
    assert (bokeh_problem(bokeh, dask) is not None) == refused
