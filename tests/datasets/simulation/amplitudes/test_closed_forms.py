"""Amplitudes against cross sections and distributions that are known in closed form."""

import numpy as np
import pytest
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.amplitudes import kernels
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS, NANOBARN, TAU_MASS
from darkbelle.datasets.simulation.phase_space.pair_and_photon import draw_pair_and_photon
from darkbelle.datasets.simulation.phase_space.two_body import beams, breakup_momentum
from darkbelle.datasets.simulation.processes.dark_photon import production_cross_section
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor
from numpy.typing import NDArray

SQRT_S = 10.579
S = SQRT_S**2
CHARGE_SQUARED = 4.0 * np.pi * ALPHA


def with_beams(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put the beams in front of (n, k, 4) final states."""
    return np.concatenate([np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (len(momenta), 2, 4)), momenta], axis=1)


def pairs_at(cosine: NDArray[np.float64], first: float, second: float) -> NDArray[np.float64]:
    """Make events of two particles at given polar angles."""
    momentum = float(breakup_momentum(np.array(SQRT_S), first, second))
    sine = np.sqrt(1.0 - cosine**2)
    vectors = momentum * np.stack([0.6 * sine, 0.8 * sine, cosine], axis=1)
    out = np.empty((len(cosine), 2, 4))
    out[:, 0, 1:], out[:, 1, 1:] = vectors, -vectors
    out[:, 0, 0], out[:, 1, 0] = np.hypot(momentum, first), np.hypot(momentum, second)
    return with_beams(out)


def integral(squares: NDArray[np.float64], weights: NDArray[np.float64], first: float, second: float) -> float:
    """Integrate to a cross section in nb with quadrature weights in the cosine: |M|^2 p/(16 pi s^(3/2)), flux 2 s."""
    momentum = float(breakup_momentum(np.array(SQRT_S), first, second))
    return float((squares * weights).sum() * momentum / SQRT_S / (8.0 * np.pi) / (2.0 * S) * NANOBARN)


@pytest.mark.parametrize(("mass", "expected"), [(MUON_MASS, 0.7759), (TAU_MASS, 0.7721)])
def test_lepton_pairs_have_the_lowest_order_cross_section(mass: float, expected: float) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(8)
    squares = kernels.lepton_pair_squares(pairs_at(nodes, mass, mass), ELECTRON_MASS, mass) * CHARGE_SQUARED**2
    beta = np.sqrt(1.0 - 4.0 * mass**2 / S)
    # 4 pi alpha^2/(3 s) beta (3 - beta^2)/2
    closed = 4.0 * np.pi * ALPHA**2 / (3.0 * S) * beta * (3.0 - beta**2) / 2.0 * NANOBARN
    assert integral(squares, weights, mass, mass) == pytest.approx(closed, rel=1e-6)
    assert closed == pytest.approx(expected, rel=5e-4)


def test_lepton_pairs_follow_one_plus_cosine_squared_plus_the_mass_term() -> None:
    cosine = np.array([-0.9, -0.2, 0.0, 0.5, 0.99])
    squares = kernels.lepton_pair_squares(pairs_at(cosine, TAU_MASS, TAU_MASS), ELECTRON_MASS, TAU_MASS)
    # With charges 1: 1 + cos^2 + (4 m^2/s) sin^2
    np.testing.assert_allclose(squares, 1 + cosine**2 + 4 * TAU_MASS**2 / S * (1 - cosine**2), rtol=1e-6)


def test_two_photons_between_10_and_170_degrees_have_4525_picobarn() -> None:
    limit = float(np.cos(np.radians(10.0)))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    squares = kernels.two_photon_squares(pairs_at(nodes * limit, 0.0, 0.0), ELECTRON_MASS) * CHARGE_SQUARED**2
    total = integral(squares, weights * limit, 0.0, 0.0) / 2.0  # identical photons
    # (2 pi alpha^2/s) [ln((1 + c)/(1 - c)) - c], the electron's mass neglected: a part in a million at 10 degrees
    closed = 2 * np.pi * ALPHA**2 / S * (np.log((1 + limit) / (1 - limit)) - limit) * NANOBARN
    assert total == pytest.approx(closed, rel=2e-6)
    assert total == pytest.approx(4.525, rel=1e-3)


@pytest.mark.parametrize("mass", [0.1, 1.0, 5.0, 9.0])
def test_photon_and_dark_photon_have_the_closed_cross_section(mass: float) -> None:
    limit = float(np.cos(np.radians(20.0)))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    events = pairs_at(nodes * limit, 0.0, mass)
    squares = kernels.photon_and_vector_squares(events, ELECTRON_MASS, mass) * CHARGE_SQUARED**2
    assert integral(squares, weights * limit, 0.0, mass) == pytest.approx(
        production_cross_section(mass, SQRT_S**2, limit), rel=1e-5
    )


def test_soft_photon_off_muons_factorises_into_eikonal_times_born() -> None:
    generator = np.random.default_rng(1)
    cosine, number = generator.uniform(-0.9, 0.9, 200), 200
    events = pairs_at(cosine, MUON_MASS, MUON_MASS)
    energy = 1e-5
    unit = generator.normal(size=(number, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    photon = energy * np.concatenate([np.ones((number, 1)), unit], axis=1)
    radiating = np.concatenate([events, photon[:, np.newaxis]], axis=1)
    exact = kernels.lepton_pair_and_photon_squares(radiating, ELECTRON_MASS, MUON_MASS)
    born = kernels.lepton_pair_squares(events, ELECTRON_MASS, MUON_MASS)
    metric = np.array([1.0, -1.0, -1.0, -1.0])
    products = (events * metric * photon[:, np.newaxis]).sum(axis=-1)
    signs = np.array([-1.0, 1.0, 1.0, -1.0])  # charge times in (-) or out (+), electron's charge taken as +1
    current = (signs[:, np.newaxis] * events / products[..., np.newaxis]).sum(axis=1)
    eikonal = -(current**2 * metric).sum(axis=1)
    np.testing.assert_allclose(exact / (eikonal * born), 1.0, atol=1e-4)


def test_hard_photon_beside_two_muons_has_the_exact_trees_cross_section() -> None:
    generator = np.random.default_rng(2)
    momenta, volume = draw_pair_and_photon(SQRT_S, MUON_MASS, 0.1, 500_000, generator)
    squares = kernels.lepton_pair_and_photon_squares(with_beams(momenta), ELECTRON_MASS, MUON_MASS)
    running = float(vacuum_polarisation_factor(np.array([S]))[0])
    weights = CHARGE_SQUARED**3 * squares * volume / (2.0 * S) * NANOBARN * running
    laboratory = momenta @ load_experiment("belle2").beams().to_laboratory.T
    momentum = np.linalg.norm(laboratory[..., 1:], axis=-1)
    angle = np.degrees(np.arccos(laboratory[..., 3] / momentum))
    muons = ((momentum > 0.5) & (angle > 17) & (angle < 150))[:, :2].all(axis=1)
    # Two muons of p > 0.5 GeV in the drift chamber and a photon of 0.5 GeV anywhere: 0.2358 +- 0.0006 nb with the
    # running alpha at s.
    assert float((weights * (muons & (momentum[:, 2] > 0.5))).mean()) == pytest.approx(0.2358, rel=0.007)


def test_bhabha_with_a_soft_photon_factorises_into_eikonal_times_the_massless_formula() -> None:
    cosine = np.linspace(-0.8, 0.8, 9)
    events = pairs_at(cosine, ELECTRON_MASS, ELECTRON_MASS)
    energy = 1e-4
    photon = energy * np.broadcast_to([1.0, 0.0, 1.0, 0.0], (len(cosine), 4))
    exact = kernels.electron_pair_and_photon_squares(
        np.concatenate([events, photon[:, np.newaxis]], axis=1), ELECTRON_MASS
    )
    t, u = -S * (1 - cosine) / 2, -S * (1 + cosine) / 2
    # 2 [(s^2 + u^2)/t^2 + 2 u^2/(s t) + (u^2 + t^2)/s^2] with charges 1, spins averaged.
    born = 2 * ((S**2 + u**2) / t**2 + 2 * u**2 / (S * t) + (u**2 + t**2) / S**2)
    metric = np.array([1.0, -1.0, -1.0, -1.0])
    products = (events * metric * photon[:, np.newaxis]).sum(axis=-1)
    signs = np.array([-1.0, 1.0, 1.0, -1.0])
    current = (signs[:, np.newaxis] * events / products[..., np.newaxis]).sum(axis=1)
    np.testing.assert_allclose(exact / (-(current**2 * metric).sum(axis=1) * born), 1.0, atol=1e-3)
