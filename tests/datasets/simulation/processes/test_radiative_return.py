"""Narrow resonances behind photons of the beams: closed form of the cross section, angles, kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, NANOBARN, NEUTRAL_PION_MASS, PION_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest, mass_squared
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.resonances import find_resonance, resonance_table
from darkbelle.datasets.simulation.processes.three_pions import draw_three_pions
from darkbelle.datasets.simulation.processes.vector_decays import DECAYS
from darkbelle.datasets.simulation.radiation.radiative_return import draw_return
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

SQRT_S = 10.579
S = SQRT_S**2


def radiator(x: float) -> float:
    """W(s, x), x = 1 - s'/s: Kuraev and Fadin, Sov. J. Nucl. Phys. 41 (1985) 466, to second order."""
    log = np.log(S / ELECTRON_MASS**2)
    beta = 2 * ALPHA / np.pi * (log - 1)
    delta = 1 + ALPHA / np.pi * (np.pi**2 / 3 - 0.5) + 0.75 * beta - beta**2 / 24 * (log / 3 + 2 * np.pi**2 - 37 / 4)
    second = 4 * (2 - x) * np.log(1 / x) + (1 + 3 * (1 - x) ** 2) / x * np.log(1 / (1 - x)) - 6 + x
    return float(delta * beta * x ** (beta - 1) - beta * (1 - x / 2) + beta**2 / 8 * second)


def generated(resonance: str, decay: str, number: int = 40_000) -> GeneratedEvents:
    process = make_process("radiative_return", resonance=resonance, decay=decay)
    generator = np.random.default_rng(3)
    return process.generate(SQRT_S, number, process.integrate(SQRT_S, generator, 20_000), generator)


@pytest.mark.parametrize("mass", [0.775, 1.02, 3.0969, 9.4604, 10.3552])
def test_both_structure_functions_together_are_the_radiator(mass: float) -> None:
    weights = draw_return(np.full(100_000, mass), SQRT_S, np.random.default_rng(1)).weights
    assert weights.mean() == pytest.approx(radiator(1 - mass**2 / S), rel=0.006)


