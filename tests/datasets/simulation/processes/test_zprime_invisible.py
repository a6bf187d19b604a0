"""Muon pairs with a Z': cross sections of the tree amplitude, exact kinematics, independent phase space."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.amplitudes.kernels import lepton_pair_and_vector_squares
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS, NANOBARN
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.phase_space.two_body import beams
from darkbelle.datasets.simulation.processes import ProcessError, make_process

SQRT_S = 10.579
# An independent program's cross sections at coupling 1 in pb; it quotes three digits without errors.
REFERENCE = {0.1: 561, 0.5: 202, 1.0: 99.3, 2.0: 34.6, 4.0: 5.46, 6.0: 0.664, 8.0: 0.0309}


@pytest.mark.parametrize("mass", REFERENCE)
def test_cross_section_agrees_with_an_independent_calculation(mass: float) -> None:
    integral = make_process("zprime_invisible", mass=mass, isr=False).integrate(
        SQRT_S, np.random.default_rng(1), 50_000
    )
    assert integral.error < 0.004 * integral.cross_section
    assert integral.cross_section * 1e3 == pytest.approx(REFERENCE[mass], rel=0.015)


@pytest.mark.parametrize("mass", [1.0, 6.0])
def test_cross_section_agrees_with_even_phase_space(mass: float) -> None:
    generator = np.random.default_rng(2)
    momenta, volume = rambo(SQRT_S, (MUON_MASS, MUON_MASS, mass), 200_000, generator)
    both = np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (len(momenta), 2, 4))
    squares = lepton_pair_and_vector_squares(np.concatenate([both, momenta], axis=1), ELECTRON_MASS, MUON_MASS, mass)
    weights = squares * volume * (4 * np.pi * ALPHA) ** 2 / (2 * SQRT_S**2) * NANOBARN
    integral = make_process("zprime_invisible", mass=mass, isr=False).integrate(SQRT_S, generator, 100_000)
    error = np.hypot(integral.error, weights.std() / np.sqrt(len(weights)))
    assert abs(integral.cross_section - weights.mean()) < 4.0 * error
    assert error < 0.006 * weights.mean()


def test_events_are_unweighted_and_exact() -> None:
    process = make_process("zprime_invisible", mass=2.0, isr=False)
    generator = np.random.default_rng(3)
    events = process.generate(SQRT_S, 20_000, process.integrate(SQRT_S, generator), generator)
    assert len(events) == 20_000
    assert (events.weights == 1.0).mean() > 0.99
    np.testing.assert_allclose(events.momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (20_000, 1)), atol=1e-9)
    np.testing.assert_allclose(
        mass_squared(events.momenta), np.tile([MUON_MASS**2, MUON_MASS**2, 4.0], (20_000, 1)), atol=1e-8
    )
    assert set(events.pdg[0]) == {13, -13, 32}
    # Charge conjugation: mu- and mu+ have the same mean energy, forward and backward are alike.
    energies = events.momenta[:, :2, 0]
    assert abs((energies[:, 0] - energies[:, 1]).mean()) < 4 * (energies[:, 0] - energies[:, 1]).std() / np.sqrt(20_000)
    assert abs((events.momenta[:, 0, 3] > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(20_000)


def test_a_mass_out_of_reach_is_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="mass must be positive"):
        make_process("zprime_invisible", mass=0.0)
    with pytest.raises(ProcessError, match="beyond sqrt"):
        make_process("zprime_invisible", mass=10.5).integrate(SQRT_S, np.random.default_rng(1))
