"""The compiled loops give what the same source gives on NumPy arrays, and amplitudes are what physics demands."""

from collections.abc import Callable

import numpy as np
import pytest
from darkbelle.datasets.simulation.amplitudes import annihilation, emission, four_leptons, kernels
from darkbelle.datasets.simulation.amplitudes.invariants import momentum_transfer, product_with_photon
from darkbelle.datasets.simulation.amplitudes.spinors import (
    ANTIPARTICLE,
    PARTICLE,
    adjoint,
    contract,
    external_spinor,
    slash,
)
from darkbelle.datasets.simulation.constants import ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.phase_space.two_body import beams
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

SQRT_S = 10.579
Squares = Callable[..., NDArray[np.float64]]

CASES = [
    (kernels.lepton_pair_squares, annihilation.lepton_pair, [MUON_MASS] * 2, (ELECTRON_MASS, MUON_MASS)),
    (kernels.two_photon_squares, annihilation.two_photons, [0.0] * 2, (ELECTRON_MASS,)),
    (kernels.photon_and_vector_squares, annihilation.photon_and_vector, [0.0, 1.0], (ELECTRON_MASS, 1.0)),
    (kernels.three_photon_squares, annihilation.three_photons, [0.0] * 3, (ELECTRON_MASS,)),
    (
        kernels.lepton_pair_and_photon_squares,
        emission.lepton_pair_and_photon,
        [MUON_MASS, MUON_MASS, 0.0],
        (ELECTRON_MASS, MUON_MASS),
    ),
    (
        kernels.lepton_pair_and_vector_squares,
        emission.lepton_pair_and_vector,
        [MUON_MASS, MUON_MASS, 1.0],
        (ELECTRON_MASS, MUON_MASS, 1.0),
    ),
    (
        kernels.electron_pair_and_photon_squares,
        emission.electron_pair_and_photon,
        [ELECTRON_MASS, ELECTRON_MASS, 0.0],
        (ELECTRON_MASS,),
    ),
    (kernels.four_lepton_squares, four_leptons.four_leptons, [MUON_MASS] * 4, (ELECTRON_MASS, MUON_MASS)),
]


def events_of(masses: list[float], number: int) -> NDArray[np.float64]:
    """Draw even phase space with the beams in front."""
    momenta, _ = rambo(SQRT_S, masses, number, np.random.default_rng(1))
    return np.concatenate([np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (number, 2, 4)), momenta], axis=1)


def columns(events: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], ...]]:
    """Return each particle's four components as arrays over events."""
    return [tuple(events[:, particle, i] for i in range(4)) for particle in range(events.shape[1])]


@pytest.mark.parametrize(("loop", "source", "masses", "parameters"), CASES)
def test_compiled_loop_agrees_with_numpy(
    loop: Squares, source: Squares, masses: list[float], parameters: tuple[float, ...]
) -> None:
    events = events_of(masses, 300)
    np.testing.assert_allclose(loop(events, *parameters), source(*columns(events), *parameters), rtol=1e-12)


@pytest.mark.parametrize(("loop", "source", "masses", "parameters"), CASES)
def test_squares_do_not_change_under_a_rotation_about_the_beams(
    loop: Squares, source: Squares, masses: list[float], parameters: tuple[float, ...]
) -> None:
    del source
    events = events_of(masses, 100)
    turned = events.copy()
    turned[..., 1], turned[..., 2] = (
        0.6 * events[..., 1] - 0.8 * events[..., 2],
        0.8 * events[..., 1] + 0.6 * events[..., 2],
    )
    np.testing.assert_allclose(loop(turned, *parameters), loop(events, *parameters), rtol=1e-9)


def test_three_photons_are_interchangeable() -> None:
    events = events_of([0.0] * 3, 100)
    expected = kernels.three_photon_squares(events, ELECTRON_MASS)
    shuffled = kernels.three_photon_squares(events[:, [0, 1, 4, 2, 3]].copy(), ELECTRON_MASS)
    np.testing.assert_allclose(shuffled, expected, rtol=1e-10)


def test_charge_conjugation_and_parity_leave_radiative_bhabha_alone() -> None:
    events = events_of([ELECTRON_MASS, ELECTRON_MASS, 0.0], 100)
    # e- and e+ swap, and all momenta turn round: the beams stay what they are.
    mirrored = events[:, [1, 0, 3, 2, 4]] * np.array([1.0, -1.0, -1.0, -1.0])
    np.testing.assert_allclose(
        kernels.electron_pair_and_photon_squares(mirrored, ELECTRON_MASS),
        kernels.electron_pair_and_photon_squares(events, ELECTRON_MASS),
        rtol=1e-9,
    )


momenta = st.tuples(*[st.floats(-5.0, 5.0).filter(lambda x: abs(x) > 1e-3)] * 3)


@given(momenta, st.floats(1e-3, 5.0), st.sampled_from([PARTICLE, ANTIPARTICLE]), st.sampled_from([1, -1]))
def test_spinors_solve_diracs_equation(
    vector: tuple[float, float, float], mass: float, kind: int, handedness: int
) -> None:
    momentum = (float(np.sqrt(np.dot(vector, vector) + mass**2)), *vector)
    spinor = external_spinor(momentum, mass, handedness, kind)
    # (pslash - m) u = 0, (pslash + m) v = 0
    np.testing.assert_allclose(slash(momentum, spinor), kind * mass * np.array(spinor), atol=1e-11)
    # ubar u = 2 m, vbar v = -2 m
    assert contract(adjoint(spinor), spinor).real == pytest.approx(2.0 * kind * mass, rel=1e-9)


@given(st.floats(1e-7, 3.0), st.floats(0.01, 5.0))
def test_product_with_a_collinear_photon_keeps_its_digits(angle: float, energy: float) -> None:
    beam = beams(SQRT_S, ELECTRON_MASS)[0]
    photon = (energy, energy * np.sin(angle), 0.0, energy * np.cos(angle))
    # E k [1 - b cos] = E k [(1 - b) + 2 b sin^2(angle/2)], 1 - b = (m/E)^2/(1 + b)
    velocity = beam[3] / beam[0]
    gap = (ELECTRON_MASS / beam[0]) ** 2 / (1.0 + velocity)
    expected = beam[0] * energy * (gap + 2.0 * velocity * np.sin(0.5 * angle) ** 2)
    assert product_with_photon(tuple(beam), ELECTRON_MASS, photon) == pytest.approx(expected, rel=1e-8)


def test_smallest_momentum_transfer_keeps_its_digits() -> None:
    energies = np.array([5.2895, 4.0, 1.0, 0.1])
    first = tuple(beams(SQRT_S, ELECTRON_MASS)[0])
    second = (energies, 0 * energies, 0 * energies, np.sqrt(energies**2 - ELECTRON_MASS**2))
    # Forward, to leading order in the mass: -m^2 (E - E')^2/(E E')
    expected = -(ELECTRON_MASS**2) * (first[0] - energies) ** 2 / (first[0] * energies)
    np.testing.assert_allclose(momentum_transfer(first, second, ELECTRON_MASS)[1:], expected[1:], rtol=1e-4)
