"""Couplings, excluded contours, planes and projections against closed forms."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import exp, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError, UsageError
from darkbelle.limits.contour import excluded_ranges
from darkbelle.limits.coupling import (
    ALPHA,
    NANOBARN,
    alp_coupling,
    alp_cross_section,
    alp_lifetime,
    coupling_limit,
    cross_section_limit,
    dark_matter_y,
    scalar_lifetime,
)
from darkbelle.limits.overlays import read_overlays
from darkbelle.limits.planes import magnetic_moment, magnetic_moment_band, planes, relic_y
from darkbelle.limits.plotting import render
from darkbelle.limits.projection import Scenario, read_scenario
from darkbelle.limits.results import HypothesisResult
from darkbelle.limits.scan import scan as scan_checked
from darkbelle.limits.tables import published, published_all
from darkbelle.limits.written import write_projection, write_scan
from darkbelle.processors.run import Run
from hypothesis import given
from hypothesis import strategies as st

MakeRun = Callable[..., Run]
scan = partial(scan_checked, checks=0)
COUNT = "zprime_invisible"
S = 10.58**2
ALP_MASSES = [mass for mass, _ in (published("alp_three_photon") or pytest.fail("no published limit")).points]
ZPRIME_MASSES = [mass for mass, _ in (published(COUNT) or pytest.fail("no published limit")).points]


@pytest.mark.parametrize("mass", ALP_MASSES)
def test_the_coupling_of_an_alp_is_the_closed_form_and_back(mass: float) -> None:
    """Equation of arXiv:1709.00009: g = sqrt(24 sigma/(alpha (1 - m^2/s)^3))."""
    section = 2.3e-4  # nb
    g = sqrt(24 * section / NANOBARN / (ALPHA * (1 - mass**2 / S) ** 3))
    assert alp_coupling(section, mass, S) == pytest.approx(g, rel=1e-6)
    assert alp_cross_section(mass, S, g) == pytest.approx(section, rel=1e-6)
    # The way that every channel goes, from the sample's reference coupling, gives the same.
    assert coupling_limit(section, alp_cross_section(mass, S, 1e-3), 1e-3) == pytest.approx(g, rel=1e-6)


@pytest.mark.parametrize("mass", ZPRIME_MASSES)
@given(section=st.floats(1e-9, 1e3), power=st.sampled_from([1, 2, 4]))
def test_limits_on_g_prime_go_to_cross_sections_and_back(mass: float, section: float, power: int) -> None:
    reference, coupling = 0.1 * exp(-mass), 0.1
    limit = coupling_limit(section, reference, coupling, power)
    assert cross_section_limit(limit, reference, coupling, power) == pytest.approx(section, rel=1e-6)
    result = HypothesisResult(
        "x", mass, {"mass": mass}, observed=2.0, expected=(1.0,) * 5, reference=section, born=reference,
        coupling=coupling, coupling_name="g_prime", coupling_power=power,
    )  # fmt: skip
    assert result.coupling_at(2.0) == pytest.approx(coupling * (2 * section / reference) ** (1 / power), rel=1e-6)


def family(
    limits: dict[float, float], mass: float = 1.0, born: float = 1e-3, coupling: float = 1e-3
) -> list[HypothesisResult]:
    """Results at several lifetimes (cm) whose limits on the cross section are `limits` (nb)."""
    return [
        HypothesisResult(
            f"t{lifetime}", mass, {"mass": mass, "lifetime": lifetime}, observed=limit, expected=(limit,) * 5,
            reference=1.0, born=born, coupling=coupling, coupling_name="g_agammagamma",
        )
        for lifetime, limit in limits.items()
    ]  # fmt: skip


def observed(result: HypothesisResult) -> float | None:
    return result.observed


def test_both_edges_of_an_exclusion_are_solved_where_the_lifetime_follows_from_the_coupling() -> None:
    """The cross section is 1e-3 nb (g/1e-3)^2 and c tau goes with g^-2: a limit of two powers has closed edges."""
    mass, unit = 1.0, alp_lifetime(1.0, 1.0)  # c tau at g = 1, in cm
    lifetimes = np.geomspace(1e-4, 1e4, 400) * unit * 1e6

    def bound(lifetime: float) -> float:
        x = lifetime / (unit * 1e6)  # 1 at g = 1e-3
        return 0.1e-3 * (0.5 * x + 0.5 / x**3)

    found = excluded_ranges(family({t: bound(t) for t in lifetimes}, mass), "two_photon_width", observed)
    # With x = (1e-3/g)^2: 1/x > 0.1 (x/2 + 1/(2 x^3)).
    xs = np.roots([0.05, 0, -1, 0, 0.05])
    edges = sorted(1e-3 / sqrt(float(x.real)) for x in xs if x.real > 0)
    ((low, high),) = found
    assert (low, high) == pytest.approx(edges, rel=1e-3)


def test_a_prompt_limit_leaves_the_upper_end_open_and_unknown_lifetimes_exclude_nothing() -> None:
    unit = alp_lifetime(1.0, 1e-3)
    ((low, high),) = excluded_ranges(family({0.0: 1e-4, unit: 1e-4, 10 * unit: 1e-4}), "two_photon_width", observed)
    assert high is None
    assert low == pytest.approx(1e-3 * sqrt(0.1), rel=1e-3)
    weak = excluded_ranges(family({unit: 1.0, 10 * unit: 1.0}), "two_photon_width", observed)
    assert weak == ()
    ((_, closed),) = excluded_ranges(family({unit: 1e-4, 10 * unit: 1e-4}), "two_photon_width", observed)
    assert closed == pytest.approx(1e-3, rel=1e-6)


def test_lifetimes_follow_from_widths() -> None:
    # Gamma = g^2 m^3/(64 pi): 4.97e-9 GeV at g = 1e-3/GeV, 1 GeV, and hbar c/Gamma is 3.97e-6 cm.
    assert alp_lifetime(1.0, 1e-3) == pytest.approx(1.973269804e-14 / (1e-6 / (64 * pi)), rel=1e-9)
    # Below the muon threshold only electrons: 1/m_e^2 (1 - 4 m_e^2/m^2)^-3/2 / m.
    ratio = scalar_lifetime(0.1, 1e-3) / scalar_lifetime(0.2, 1e-3)
    assert ratio == pytest.approx(2 * ((1 - 4 * 0.000511**2 / 0.04) / (1 - 4 * 0.000511**2 / 0.01)) ** 1.5, rel=1e-6)


def test_the_magnetic_moment_has_the_known_limits() -> None:
    assert magnetic_moment(0.0, 1.0) == pytest.approx(1 / (8 * pi**2), rel=1e-6)  # Schwinger's alpha/2pi
    heavy = magnetic_moment(1000.0, 1.0)
    assert heavy == pytest.approx(0.1056583755**2 / (12 * pi**2 * 1e6), rel=1e-3)  # arXiv:hep-ph/0104141, eq. 6
    low, high = magnetic_moment_band(np.array([1.0]))[:, 0]
    entry = planes().muon_magnetic_moment[0]
    assert magnetic_moment(1.0, high) == pytest.approx(entry.difference + 2 * entry.uncertainty, rel=1e-6)
    assert 0 < low < high
    assert magnetic_moment_band(np.array([1.0]), planes().muon_magnetic_moment[1])[0, 0] == 0


def test_the_relic_line_is_the_inverted_annihilation_rate() -> None:
    benchmark = planes().dark_matter.model_copy(update={"mass_ratio": 1e-6})
    # sigma v = 16 pi alpha y/m^2 to electrons alone: 4.4e-26 cm^3/s are 3.77e-9 GeV^-2.
    assert relic_y(0.1, benchmark) == pytest.approx(3.77e-9 * 0.01 / (16 * pi / 137.036), rel=2e-3)
    third = planes().dark_matter
    assert relic_y(0.1, third) / relic_y(0.1, benchmark) == pytest.approx((5 / 9) ** 2, rel=1e-6)
    assert dark_matter_y(1e-3, 0.5, 1 / 3) == pytest.approx(1e-6 * 0.5 / 81)


def test_uncertainties_of_a_projection_are_held_scaled_or_as_given(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()

    def median(luminosity: float, scenario: Scenario | None) -> float:
        (only,) = scan(run, COUNT, luminosity=luminosity, scenario=scenario).hypotheses
        return only.cross_section((only.expected or ())[2]) or 0.0

    held, scaled = (median(500.0, Scenario(kind)) for kind in ("held", "scaled"))
    assert scaled < 0.5 * held
    # All uncertainties of 1/sqrt(L) beside a background: so does the limit.
    assert median(2000.0, Scenario("scaled")) / scaled == pytest.approx(0.5, rel=0.02)
    # A relative uncertainty of the background is a floor.
    assert median(2000.0, Scenario("held")) / held == pytest.approx(1.0, abs=0.05)
    given = tmp_path / "scenario.yaml"
    given.write_text("systematics: {tau_suppression: 0.01}\n")
    scenario = read_scenario(str(given))
    assert scaled < median(500.0, scenario) < held
    (note,) = [each for each in scan(run, COUNT, luminosity=500.0, scenario=scenario).notes if "as given" in each]
    assert "tau_suppression 1 %" in note
    with pytest.raises(UsageError, match="no nuisance parameter nothing"):
        median(500.0, Scenario("given", None, {"nothing": 0.1}))
    with pytest.raises(UsageError, match="unknown scenario"):
        read_scenario("better")


def test_projections_are_drawn_in_one_figure_and_against_luminosity(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(masses=(2.0, 3.0))
    scans = [[scan(run, COUNT, luminosity=each)] for each in (0.5, 6.5, 20.0, 200.0, 50000.0)]
    write_projection(scans, tmp_path, 3.0)
    for name in ("projection", "luminosity"):
        assert (tmp_path / f"{COUNT}_{name}.png").stat().st_size > 20000
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_dir()) == [
        "0.5fb", "200fb", "20fb", "50000fb", "6.5fb",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "plane"), [(COUNT, "muon_magnetic_moment"), ("dark_photon_invisible", "dark_matter_y")]
)
def test_planes_are_drawn_with_what_readers_expect_behind(
    make_run: MakeRun, tmp_path: Path, channel: str, plane: str
) -> None:
    write_scan(scan(make_run(channel, masses=(2.0, 3.0)), channel), tmp_path)
    assert (tmp_path / f"{channel}_{plane}.png").stat().st_size > 20000


def test_limits_of_others_come_from_csv_or_yaml(make_run: MakeRun, tmp_path: Path) -> None:
    table = tmp_path / "others.csv"
    table.write_text("mass,limit,label,citation\n2,0.2,Theirs,A paper\n1,0.1,Theirs,A paper\n1,0.3,Other,B paper\n")
    first, second = read_overlays(table)
    assert (first.label, first.points) == ("Theirs", [(1.0, 0.1), (2.0, 0.2)])
    document = tmp_path / "others.yaml"
    document.write_text("- {label: Theirs, citation: A paper, points: [[1.0, 0.1], [2.0, 0.2]]}\n")
    assert read_overlays(document) == (first,)
    found = scan(make_run(), COUNT)
    assert render(found, "svg", [second]) != render(found, "svg")
    table.write_text("mass,limit,label,citation\n2,-1,Theirs,A paper\n")
    with pytest.raises(ConfigurationError, match=r"others\.csv, line 2: a limit is a positive number"):
        read_overlays(table)


def test_every_published_limit_is_cited_and_positive() -> None:
    known = published_all()
    assert known.keys() == {
        "dark_photon_invisible", "dark_photon_visible", "muonic_dark_force", "zprime_invisible", "alp_three_photon",
    }  # fmt: skip
    for entries in known.values():
        for each in entries:
            assert each.citation
            assert all(limit > 0 for _, limit in each.points)
            assert [mass for mass, _ in each.points] == sorted(mass for mass, _ in each.points)
    # 0.06 to 1.0 pb are the published range of the ALP search's cross sections.
    (section,) = [each for each in known["alp_three_photon"] if each.quantity == "cross_section"]
    assert all(0.06e-3 < limit < 1.0e-3 for _, limit in section.points)


def test_decays_in_place_of_a_luminosity_give_branching_fractions(make_run: MakeRun) -> None:
    run = make_run()
    samples = {name: replace(info, normalisation_events=1e6, cross_section=1e-3) for name, info in run.samples.items()}
    found = scan(replace(run, samples=samples), COUNT)
    assert found.quantity == "branching_fraction"
    (only,) = found.hypotheses
    # 1e6 decays times BR times the efficiency are the events that the limit on mu allows.
    signal = next(each for each in found.workspaces[only.name]["channels"][0]["samples"] if each["name"] == "signal")
    fraction = only.cross_section(1.0)
    assert fraction is not None
    assert sum(signal["data"]) == pytest.approx(1e6 * fraction * (only.efficiency or 0), rel=1e-6)
