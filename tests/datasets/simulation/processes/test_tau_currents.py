"""Currents of tau decays: polarimeters and rates against what is known in closed form."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import NEUTRAL_PION_MASS, PION_MASS, TAU_MASS
from darkbelle.datasets.simulation.phase_space.boosts import boost_from_rest, direction, mass_squared
from darkbelle.datasets.simulation.phase_space.three_body import draw_three_bodies
from darkbelle.datasets.simulation.processes.tau_currents import (
    pair_current,
    rate_and_polarimeter,
    three_pion_current,
)
from darkbelle.datasets.simulation.processes.tau_decays import MODES
from numpy.typing import NDArray

Floats = NDArray[np.float64]
METRIC = np.array([1.0, -1.0, -1.0, -1.0])


def components(vectors: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the components of (n, 4) vectors, as the currents take them."""
    one, two, three, four = vectors.T
    return one, two, three, four


def decaying(q2: float, number: int, seed: int) -> tuple[Floats, Floats]:
    """Hadrons (n, 4) of mass^2 q2 recoiling evenly against a neutrino (n, 4), in the tau's rest frame."""
    generator = np.random.default_rng(seed)
    unit = direction(generator.uniform(-1, 1, number), generator.uniform(0, 2 * np.pi, number))
    energy = (TAU_MASS**2 + q2) / (2 * TAU_MASS)
    hadrons = np.concatenate([np.full((number, 1), energy), unit * (TAU_MASS - energy)], axis=1)
    return hadrons, np.array([TAU_MASS, 0, 0, 0]) - hadrons


def three_pions(q2: float, number: int) -> tuple[Floats, Floats]:
    """Three pions (n, 3, 4) and the neutrino (n, 4) in the tau's rest frame."""
    hadrons, neutrino = decaying(q2, number, 2)
    rest, _ = draw_three_bodies(np.full(number, np.sqrt(q2)), (PION_MASS,) * 3, np.random.default_rng(3))
    return boost_from_rest(rest, hadrons[:, np.newaxis]), neutrino


def test_a_single_pions_polarimeter_is_its_direction() -> None:
    hadrons, neutrino = decaying(PION_MASS**2, 500, 1)
    _, h = rate_and_polarimeter(components(hadrons.astype(complex)), components(neutrino))
    np.testing.assert_allclose(np.stack(h, axis=1), -neutrino[:, 1:] / neutrino[:, :1], atol=1e-7)


def test_two_pions_have_the_polarimeter_of_a_real_current() -> None:
    # h = M (2 (q.N) q - q^2 N)/(P.(...)), q the transverse difference of the pions' momenta, N the neutrino's
    hadrons, neutrino = decaying(0.6, 500, 1)
    rest, _ = draw_three_bodies(np.full(500, 0.9), (0.3, 0.3, 0.1), np.random.default_rng(2))
    difference = rest[:, 0] - rest[:, 1]
    difference[:, 0] = 0.0  # in the rest frame of the hadrons
    q = boost_from_rest(difference + np.array([1e-9, 0, 0, 0]), hadrons)
    _, h = rate_and_polarimeter(components(q.astype(complex)), components(neutrino))
    along, square = (q * METRIC * neutrino).sum(axis=1), (q**2 * METRIC).sum(axis=1)
    vector = 2 * along[:, np.newaxis] * q - square[:, np.newaxis] * neutrino
    np.testing.assert_allclose(np.stack(h, axis=1), vector[:, 1:] / vector[:, :1], atol=1e-6)


def test_rate_averaged_over_orientations_is_the_spectral_function_s() -> None:
    """-J.J* (m^2 - Q^2)(m^2 + 2 Q^2)/Q^2, whatever the current."""
    ratios = []
    for q2 in (0.5, 1.2, 2.4):
        pions, neutrino = three_pions(q2, 200_000)
        current = three_pion_current(*(components(pions[:, slot]) for slot in range(3)))
        rate, _ = rate_and_polarimeter(current, components(neutrino))
        strength = -(np.abs(np.stack(current, axis=1)) ** 2 * METRIC).sum(axis=1)
        ratios.append(rate.mean() / strength.mean() / ((TAU_MASS**2 - q2) * (TAU_MASS**2 + 2 * q2) / q2))
    np.testing.assert_allclose(ratios, ratios[0], rtol=0.01)


def test_currents_are_transverse_and_alike_pions_can_be_exchanged() -> None:
    pions, _ = three_pions(1.4, 1_000)
    total = pions.sum(axis=1)
    one, two, odd = (components(pions[:, slot]) for slot in range(3))
    current = np.stack(three_pion_current(one, two, odd), axis=1)
    np.testing.assert_allclose(current, np.stack(three_pion_current(two, one, odd), axis=1), rtol=1e-10)
    np.testing.assert_allclose((current * METRIC * total).sum(axis=1), 0.0, atol=1e-9)
    pair = np.stack(pair_current(one, two, (PION_MASS, PION_MASS), (0.775, 0.149)), axis=1)
    np.testing.assert_allclose((pair * METRIC * (pions[:, 0] + pions[:, 1])).sum(axis=1), 0.0, atol=1e-9)


@pytest.mark.parametrize(("index", "pair", "mass"), [(6, (1, 3), 0.775), (3, (1, 2), 0.775), (8, (1, 2), 0.892)])
def test_pairs_of_mesons_show_the_resonance(index: int, pair: tuple[int, int], mass: float) -> None:
    momenta, _ = MODES[index].draw(20_000, np.random.default_rng(5))
    invariant = np.sqrt(mass_squared(momenta[:, pair[0]] + momenta[:, pair[1]]))
    counts, edges = np.histogram(invariant, np.linspace(0.3, 1.3, 41))
    assert abs(edges[counts.argmax()] + 0.0125 - mass) < 0.04


def test_three_pions_have_the_mass_of_the_a1_in_tau_decays() -> None:
    momenta, polarimeter = MODES[6].draw(30_000, np.random.default_rng(6))
    mass = np.sqrt(mass_squared(momenta[:, 1:].sum(axis=1)))
    counts, edges = np.histogram(mass, np.linspace(0.5, 1.7, 25))
    # The line in tau decays peaks near 1.15 GeV (CLEO, Phys. Rev. D 61 (2000) 012002, figure 2: 1.1 to 1.2).
    assert 1.05 < edges[counts.argmax()] + 0.025 < 1.25
    np.testing.assert_allclose(np.linalg.norm(polarimeter, axis=1), 1.0, rtol=1e-9)
    # Pions of the a1 carry a part of the polarisation: the mean h along the hadrons is (m^2 - 2 Q^2)/(m^2 + 2 Q^2).
    hadrons = momenta[:, 1:].sum(axis=1)[:, 1:]
    along = (polarimeter * hadrons).sum(axis=1) / np.linalg.norm(hadrons, axis=1)
    expected = ((TAU_MASS**2 - 2 * mass**2) / (TAU_MASS**2 + 2 * mass**2)).mean()
    assert along.mean() == pytest.approx(expected, abs=0.015)
    assert mass.min() > 3 * min(PION_MASS, NEUTRAL_PION_MASS)
