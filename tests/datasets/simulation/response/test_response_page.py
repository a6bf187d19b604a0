"""The page of the detector's numbers is the one of the data files."""

from pathlib import Path

from darkbelle.datasets.simulation.response.page import markdown

PAGE = Path(__file__).parents[4] / "docs" / "detector.md"


def test_the_page_is_that_of_the_files() -> None:
    """Write it again with python -c 'from darkbelle.datasets.simulation.response.page import markdown; print(...)'."""
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_every_number_of_both_experiments_is_on_it() -> None:
    text = markdown()
    assert "| hard_loss | - | 0.002 | 0.0005 |" in text
    assert "| energy_stochastic | GeV^(1/4) | 0.0232 | 0.0081 |" in text
    assert "| single_photon_low |" in text
    assert "| lml6 |" in text
