"""A dark photon that decays to pairs: widths, cross sections and the angles that its polarisation gives."""

from itertools import product

import numpy as np
import pytest
from darkbelle.datasets.simulation.amplitudes.annihilation import photon_and_vector
from darkbelle.datasets.simulation.amplitudes.emission import annihilation_with_photon, creation_currents
from darkbelle.datasets.simulation.amplitudes.spinors import dot, squared_modulus, transverse_polarisations
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest
from darkbelle.datasets.simulation.phase_space.two_body import beams
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.dark_photon_widths import (
    branching_fraction,
    hadronic_ratio,
    lepton_width,
    total_width,
)
from darkbelle.datasets.simulation.processes.vector_decay import radiation_tensor
from scipy.stats import kstest
from signal_events import SQRT_S, cosine, integral_of, made


def test_widths_follow_their_formula() -> None:
    # (alpha m/3) sqrt(1 - 4r) (1 + 2r) at m = 1 GeV, r = 0.011164: 2.4325e-3 * 0.97740 * 1.02233.
    assert lepton_width(1.0, MUON_MASS) == pytest.approx(2.4306e-3, rel=1e-4)
    assert lepton_width(0.2, MUON_MASS) == 0.0
    assert lepton_width(3.0, ELECTRON_MASS) == pytest.approx(ALPHA, rel=1e-6)


@pytest.mark.parametrize(
    ("mass", "fraction"),
    # Below two muons all are electrons; at 0.5 GeV two pions take a part; far above, 1/(3 + R) with R about 3.4.
    [(0.1, 1.0), (0.5, 0.41), (2.0, 0.245), (5.0, 0.17)],
)
def test_fraction_to_electrons_is_that_of_published_curves(mass: float, fraction: float) -> None:
    assert branching_fraction(mass, "ee") == pytest.approx(fraction, rel=0.08)


def test_fractions_share_the_width_and_the_rho_dominates_at_its_mass() -> None:
    assert hadronic_ratio(0.77) > 8.0
    assert branching_fraction(0.77, "pipi") > 0.7
    parts = sum(branching_fraction(0.6, each) for each in ("ee", "mumu", "pipi"))
    assert parts == pytest.approx(1.0, abs=2e-3)
    assert total_width(0.6) > lepton_width(0.6, MUON_MASS) + lepton_width(0.6, ELECTRON_MASS)


@pytest.mark.parametrize("mass", [0.3, 1.5, 4.0, 7.0, 9.5])
def test_cross_section_is_production_times_branching_fraction(mass: float) -> None:
    # sigma = (4 pi alpha^2/(s x)) [(2 - 2x + x^2) 2 artanh c - x^2 c] BR, in nb.
    x = 1 - mass**2 / SQRT_S**2
    bracket = (2 - 2 * x + x**2) * 2 * np.arctanh(0.95) - x**2 * 0.95
    closed = 4 * np.pi * ALPHA**2 / (SQRT_S**2 * x) * bracket * 0.3893794e6
    found = integral_of("dark_photon_visible", mass=mass, isr=False)
    assert found.cross_section == pytest.approx(closed * branching_fraction(mass, "mumu"), rel=1e-6)


def test_angles_of_the_pair_have_the_density_of_the_tree_amplitude() -> None:
    """Event by event |sum over polarisations of production times decay|^2 is the density drawn from, m_e aside."""
    mass = 2.0
    events = made("dark_photon_visible", 2000, mass=mass, isr=False, maximum_cosine=0.9)
    photon, vector, lepton, antilepton = (tuple(events.momenta[:, slot].T) for slot in range(4))
    electron, positron = (tuple(np.tile(beam, (len(events), 1)).T) for beam in beams(SQRT_S, ELECTRON_MASS))
    pair = creation_currents(lepton, antilepton, MUON_MASS)
    whole = np.zeros(len(events))
    for polarisation in transverse_polarisations(photon):
        production = annihilation_with_photon(electron, positron, ELECTRON_MASS, photon, polarisation)
        for i, j, k, spin in product(range(2), repeat=4):
            whole += squared_modulus(dot(production[i][j], pair[k][spin]))
    alone = photon_and_vector(electron, positron, photon, vector, ELECTRON_MASS, mass)
    momenta = events.momenta[:, 1]
    tensor = radiation_tensor(momenta, np.full(len(events), SQRT_S))
    rest = boost_to_rest(events.momenta[:, 2], momenta)[:, 1:]
    unit = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    trace = np.einsum("nii->n", tensor)
    density = 1 - (1 - 4 * MUON_MASS**2 / mass**2) * np.einsum("ni,nij,nj->n", unit, tensor, unit) / trace
    ratio = whole / alone / density
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-4)


def test_two_pions_avoid_the_beams_where_the_photon_is_soft() -> None:
    events = made("dark_photon_visible", 40_000, mass=8.0, decay_to="pipi", isr=False)
    # Transverse to the beams when the photon is soft: sin^2 about the beams for two scalars.
    lab = events.momenta[:, 2]
    assert np.mean(cosine(lab) ** 2) < 0.25


def test_decay_length_follows_from_mass_and_mixing() -> None:
    # Below two muons Gamma = alpha eps^2 m/3: c tau = 0.811 cm at 0.1 GeV and 1e-5, flown p/m times in the CM frame.
    lifetime = 1.9732698e-14 * 3 / (ALPHA * 1e-10 * 0.1)
    events = made("dark_photon_visible", 20_000, mass=0.1, decay_to="ee", coupling=1e-5, isr=False)
    assert events.vertices is not None
    flown = np.linalg.norm(events.vertices[:, 2], axis=1)
    momentum = (SQRT_S**2 - 0.01) / (2 * SQRT_S)
    assert kstest(flown / (lifetime * momentum / 0.1), "expon").pvalue > 1e-3
    assert made("dark_photon_visible", 10, mass=0.1, decay_to="ee", isr=False).vertices is None
    weak, full = (integral_of("dark_photon_visible", mass=1.0, coupling=e, isr=False) for e in (1e-5, 1.0))
    assert weak.cross_section == pytest.approx(1e-10 * full.cross_section)


def test_pairs_that_cannot_be_are_refused() -> None:
    with pytest.raises(ProcessError, match=r"mass 0\.2 GeV is below the threshold of mumu"):
        make_process("dark_photon_visible", mass=0.2)
    with pytest.raises(ProcessError, match="unknown decay 'nunu'"):
        make_process("dark_photon_visible", mass=0.2, decay_to="nunu")