@given(st.floats(0.3, 10.5), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_what_is_left_has_the_mass_and_the_photons_carry_the_rest(mass: float, seed: int) -> None:
    left = draw_return(np.full(200, mass), SQRT_S, np.random.default_rng(seed))
    np.testing.assert_allclose(mass_squared(left.system), mass**2, rtol=1e-11)
    np.testing.assert_allclose(left.photons.sum(axis=0) + left.system, np.tile([SQRT_S, 0, 0, 0], (200, 1)), atol=1e-11)
    np.testing.assert_allclose(mass_squared(left.photons), 0.0, atol=1e-10)


@pytest.mark.parametrize(
    ("resonance", "decay", "branching"),
    [("omega", "pipipi0", 0.892 * 0.988), ("phi", "kk", 0.491), ("jpsi", "mumu", 0.0596), ("upsilon1s", "ee", 0.0238)],
)
def test_cross_section_is_that_of_a_narrow_line(resonance: str, decay: str, branching: float) -> None:
    meson = find_resonance(resonance)
    found = make_process("radiative_return", resonance=resonance, decay=decay).integrate(
        SQRT_S, np.random.default_rng(1)
    )
    # 12 pi^2 Gamma_ee/(m s) W(1 - m^2/s)
    born = 12 * np.pi**2 * meson.electron_width / (meson.mass * S) * NANOBARN
    assert found.cross_section == pytest.approx(born * radiator(1 - meson.mass**2 / S) * branching, rel=0.01)


def test_leptons_follow_one_plus_cosine_squared_about_the_beams_that_meet() -> None:
    events = generated("upsilon3s", "mumu")
    resonance, muon = events.momenta[:, 0], events.momenta[:, 3]
    # Above 10.3 GeV the beams hardly turn: the z axis is theirs.
    rest = boost_to_rest(muon, resonance)
    cosine = rest[:, 3] / np.linalg.norm(rest[:, 1:], axis=1)
    edges = np.linspace(-1, 1, 21)
    expected = np.diff(edges + edges**3 / 3) * 3 / 8
    assert chisquare(np.histogram(cosine, edges)[0], expected * len(cosine)).pvalue > 1e-3


def test_kaons_follow_sine_squared_about_the_beams_that_meet() -> None:
    events = generated("phi", "kk")
    phi, kaon, photons = events.momenta[:, 0], events.momenta[:, 3], events.momenta[:, 1:3]
    collinear = (np.hypot(photons[..., 1], photons[..., 2]) < 0.01).all(axis=1)
    rest = boost_to_rest(kaon[collinear], phi[collinear])
    cosine = rest[:, 3] / np.linalg.norm(rest[:, 1:], axis=1)
    edges = np.linspace(-1, 1, 21)
    expected = np.diff(edges - edges**3 / 3) * 3 / 4
    assert collinear.sum() > 5_000
    assert chisquare(np.histogram(cosine, edges)[0], expected * collinear.sum()).pvalue > 1e-3


def test_three_pions_have_the_dalitz_plot_of_three_rhos() -> None:
    """Even phase space from RAMBO, weighted, is an independent way to the same distribution."""
    mass = find_resonance("phi").mass
    number, axis = 40_000, np.tile([0.0, 0.0, 1.0], (40_000, 1))
    drawn = draw_three_pions(np.full(number, mass), axis, np.random.default_rng(1))
    even, weights = rambo(mass, (PION_MASS, PION_MASS, NEUTRAL_PION_MASS), 400_000, np.random.default_rng(2))

    def line(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        pair = mass_squared(one + two)
        momentum = np.sqrt(np.maximum(pair / 4 - 0.138**2, 0.0))
        width = 0.1491 * (momentum / np.sqrt(0.77526**2 / 4 - 0.138**2)) ** 3 * 0.77526 / np.sqrt(pair)
        return np.asarray(1.0 / (pair - 0.77526**2 + 1j * np.sqrt(pair) * width))

    plus, minus, neutral = (even[:, slot] for slot in range(3))
    normal = np.cross(plus[:, 1:], minus[:, 1:])
    amplitude = line(plus, minus) + line(plus, neutral) + line(minus, neutral)
    weights = weights * (normal**2).sum(axis=1) * np.abs(amplitude) ** 2
    edges = np.linspace(0.27, 0.89, 13)
    counts, _ = np.histogram(np.sqrt(mass_squared(drawn[:, 0] + drawn[:, 1])), edges)
    expected, _ = np.histogram(np.sqrt(mass_squared(plus + minus)), edges, weights=weights)
    errors, _ = np.histogram(np.sqrt(mass_squared(plus + minus)), edges, weights=weights**2)
    scale = number / expected.sum()
    # The mean pion mass in the widths above is good to a per cent.
    pulls = (counts - scale * expected) / np.sqrt(counts + scale**2 * errors + (0.01 * counts) ** 2)
    assert (pulls**2).sum() < 33.0  # chi-square of 12: beyond is one in a thousand
    assert counts.sum() == number


@pytest.mark.parametrize(
    ("resonance", "decay"),
    [(name, decay) for name, each in resonance_table().resonances.items() for decay in each.decays if decay in DECAYS],
)
def test_every_decay_conserves_momentum_and_charge(resonance: str, decay: str) -> None:
    events = generated(resonance, decay, 300)
    total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
    np.testing.assert_allclose(total, np.tile([SQRT_S, 0, 0, 0], (300, 1)), atol=2.1e-3)
    charges = {11: -1, 13: -1, 211: 1, 321: 1}
    pdg = events.pdg
    charge = sum(value * ((pdg == code).sum(1) - (pdg == -code).sum(1)) for code, value in charges.items())
    assert not np.any(charge)


def test_wrong_names_are_refused_with_what_there_is() -> None:
    with pytest.raises(ProcessError, match="unknown resonance 'rho'; known are omega, phi"):
        make_process("radiative_return", resonance="rho", decay="mumu")
    with pytest.raises(ProcessError, match="unknown decay 'kk' of jpsi; known are mumu, ee"):
        make_process("radiative_return", resonance="jpsi", decay="kk")
    with pytest.raises(ProcessError, match="upsilon3s -> pipiupsilon1s belongs to a process of its own"):
        make_process("radiative_return", resonance="upsilon3s", decay="pipiupsilon1s")
    with pytest.raises(ProcessError, match="beyond sqrt"):
        make_process("radiative_return", resonance="upsilon3s", decay="mumu").integrate(10.0, np.random.default_rng(1))
