"""The registry holds the published table, and carries it to other energies as physics has it."""

from math import log

import pytest
import yaml
from darkbelle.datasets.cross_sections import CrossSectionTable, cross_section, reference_table
from darkbelle.datasets.documents import validate
from darkbelle.datasets.errors import ConfigurationError

# Typed in from table 18 of arXiv:1808.10567, in its order: process, selection, nb, uncertainty, generator.
PUBLISHED: list[tuple[str, str, float, float | None, str | None]] = [
    ("upsilon_4s", "total", 1.110, 0.008, "reference [2] of the table"),
    ("up_pair", "total", 1.61, None, "KKMC"),
    ("down_pair", "total", 0.40, None, "KKMC"),
    ("strange_pair", "total", 0.38, None, "KKMC"),
    ("charm_pair", "total", 1.30, None, "KKMC"),
    ("bhabha", "wide_angle", 300.0, 3.0, "BABAYAGA.NLO"),
    ("bhabha", "calorimeter", 74.4, None, None),
    ("photon_pair", "wide_angle", 4.99, 0.05, "BABAYAGA.NLO"),
    ("photon_pair", "calorimeter", 3.30, None, None),
    ("muon_pair", "total", 1.148, None, "KKMC"),
    ("muon_pair", "tracking", 0.831, None, None),
    ("muon_pair_photon", "tracking", 0.242, None, None),
    ("tau_pair", "total", 0.919, None, "KKMC"),
    ("neutrino_pair", "total", 0.00025, None, "KKMC"),
    ("two_photon_electrons", "pair_mass", 39.7, 0.1, "AAFH"),
    ("two_photon_muons", "pair_mass", 18.9, 0.1, "AAFH"),
]


def test_table_has_exactly_the_published_rows_in_order() -> None:
    table = reference_table()
    assert table.sqrt_s == 10.58
    assert "1808.10567" in table.citation
    rows = [(r.process, r.selection, r.value, r.uncertainty, r.generator) for r in table.rows]
    assert rows == PUBLISHED


@pytest.mark.parametrize(("process", "selection", "value", "_uncertainty", "_generator"), PUBLISHED)
def test_each_row_is_found_at_the_energy_of_the_table(
    process: str, selection: str, value: float, _uncertainty: float | None, _generator: str | None
) -> None:
    assert cross_section(process, 10.58, selection) == pytest.approx(value, rel=1e-12)


def test_odd_rows_say_what_is_odd() -> None:
    table = reference_table()
    assert "scanning fault" in table.row("upsilon_4s").remark
    assert "mislabelled" in table.row("muon_pair_photon").remark


def test_first_row_is_the_default() -> None:
    assert cross_section("bhabha", 10.58) == pytest.approx(300.0)
    assert cross_section("muon_pair", 10.58) == pytest.approx(1.148)


@pytest.mark.parametrize("sqrt_s", [10.023, 10.355, 10.52])
def test_annihilation_falls_with_s_and_neutrino_pairs_rise(sqrt_s: float) -> None:
    assert cross_section("tau_pair", sqrt_s) == pytest.approx(0.919 * (10.58 / sqrt_s) ** 2)
    assert cross_section("neutrino_pair", sqrt_s) == pytest.approx(0.25e-3 * (sqrt_s / 10.58) ** 2)


def test_two_photon_row_follows_the_equivalent_photon_flux() -> None:
    """At small W^2/s Low's flux is ln^2(s/4m^2) (4 ln(s/W^2) - 6); the rest is below a per mille of the ratio."""
    low, high = 10.023**2, 10.58**2
    electron = 4 * 0.511e-3**2
    ratio = (log(low / electron) / log(high / electron)) ** 2
    ratio *= (4 * log(low / 0.25) - 6) / (4 * log(high / 0.25) - 6)
    assert cross_section("two_photon_muons", 10.023) / 18.9 == pytest.approx(ratio, rel=1e-3)
    assert ratio == pytest.approx(0.96, abs=0.01)


def test_resonance_is_refused_away_from_its_peak() -> None:
    assert cross_section("upsilon_4s", 10.579) == 1.110
    with pytest.raises(ConfigurationError, match=r"'upsilon_4s'.*10\.52 GeV"):
        cross_section("upsilon_4s", 10.52)


def test_errors_name_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match=r"'mumu'; there are upsilon_4s, .*muon_pair"):
        cross_section("mumu", 10.58)
    with pytest.raises(ConfigurationError, match=r"selection 'total'; there are wide_angle, calorimeter"):
        cross_section("photon_pair", 10.58, "total")
    for energy in (0.0, -1.0, float("nan")):
        with pytest.raises(ConfigurationError, match=r"no such energy"):
            cross_section("muon_pair", energy)
    with pytest.raises(ConfigurationError, match=r"no such energy"):
        cross_section("two_photon_muons", 0.4)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            "[{process: a, selection: t, value: 1, scaling: s}, {process: a, selection: t, value: 2, scaling: s}]",
            "twice",
        ),
        ("[{process: a, selection: t, value: 1, scaling: two_photon}]", "minimum_pair_mass"),
        ("[{process: a, selection: t, value: -1, scaling: s}]", "greater than 0"),
        ("[]", "at least 1"),
    ],
)
def test_a_wrong_table_is_refused(rows: str, reason: str) -> None:
    content = {"citation": "x", "sqrt_s": 10.58, "rows": yaml.safe_load(rows)}
    with pytest.raises(ConfigurationError, match=reason):
        validate(content, CrossSectionTable, "table")
