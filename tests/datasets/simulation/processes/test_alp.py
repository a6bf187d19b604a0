"""Axion-like particles: cross section, angle, and a decay length that follows from mass and coupling."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, PHOTON
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.alp import AlpTwoPhoton, width
from scipy.stats import kstest
from signal_events import SQRT_S, cosine, integral_of, made, polynomial_probability


@pytest.mark.parametrize("mass", [0.2, 1.0, 3.0, 6.0, 9.0])
def test_born_cross_section_follows_the_formula(mass: float) -> None:
    # sigma = (g^2 alpha/24)(1 - m^2/s)^3 in nb, g in GeV^-1.
    closed = 1e-6 * ALPHA / 24 * (1 - mass**2 / SQRT_S**2) ** 3 * 0.3893794e6
    for name in ("alp_two_photon", "alp_invisible"):
        found = integral_of(name, mass=mass, coupling=1e-3, isr=False)
        assert found.cross_section == found.born == pytest.approx(closed, rel=1e-6)


def test_radiation_changes_the_cross_section_by_a_tabulated_factor() -> None:
    # sigma does not depend on s for a light ALP: the structure functions of both beams integrate to 1 + O(alpha).
    found = integral_of("alp_invisible", mass=0.2, coupling=1e-3)
    assert found.born is not None
    assert found.cross_section / found.born == pytest.approx(1.0, abs=0.015)
    heavy = integral_of("alp_invisible", mass=9.0, coupling=1e-3)
    assert heavy.born is not None
    assert heavy.cross_section / heavy.born < 0.85


def test_photon_follows_one_plus_cosine_squared() -> None:
    events = made("alp_invisible", 50_000, mass=2.0, isr=False)
    assert polynomial_probability(cosine(events.momenta[:, 0]), 1.0, 1.0) > 1e-3


@pytest.mark.parametrize(("mass", "coupling"), [(0.1, 1e-4), (0.5, 1e-4), (1.0, 1e-5), (3.0, 1e-3), (0.2, 1e-2)])
def test_decay_length_follows_from_mass_and_coupling(mass: float, coupling: float) -> None:
    # c tau = 64 pi hbar c/(g^2 m^3): 3.97 cm at 0.1 GeV and 1e-3 GeV^-1; times p/m in the CM frame.
    lifetime = 64 * np.pi * 1.9732698e-14 / (coupling**2 * mass**3)
    process = AlpTwoPhoton(mass=mass, coupling=coupling, isr=False)
    assert process.lifetime == pytest.approx(lifetime, rel=1e-6)
    events = made("alp_two_photon", 20_000, mass=mass, coupling=coupling, isr=False)
    assert events.vertices is not None
    flown = np.linalg.norm(events.vertices[:, 2], axis=1)
    momentum = (SQRT_S**2 - mass**2) / (2 * SQRT_S)
    assert kstest(flown / (lifetime * momentum / mass), "expon").pvalue > 1e-3
    along = (events.vertices[:, 2] * events.momenta[:, 1, 1:]).sum(axis=1) / flown / momentum
    np.testing.assert_allclose(along, 1.0, atol=1e-9)
    assert not events.vertices[:, :2].any()


def test_width_at_a_point() -> None:
    assert width(1.0, 1e-3) == pytest.approx(1e-6 / (64 * np.pi), rel=1e-12)


def test_daughters_are_two_photons_of_the_alp_s_mass() -> None:
    events = made("alp_two_photon", 1000, mass=0.5)
    assert (events.pdg[:, 2:4] == PHOTON).all()
    pair = events.momenta[:, 2] + events.momenta[:, 3]
    np.testing.assert_allclose(pair[:, 0] ** 2 - (pair[:, 1:] ** 2).sum(axis=1), 0.25, rtol=1e-6)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [({"mass": 0.0}, "mass must be positive"), ({"mass": 1.0, "coupling": -1e-3}, "coupling must be positive")],
)
def test_impossible_alps_are_refused(wanted: dict[str, float], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("alp_two_photon", **wanted)
