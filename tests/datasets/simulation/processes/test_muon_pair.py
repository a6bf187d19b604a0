"""Muon pairs with photons against the reference cross sections and exact kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.amplitudes.kernels import lepton_pair_and_photon_squares
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS, NANOBARN
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.pair_and_photon import draw_pair_and_photon
from darkbelle.datasets.simulation.phase_space.two_body import beams
from darkbelle.datasets.simulation.processes import Integral
from darkbelle.datasets.simulation.processes.fermion_pair import born_cross_section, propose
from darkbelle.datasets.simulation.processes.muon_pair import MuonPair
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor

SQRT_S = 10.579


@pytest.fixture(scope="module")
def integral() -> Integral:
    return MuonPair().integrate(SQRT_S, np.random.default_rng(1), evaluations=600_000)


@pytest.fixture(scope="module")
def events(integral: Integral) -> GeneratedEvents:
    return MuonPair().generate(SQRT_S, 300_000, integral, np.random.default_rng(2))


def visible(events: GeneratedEvents, integral: Integral, *, photon: tuple[float, float] | None) -> float:
    """Cross section (nb) with both muons at p > 0.5 GeV, 17 to 150 degrees, and a photon > 0.5 GeV if asked."""
    laboratory = events.momenta @ load_experiment("belle2").beams().to_laboratory.T
    momentum = np.linalg.norm(laboratory[..., 1:], axis=-1)
    angle = np.degrees(np.arccos(np.clip(laboratory[..., 3] / np.maximum(momentum, 1e-12), -1, 1)))
    seen = ((momentum > 0.5) & (angle > 17.0) & (angle < 150.0))[:, :2].all(axis=1)
    if photon is not None:
        hard = (events.pdg == 22) & (momentum > 0.5) & (angle > photon[0]) & (angle < photon[1])
        seen &= hard.any(axis=1)
    return float((events.weights * seen).sum() / events.weights.sum() * integral.cross_section)


def test_lowest_order_is_the_closed_form() -> None:
    # 4 pi alpha^2/(3 s) at s = 111.9 GeV^2: 0.7759 nb with the muon's mass
    assert float(born_cross_section(np.array(SQRT_S**2), MUON_MASS)) == pytest.approx(0.7759, rel=5e-4)


def test_total_is_within_one_per_cent_of_kkmc(integral: Integral) -> None:
    assert integral.error < 0.002
    assert integral.cross_section == pytest.approx(1.148, rel=0.01)


def test_muons_in_the_drift_chamber_are_within_one_per_cent(events: GeneratedEvents, integral: Integral) -> None:
    assert visible(events, integral, photon=None) == pytest.approx(0.831, rel=0.01)


def test_hard_photon_anywhere_is_within_six_per_cent_of_the_exact_tree(
    events: GeneratedEvents, integral: Integral
) -> None:
    assert visible(events, integral, photon=(0.0, 180.0)) == pytest.approx(0.2358, rel=0.06)


def test_hard_photon_in_the_calorimeter_is_within_four_per_cent_of_the_exact_tree(
    events: GeneratedEvents, integral: Integral
) -> None:
    assert visible(events, integral, photon=(12.4, 155.1)) == pytest.approx(0.0959, rel=0.04)


def test_spectrum_of_wide_photons_follows_the_exact_tree() -> None:
    """Both muons at 25 to 155 degrees, the hardest photon at 20 to 160 degrees of either, CM frame.

    The tree has one photon and no more: what further ones do to the spectrum, less soft photons and more hard ones, is
    in the generator alone.
    """
    edges = [0.5, 1.0, 2.0, 3.0, 4.8]
    generator = np.random.default_rng(3)

    def angles(momenta: np.ndarray) -> np.ndarray:
        return np.asarray(np.degrees(np.arctan2(np.hypot(momenta[..., 1], momenta[..., 2]), momenta[..., 3])))

    def spectrum(momenta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        angle = angles(momenta)
        muons = ((angle[:, :2] > 25) & (angle[:, :2] < 155) & (momenta[:, :2, 0] > 0.5)).all(axis=1)
        wide = (angle[:, 2:] > 20) & (angle[:, 2:] < 160)
        energy = np.where(wide, momenta[:, 2:, 0], 0.0).max(axis=1)
        return np.asarray(np.histogram(energy[muons], edges, weights=weights[muons])[0] / len(weights))

    momenta, volume = draw_pair_and_photon(SQRT_S, MUON_MASS, 0.4, 250_000, generator)
    both = np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (len(momenta), 2, 4))
    squares = lepton_pair_and_photon_squares(np.concatenate([both, momenta], axis=1), ELECTRON_MASS, MUON_MASS)
    running = float(vacuum_polarisation_factor(np.array([SQRT_S**2]))[0])
    tree = (4 * np.pi * ALPHA) ** 3 * squares * volume / (2 * SQRT_S**2) * NANOBARN * running
    exact = spectrum(momenta, tree)
    pairs = propose(SQRT_S, MUON_MASS, 600_000, generator)
    found = spectrum(pairs.momenta, pairs.weights)
    assert found.sum() == pytest.approx(exact.sum(), rel=0.05)
    np.testing.assert_allclose(found, exact, rtol=0.10)


def test_four_momentum_is_conserved_but_for_photons_below_one_mev(events: GeneratedEvents) -> None:
    missing = np.array([SQRT_S, 0, 0, 0]) - events.momenta.sum(axis=1)
    assert np.abs(missing).max() < 3e-3
    squares = events.momenta[:, :2, 0] ** 2 - (events.momenta[:, :2, 1:] ** 2).sum(axis=-1)
    np.testing.assert_allclose(squares, MUON_MASS**2, atol=1e-8)


def test_few_events_carry_more_than_unit_weight(events: GeneratedEvents) -> None:
    assert events.weights.min() == 1.0
    assert (events.weights > 1.0).mean() < 0.02
