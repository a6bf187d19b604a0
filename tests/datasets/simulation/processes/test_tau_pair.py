"""Tau pairs: total, branching fractions, spectra and spin correlations."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import TAU_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.processes.tau_decays import MODES
from darkbelle.datasets.simulation.processes.tau_pair import TauPair, spin_correlation

SQRT_S = 10.579
MINUS, PLUS = slice(5, 11), slice(11, 17)


@pytest.fixture(scope="module")
def events() -> GeneratedEvents:
    process = TauPair()
    integral = process.integrate(SQRT_S, np.random.default_rng(1), evaluations=20_000)
    return process.generate(SQRT_S, 150_000, integral, np.random.default_rng(2))


def energy_share(events: GeneratedEvents, side: slice, tau: int, code: int, multiplicity: int) -> np.ndarray:
    """Energy of a daughter over its tau's (CM frame); NaN for taus that decayed otherwise."""
    pdg = events.pdg[:, side]
    chosen = ((pdg == code).sum(axis=1) == 1) & ((pdg != 0).sum(axis=1) == multiplicity)
    slot = np.argmax(pdg == code, axis=1)
    energy = np.take_along_axis(events.momenta[:, side, 0], slot[:, np.newaxis], axis=1)[:, 0]
    return np.where(chosen, energy / events.momenta[:, tau, 0], np.nan)


def test_total_is_within_one_per_cent_of_kkmc() -> None:
    integral = TauPair().integrate(SQRT_S, np.random.default_rng(3), evaluations=400_000)
    assert integral.error < 0.002
    assert integral.cross_section == pytest.approx(0.919, rel=0.01)


def test_final_state_carries_the_beams_momentum_but_for_soft_photons(events: GeneratedEvents) -> None:
    total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
    assert np.abs(total - [SQRT_S, 0, 0, 0]).max() < 3e-3


def test_charge_is_conserved_in_every_decay(events: GeneratedEvents) -> None:
    charge = {11: -1, 13: -1, -211: -1, -321: -1, -11: 1, -13: 1, 211: 1, 321: 1}
    for side, expected in ((MINUS, -1), (PLUS, 1)):
        total = sum(sign * (events.pdg[:, side] == code).sum(axis=1) for code, sign in charge.items())
        assert np.all(total == expected)


# The mean energy at rest over the tau's mass: Michel spectra with the lepton's mass, the pion's (1 + m_pi^2/m_tau^2)/2.
# Pythia's polarised decays gave 0.345, 0.356 and 0.497.
@pytest.mark.parametrize(
    ("code", "multiplicity", "fraction", "mean"),
    [(11, 3, 0.1782, 0.3500), (13, 3, 0.1739, 0.3552), (-211, 2, 0.1082, 0.5031)],
)
def test_fractions_and_mean_energies_of_the_simple_modes(
    events: GeneratedEvents, code: int, multiplicity: int, fraction: float, mean: float
) -> None:
    share = energy_share(events, MINUS, 0, code, multiplicity)
    known = share[~np.isnan(share)]
    assert len(known) / len(share) == pytest.approx(fraction, abs=4 * np.sqrt(fraction / len(share)))
    assert known.mean() == pytest.approx(mean, abs=4 * known.std() / np.sqrt(len(known)))


def test_pions_energies_are_correlated_by_the_spins(events: GeneratedEvents) -> None:
    minus = energy_share(events, MINUS, 0, -211, 2)
    plus = energy_share(events, PLUS, 1, 211, 2)
    both = ~np.isnan(minus) & ~np.isnan(plus)
    # uncorrelated spins would give 0 within 1/sqrt(1750) = 0.024; Pythia's polarised decays give 0.290 +- 0.06
    assert np.corrcoef(minus[both], plus[both])[0, 1] == pytest.approx(0.28, abs=0.07)


def test_spin_correlation_at_threshold_is_that_of_a_spin_one_state_along_the_beam() -> None:
    cosine = np.array([0.0, 0.3, 1.0])
    beam = np.stack([np.sqrt(1 - cosine**2), np.zeros(3), cosine], axis=1)
    np.testing.assert_allclose(spin_correlation(cosine, np.ones(3)), beam[:, :, None] * beam[:, None, :], atol=1e-12)


def test_spin_correlation_of_fast_taus_is_full_along_the_flight_direction() -> None:
    matrix = spin_correlation(np.array([0.2]), np.array([1e6]))[0]
    assert matrix[2, 2] == pytest.approx(1.0)
    # The transverse ones are sin^2/(1 + cos^2), opposite in x and y.
    assert matrix[0, 0] == pytest.approx(0.96 / 1.04)
    assert matrix[1, 1] == pytest.approx(-0.96 / 1.04)


@pytest.mark.parametrize("index", range(len(MODES)))
def test_every_mode_conserves_momentum_and_has_a_polarimeter_of_length_one_at_most(index: int) -> None:
    momenta, polarimeter = MODES[index].draw(2000, np.random.default_rng(index))
    assert momenta.shape == (2000, len(MODES[index].pdg), 4)
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([TAU_MASS, 0, 0, 0], (2000, 1)), atol=1e-6)
    assert np.linalg.norm(polarimeter, axis=1).max() <= 1.0 + 1e-9


def test_nothing_is_drawn_when_nothing_is_asked_for() -> None:
    momenta, polarimeter = MODES[3].draw(0, np.random.default_rng(1))
    assert momenta.shape == (0, 3, 4)
    assert polarimeter.shape == (0, 3)
