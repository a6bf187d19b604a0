"""Transitions between Y(nS): rate, masses, the two humps, angles, kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import PION_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest, mass_squared
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.dipion_transition import draw_transition
from scipy.stats import chisquare

SQRT_S = 10.3552


def generated(parent: str, sqrt_s: float, number: int = 30_000) -> GeneratedEvents:
    process = make_process("quarkonium_dipion", parent=parent)
    generator = np.random.default_rng(1)
    return process.generate(sqrt_s, number, process.integrate(sqrt_s, generator), generator)


def test_rate_is_that_of_the_number_of_decays() -> None:
    # 4.3 nb of Y(3S), 4.37 % to pi pi Y(1S), of which 2.48 % to muons and 2.38 % to electrons
    integral = make_process("quarkonium_dipion", parent="upsilon3s").integrate(SQRT_S, np.random.default_rng(1))
    assert integral.cross_section == pytest.approx(4.3 * 0.0437 * 0.0486)


def test_recoil_mass_against_the_pions_is_the_lighter_upsilon() -> None:
    events = generated("upsilon3s", SQRT_S, 2_000)
    recoil = np.array([SQRT_S, 0, 0, 0]) - events.momenta[:, 1] - events.momenta[:, 2]
    np.testing.assert_allclose(np.sqrt(mass_squared(recoil)), 9.4604, atol=1e-9)
    total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
    np.testing.assert_allclose(total, np.tile([SQRT_S, 0, 0, 0], (2_000, 1)), atol=1e-9)


def test_pions_from_the_third_upsilon_have_two_humps_and_from_the_second_one() -> None:
    counts = {}
    for parent, energy in (("upsilon3s", 10.3552), ("upsilon2s", 10.02326)):
        pions = draw_transition(parent, "upsilon1s", np.full(40_000, energy), np.random.default_rng(2))[:, :2]
        share = (np.sqrt(mass_squared(pions.sum(axis=1))) - 2 * PION_MASS) / (energy - 9.4604 - 2 * PION_MASS)
        counts[parent] = np.histogram(share, np.linspace(0.0, 1.0, 11))[0]
    third, second = counts["upsilon3s"], counts["upsilon2s"]
    # In tenths of the range of m_pipi: humps near 0.2 and 0.85, a dip near 0.65 (CLEO, PRD 76 072001).
    assert min(third[1:3]) > 1.4 * third[6]
    assert third[8] > 1.1 * third[6]
    assert np.all(np.diff(second[:9]) > 0)


def test_leptons_follow_one_plus_cosine_squared_about_the_beams() -> None:
    events = generated("upsilon3s", SQRT_S)
    rest = boost_to_rest(events.momenta[:, 4], events.momenta[:, 3])
    cosine = rest[:, 3] / np.linalg.norm(rest[:, 1:], axis=1)
    edges = np.linspace(-1, 1, 21)
    expected = np.diff(edges + edges**3 / 3) * 3 / 8 * len(cosine)
    assert chisquare(np.histogram(cosine, edges)[0], expected).pvalue > 1e-3


def test_transitions_happen_on_the_resonance_only() -> None:
    with pytest.raises(ProcessError, match=r"upsilon3s is made at 10\.3552 GeV, not at sqrt\(s\) = 10\.579 GeV"):
        make_process("quarkonium_dipion", parent="upsilon3s").integrate(10.579, np.random.default_rng(1))
    with pytest.raises(ProcessError, match="unknown decay 'pipiupsilon1s' of jpsi"):
        make_process("quarkonium_dipion", parent="jpsi")
    with pytest.raises(ProcessError, match=r"no transition upsilon3s -> jpsi; known are psi2s -> jpsi"):
        draw_transition("upsilon3s", "jpsi", np.array([10.3552]), np.random.default_rng(1))
