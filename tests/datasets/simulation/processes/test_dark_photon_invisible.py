"""The dark photon's cross section, angle and kinematics against closed forms."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.dark_photon import production_cross_section
from darkbelle.datasets.simulation.processes.dark_photon_invisible import DarkPhotonInvisible
from scipy.stats import chisquare

SQRT_S = 10.579
COSINE = float(np.cos(np.radians(20.0)))


@pytest.mark.parametrize(("mass", "expected"), [(0.1, 5.893), (1.0, 5.985), (5.0, 9.223), (9.0, 43.94)])
def test_cross_section_at_mixing_one_between_20_and_160_degrees(mass: float, expected: float) -> None:
    # In nb; the same from the tree amplitude is 5.860, 5.977, 9.223 and 43.85 with 0.2 % errors.
    assert production_cross_section(mass, SQRT_S**2, COSINE) == pytest.approx(expected, rel=1.5e-3)


def test_massless_limit_is_the_two_photon_form() -> None:
    # (2 pi alpha^2/s) (1 + cos^2)/sin^2 integrated over |cos| < c: (4 pi alpha^2/s) (2 artanh c - c).
    closed = 4 * np.pi / 137.036**2 / SQRT_S**2 * (2 * np.arctanh(COSINE) - COSINE) * 0.3893794e6
    assert production_cross_section(0.0, SQRT_S**2, COSINE) == pytest.approx(closed, rel=1e-5)


@pytest.mark.parametrize("mass", [0.1, 5.0, 9.0])
def test_angular_distribution_follows_the_formula(mass: float) -> None:
    process = DarkPhotonInvisible(mass=mass, maximum_cosine=0.9, isr=False)
    events = process.generate(
        SQRT_S, 100_000, process.integrate(SQRT_S, np.random.default_rng(1)), np.random.default_rng(2)
    )
    cosine = events.momenta[:, 0, 3] / events.momenta[:, 0, 0]
    edges = np.linspace(-0.9, 0.9, 19)
    counts, _ = np.histogram(cosine, edges)
    x = 1 - mass**2 / SQRT_S**2
    primitive = (2 - 2 * x + x**2) * np.arctanh(edges) - x**2 * edges / 2
    expected = np.diff(primitive) / (primitive[-1] - primitive[0]) * 100_000
    assert chisquare(counts, expected).pvalue > 1e-3


def test_photon_energy_and_recoil_mass_are_those_of_a_two_body_decay() -> None:
    process = make_process("dark_photon_invisible", mass=3.0, isr=False)
    generator = np.random.default_rng(3)
    momenta = process.generate(SQRT_S, 1000, process.integrate(SQRT_S, generator), generator).momenta
    # E* = (s - m^2)/(2 sqrt s)
    np.testing.assert_allclose(momenta[:, 0, 0], (SQRT_S**2 - 9.0) / (2 * SQRT_S))
    np.testing.assert_allclose(momenta[:, 1, 0] ** 2 - (momenta[:, 1, 1:] ** 2).sum(axis=1), 9.0)
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (1000, 1)), atol=1e-12)


def test_dark_matter_carries_the_dark_photon_s_momentum() -> None:
    process = make_process("dark_photon_invisible", mass=4.0, dark_mass=1.5)
    generator = np.random.default_rng(4)
    events = process.generate(SQRT_S, 1000, process.integrate(SQRT_S, generator), generator)
    assert (events.pdg[:, 2:4] == [52, -52]).all()
    assert (events.mothers[:, 2:4] == 1).all()
    np.testing.assert_allclose(events.momenta[:, 2] + events.momenta[:, 3], events.momenta[:, 1], atol=1e-9)
    np.testing.assert_allclose(events.momenta[:, 2, 0] ** 2 - (events.momenta[:, 2, 1:] ** 2).sum(axis=1), 2.25)
    with pytest.raises(ProcessError, match="below the threshold of chichi"):
        make_process("dark_photon_invisible", mass=2.0, dark_mass=1.5)


def test_a_mass_beyond_the_collision_energy_is_refused() -> None:
    process = make_process("dark_photon_invisible", mass=11.0)
    with pytest.raises(ProcessError, match="beyond sqrt"):
        process.integrate(SQRT_S, np.random.default_rng(1))
