"""Structure functions, running alpha and photon flux against what is known of them."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.radiation.initial_state import (
    logarithm,
    sample_angle,
    sample_energy_share,
    structure_function,
)
from darkbelle.datasets.simulation.radiation.photon_flux import flux, minimum_virtuality
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor

S = 10.579**2
BETA = 2.0 * ALPHA / np.pi * (logarithm(S) - 1.0)


def test_structure_function_is_a_probability() -> None:
    # Unit integral up to terms of order beta^2 x a small number: electrons are conserved.
    shares, weights = sample_energy_share(S, 1e-4, 400_000, np.random.default_rng(1))
    assert weights.mean() == pytest.approx(1.0, abs=3e-3)
    assert ((shares > 0.0) & (shares < 1.0)).all()


def test_hard_photons_of_a_beam_follow_the_splitting_function_to_first_order() -> None:
    x = np.array([0.3, 0.5, 0.7])
    # (beta/4) (1 + x^2)/(1 - x), and second-order terms of relative size beta
    first = 0.25 * BETA * (1 + x**2) / (1 - x)
    np.testing.assert_allclose(structure_function(x, S), first, rtol=1.5 * BETA)


def test_photon_angles_integrate_to_the_collinear_logarithm() -> None:
    generator = np.random.default_rng(3)
    share = np.full(400_000, 0.5)
    distance, weights = sample_angle(share, S, generator)
    assert weights.mean() == pytest.approx(1.0, abs=3e-3)
    # At wide angles, both beams together: (2 - 2x + x^2)/sin^2 - x^2/2 over its integral (2 - 2x + x^2)(L - 1).
    cosine = 1.0 - distance
    wide = (np.abs(cosine) < 0.5) * weights
    x = 0.5
    splitting = 2 - 2 * x + x**2
    exact = (splitting * 2 * np.arctanh(0.5) - x**2 / 2) / (splitting * (logarithm(S) - 1.0))
    assert wide.mean() == pytest.approx(exact, rel=0.03)


def test_running_alpha_raises_the_muon_cross_section_by_seven_and_a_half_per_cent() -> None:
    assert float(vacuum_polarisation_factor(np.array([S]))[0]) == pytest.approx(1.076, abs=0.002)


def test_alpha_does_not_run_at_vanishing_momentum() -> None:
    scales = np.array([1e-9, -1e-9])
    np.testing.assert_allclose(vacuum_polarisation_factor(scales), 1.0, atol=1e-4)


def test_alpha_is_continuous_through_the_muon_threshold() -> None:
    around = 4.0 * MUON_MASS**2 * np.array([1.0 - 1e-9, 1.0 + 1e-9])
    below, above = vacuum_polarisation_factor(around)
    assert above == pytest.approx(below, abs=1e-6)


def test_photon_flux_integrates_to_the_weizsaecker_williams_formula() -> None:
    y, top = 0.1, 1.0
    low = float(minimum_virtuality(np.array(y)))
    logs = np.linspace(np.log(low), np.log(top), 20_001)
    numeric = np.trapezoid(flux(np.full_like(logs, y), np.exp(logs)), logs)
    # alpha/(2 pi y) [(1 + (1-y)^2) ln(Q2max/Q2min) - 2 m^2 y^2 (1/Q2min - 1/Q2max)]
    closed = (
        ALPHA
        / (2 * np.pi * y)
        * ((1 + (1 - y) ** 2) * np.log(top / low) - 2 * ELECTRON_MASS**2 * y**2 * (1 / low - 1 / top))
    )
    assert numeric == pytest.approx(closed, rel=1e-6)
