"""The report: one page that holds everything, and where it comes from."""

from collections.abc import Callable

from darkbelle.limits.report import page
from darkbelle.limits.scan import scan
from darkbelle.processors.run import Run


def test_the_page_shows_plot_table_notes_and_the_runs_behind_them(make_run: Callable[..., Run]) -> None:
    found = scan(make_run(masses=(2.0, 3.0)), "zprime_invisible", checks=0, sources=["runs/<one>"])
    html = page([found])
    assert html.count("data:image/png;base64,") == 1
    assert "the scenario of the catalog" in html
    assert "runs/&lt;one&gt;" in html
    (run,) = found.provenance["runs"]
    assert run["histograms"] in html
    # Three samples of two files; each file is one range of entries.
    assert "6 in 6 ranges of entries; 0 pieces lost" in html
