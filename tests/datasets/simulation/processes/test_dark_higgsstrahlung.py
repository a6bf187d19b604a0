"""Dark Higgsstrahlung: cross section, production angle, and the correlated decays of h' -> A'A'."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, MUON, MUON_MASS
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.dark_photon_widths import branching_fraction
from signal_events import SQRT_S, cosine, helicity_cosine, integral_of, made, polynomial_probability

S: float = SQRT_S**2


def kallen(mass: float, higgs_mass: float) -> float:
    a, b = mass**2 / S, higgs_mass**2 / S
    return float(1 + a**2 + b**2 - 2 * a - 2 * b - 2 * a * b)


@pytest.mark.parametrize(("mass", "higgs_mass"), [(0.3, 1.0), (1.0, 4.0), (2.0, 0.5), (5.0, 3.0), (4.0, 6.0)])
def test_born_cross_section_follows_the_formula(mass: float, higgs_mass: float) -> None:
    # (pi alpha alpha_D/(3 s)) (1 - m_A^2/s)^-2 sqrt(lambda) [lambda + 12 m_A^2/s] BR(A' -> mumu), in nb.
    lam = kallen(mass, higgs_mass)
    closed = np.pi * ALPHA / (3 * S) * np.sqrt(lam) * (lam + 12 * mass**2 / S) / (1 - mass**2 / S) ** 2 * 0.3893794e6
    found = integral_of("dark_higgs_invisible", mass=mass, higgs_mass=higgs_mass, isr=False)
    assert found.cross_section == pytest.approx(closed * branching_fraction(mass, "mumu"), rel=1e-5)


@pytest.mark.parametrize(("mass", "higgs_mass"), [(0.5, 1.0), (4.0, 1.0), (2.0, 7.0)])
def test_production_angle(mass: float, higgs_mass: float) -> None:
    lam = kallen(mass, higgs_mass)
    events = made("dark_higgs_invisible", 50_000, mass=mass, higgs_mass=higgs_mass, isr=False)
    assert polynomial_probability(cosine(events.momenta[:, 0]), lam + 8 * mass**2 / S, -lam) > 1e-3


def mean_square(helicity_zero: float, mass: float) -> float:
    """Give <cos^2> of muons about the flight of an A', a share of which has helicity 0 and the rest +-1.

    The angles follow 1 - beta^2 cos^2 and 2 - beta^2 sin^2.
    """
    beta2 = 1 - 4 * MUON_MASS**2 / mass**2
    zero = (1 / 3 - beta2 / 5) / (1 - beta2 / 3)
    one = (2 / 3 - beta2 * (1 / 3 - 1 / 5)) / (2 - beta2 * 2 / 3)
    return float(helicity_zero * zero + (1 - helicity_zero) * one)


def test_light_dark_photons_are_longitudinal() -> None:
    # lambda of lambda + 12 m^2/s, and a third of the rest.
    events = made("dark_higgs_invisible", 40_000, mass=1.0, higgs_mass=2.0, isr=False)
    angles = helicity_cosine(events.momenta[:, 2], events.momenta[:, 0])
    transverse = 2 / 3 * (12 / S) / (kallen(1.0, 2.0) + 12 / S)
    assert np.mean(angles**2) == pytest.approx(mean_square(1 - transverse, 1.0), abs=0.01)


@pytest.mark.parametrize("higgs_mass", [6.0, 2.02])
def test_dark_photons_of_a_heavy_higgs_are_longitudinal_and_those_at_rest_are_even(higgs_mass: float) -> None:
    """The amplitude stretches the flight by kappa = gamma^2 (1 + beta^2): helicity 0 has kappa^2 of 2 + kappa^2."""
    events = made("dark_higgs_visible", 30_000, mass=1.0, higgs_mass=higgs_mass, isr=False)
    kappa = 2 * (higgs_mass / 2) ** 2 - 1
    muons = np.abs(events.pdg[:, 6]) == MUON
    higgs, vector, muon = (events.momenta[muons, slot] for slot in (1, 4, 6))
    angles = helicity_cosine(boost_to_rest(muon, higgs), boost_to_rest(vector, higgs))
    assert np.mean(angles**2) == pytest.approx(mean_square(kappa**2 / (2 + kappa**2), 1.0), abs=0.012)


def test_three_pairs_have_the_dark_photon_s_mass() -> None:
    events = made("dark_higgs_visible", 500, mass=0.8, higgs_mass=3.0)
    for slots in ((2, 3), (6, 7), (8, 9)):
        pair = events.momenta[:, slots[0]] + events.momenta[:, slots[1]]
        np.testing.assert_allclose(pair[:, 0] ** 2 - (pair[:, 1:] ** 2).sum(axis=1), 0.64, rtol=1e-6)


def test_a_higgs_too_light_for_two_dark_photons_is_refused() -> None:
    with pytest.raises(ProcessError, match=r"below two A' of 1\.0 GeV"):
        make_process("dark_higgs_visible", mass=1.0, higgs_mass=1.5)
    with pytest.raises(ProcessError, match=r"beyond sqrt\(s\)"):
        integral_of("dark_higgs_invisible", mass=6.0, higgs_mass=5.0)
