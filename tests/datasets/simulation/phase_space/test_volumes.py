"""Every way of drawing momenta conserves four-momentum, keeps masses and integrates to the same volumes."""

from collections.abc import Callable

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.phase_space.lost_electrons import (
    density_of_lost_electrons,
    draw_lost_electrons,
)
from darkbelle.datasets.simulation.phase_space.pair_and_photon import draw_pair_and_photon
from darkbelle.datasets.simulation.phase_space.rambo import massless_volume, rambo
from darkbelle.datasets.simulation.phase_space.three_photons import draw_three_photons
from darkbelle.datasets.simulation.phase_space.two_body import breakup_momentum, two_body_volume
from darkbelle.datasets.simulation.phase_space.visible_electrons import (
    density_of_visible_electrons,
    draw_visible_electrons,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

SQRT_S = 10.579
Floats = NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], tuple[Floats, Floats]]

ANGLES = (np.radians(30.0), np.radians(150.0))


def lost_electrons(number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    momenta = draw_lost_electrons(SQRT_S, 0.5, ANGLES, number, generator)
    return momenta, 1.0 / density_of_lost_electrons(momenta, SQRT_S, 0.5, ANGLES)


def visible_electrons(number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    momenta = draw_visible_electrons(SQRT_S, 0.5, ANGLES[0], number, generator)
    return momenta, 1.0 / density_of_visible_electrons(momenta, SQRT_S, 0.5, ANGLES[0])


CHANNELS: list[tuple[Draw, list[float]]] = [
    (lambda n, rng: draw_three_photons(SQRT_S, 0.5, n, rng), [0.0, 0.0, 0.0]),
    (lambda n, rng: draw_pair_and_photon(SQRT_S, MUON_MASS, 0.5, n, rng), [MUON_MASS, MUON_MASS, 0.0]),
    (lost_electrons, [ELECTRON_MASS, ELECTRON_MASS, 0.0]),
    (visible_electrons, [ELECTRON_MASS, ELECTRON_MASS, 0.0]),
]


def visible(momenta: Floats) -> NDArray[np.bool_]:
    """Choose a region that every channel covers, symmetric in the particles: above 0.5 GeV at 30 to 150 degrees."""
    angles = np.abs(momenta[..., 3]) < momenta[..., 0] * np.cos(np.radians(30.0))
    mask: NDArray[np.bool_] = (angles & (momenta[..., 0] > 0.5)).all(axis=1)
    return mask


def smooth(momenta: Floats) -> Floats:
    """Return a test function that falls with the particles' transverse momenta, symmetric in them."""
    transverse = (momenta[..., 1:3] ** 2).sum(axis=-1)
    return np.asarray(1.0 / (transverse + 1.0).prod(axis=1), dtype=np.float64)


@pytest.mark.parametrize(("draw", "masses"), CHANNELS)
def test_channel_integrates_a_peaked_function_as_rambo_does(draw: Draw, masses: list[float]) -> None:
    generator = np.random.default_rng(1)
    results = []
    for momenta, volume in (draw(1_500_000, generator), rambo(SQRT_S, masses, 400_000, generator)):
        values = volume * smooth(momenta) * visible(momenta)
        results.append((values.mean(), values.std() / np.sqrt(len(values))))
    (channel, error), (reference, reference_error) = results
    assert error < 0.01 * channel
    assert abs(channel - reference) < 4.0 * np.hypot(error, reference_error)


@pytest.mark.parametrize(("draw", "masses"), CHANNELS)
def test_channel_conserves_four_momentum_on_the_mass_shell(draw: Draw, masses: list[float]) -> None:
    momenta, volume = draw(5_000, np.random.default_rng(2))
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (5_000, 1)), atol=1e-9)
    np.testing.assert_allclose(mass_squared(momenta), np.tile(np.square(masses), (5_000, 1)), atol=1e-6)
    assert (volume > 0.0).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 1.5), min_size=2, max_size=5), st.integers(0, 1000))
def test_rambo_conserves_four_momentum_on_the_mass_shell(masses: list[float], seed: int) -> None:
    momenta, _ = rambo(SQRT_S, masses, 50, np.random.default_rng(seed))
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (50, 1)), atol=1e-9)
    np.testing.assert_allclose(mass_squared(momenta), np.tile(np.square(masses), (50, 1)), atol=1e-7)


@pytest.mark.parametrize("masses", [(0.0, 0.0), (0.1, 1.7), (4.0, 5.0)])
def test_rambo_has_the_two_body_volume(masses: tuple[float, float]) -> None:
    _, weights = rambo(SQRT_S, masses, 2_000, np.random.default_rng(3))
    # |p|/(4 pi sqrt s): 1/(8 pi) for massless particles
    momentum = breakup_momentum(np.array(SQRT_S), *masses)
    np.testing.assert_allclose(weights, float(two_body_volume(np.array(SQRT_S), momentum)), rtol=1e-9)


def test_massless_volumes_are_the_closed_ones() -> None:
    assert massless_volume(2, SQRT_S) == pytest.approx(1.0 / (8.0 * np.pi))
    # s/(2 (4 pi)^3 ... ) = s/(256 pi^3)
    assert massless_volume(3, SQRT_S) == pytest.approx(SQRT_S**2 / (256.0 * np.pi**3))


def test_rambo_has_the_three_body_volume_of_a_heavy_and_two_light_particles() -> None:
    mass = 5.0
    _, weights = rambo(SQRT_S, (mass, 0.0, 0.0), 200_000, np.random.default_rng(4))
    r = mass**2 / SQRT_S**2
    # s/(256 pi^3) (1 - r^2 + 2 r ln r)
    closed = SQRT_S**2 / (256.0 * np.pi**3) * (1.0 - r**2 + 2.0 * r * np.log(r))
    assert weights.mean() == pytest.approx(closed, rel=3e-3)
