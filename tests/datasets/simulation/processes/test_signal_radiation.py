"""Radiation of the beams in signals: its factor by direct integration, its photons, its momentum balance."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import PHOTON
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.processes.two_body_signal import TwoBodySignal
from darkbelle.datasets.simulation.radiation.initial_state import NON_LOGARITHMIC, logarithm, structure_function
from signal_events import SQRT_S, Array, made

S: float = SQRT_S**2


def convolved(process: TwoBodySignal) -> float:
    """Give sigma (nb) with collinear structure functions, midpoint rule in a small power of each photon's share."""
    half = (logarithm(S) - 1) / (137.036 * np.pi)
    t: Array = (np.arange(1500) + 0.5) / 1500
    log_share = np.log(t) / half
    x = -np.expm1(log_share)
    # dx = (1 - x)/(half t) dt
    density = structure_function(np.maximum(x, 1e-9), S, log_share) * np.exp(log_share) / (half * t)
    left = np.outer(x, x) * S
    possible = left > process.threshold**2
    section = np.where(possible, process.born_cross_section(np.where(possible, left, S)), 0.0)
    return float(NON_LOGARITHMIC * np.einsum("i,j,ij->", density, density, section) / len(t) ** 2)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("monopole_pair", {"mass": 2.0}),
        ("monopole_pair", {"mass": 5.0}),
        ("alp_invisible", {"mass": 6.0}),
        ("dark_photon_invisible", {"mass": 4.0}),
        ("dark_higgs_invisible", {"mass": 3.0, "higgs_mass": 2.0}),
    ],
)
def test_factor_is_that_of_direct_integration(name: str, parameters: dict[str, float]) -> None:
    process = make_process(name, **parameters)
    assert isinstance(process, TwoBodySignal)
    found = process.integrate(SQRT_S, np.random.default_rng(1), 200_000)
    # Where both beams radiate, photons at angles leave another mass than collinear ones; it shows where sigma is steep.
    tolerance = 0.02 if name == "dark_photon_invisible" else 0.01
    assert found.cross_section == pytest.approx(convolved(process), rel=tolerance)


def test_photons_follow_the_beams_and_the_events_balance() -> None:
    events = made("alp_invisible", 20_000, mass=1.0)
    radiated = events.momenta[:, 2:]
    hard = (events.pdg[:, 2:] == PHOTON) & (radiated[..., 0] > 0.1)
    collinear = np.abs(radiated[..., 3])[hard] / radiated[..., 0][hard] > np.cos(np.radians(5.0))
    # d(1 - beta cos)/(1 - beta cos) from 1 - beta = 4.7e-9: ln(0.0038/4.7e-9)/ln(2/4.7e-9) = 0.684 within 5 degrees.
    assert collinear.mean() == pytest.approx(0.684, abs=0.03)
    assert 0.02 < hard.any(axis=1).mean() < 0.4
    assert np.abs(events.momenta.sum(axis=1) - [SQRT_S, 0, 0, 0]).max() < 3e-3


def test_the_alp_keeps_its_mass_and_its_photon_its_energy_in_the_hard_frame() -> None:
    events = made("alp_invisible", 5_000, mass=1.0)
    pair = events.momenta[:, 0] + events.momenta[:, 1]
    squares = pair[:, 0] ** 2 - (pair[:, 1:] ** 2).sum(axis=1)
    product = events.momenta[:, 0] * events.momenta[:, 1] * np.array([1, -1, -1, -1])
    # p_gamma.p_a = (s' - m^2)/2 for whatever s' the beams leave.
    np.testing.assert_allclose(product.sum(axis=1), (squares - 1.0) / 2, rtol=1e-6, atol=1e-6)
