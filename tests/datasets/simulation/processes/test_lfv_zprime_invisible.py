"""e mu Z': an amplitude with conserved currents, a sampler that integrates it right, both charges."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.amplitudes.dark_vector import (
    created_flavours,
    electron_muon_and_vector_squares,
    scattered_flavours,
)
from darkbelle.datasets.simulation.amplitudes.emission import creation_with_vector
from darkbelle.datasets.simulation.amplitudes.spinors import dot, longitudinal_polarisation, transverse_polarisations
from darkbelle.datasets.simulation.constants import ALPHA, ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.phase_space.two_body import beams_of
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from signal_events import SQRT_S, cosine, integral_of, made

MASSES = (ELECTRON_MASS, MUON_MASS, 2.0)


def test_currents_are_conserved() -> None:
    """q.J of the photon vanishes only if both propagators, their masses and signs are right."""
    out, _ = rambo(SQRT_S, MASSES, 50, np.random.default_rng(1))
    beams = beams_of(np.full(50, SQRT_S), ELECTRON_MASS)
    electron, muon, vector = (tuple(out[:, slot].T) for slot in range(3))
    positron = tuple(beams[:, 1].T)
    made_of = tuple((out[:, 0] + out[:, 1] + out[:, 2]).T)
    taken = tuple((out[:, 1] + out[:, 2] - beams[:, 1]).T)
    for polarisation in (*transverse_polarisations(vector), longitudinal_polarisation(vector, 2.0)):
        for table, flow in (
            (created_flavours(electron, muon, vector, polarisation, MASSES), made_of),
            (scattered_flavours(positron, muon, vector, polarisation, MASSES), taken),
        ):
            for end in range(2):
                for start in range(2):
                    current = table[end][start]
                    size = sum(np.abs(a) * np.abs(b) for a, b in zip(current, flow, strict=True))
                    assert np.all(np.abs(dot(current, flow)) < 1e-9 * size + 1e-12)


def test_equal_masses_give_the_current_of_one_flavour() -> None:
    out, _ = rambo(SQRT_S, (MUON_MASS, MUON_MASS, 2.0), 50, np.random.default_rng(2))
    electron, muon, vector = (tuple(out[:, slot].T) for slot in range(3))
    products = dot(electron, vector), dot(muon, vector)
    for polarisation in transverse_polarisations(vector):
        found = created_flavours(electron, muon, vector, polarisation, (MUON_MASS, MUON_MASS, 2.0))
        known = creation_with_vector(electron, muon, MUON_MASS, vector, polarisation, products, 2.0)
        np.testing.assert_allclose(np.array(found), np.array(known), rtol=1e-9, atol=1e-12)


def test_cross_section_agrees_with_even_phase_space() -> None:
    """RAMBO knows no peaks: at 5 GeV, electron beyond 60 degrees and 0.3 GeV, it converges well enough."""
    process = make_process("lfv_zprime_invisible", mass=5.0, minimum_angle=60.0, minimum_energy=0.3, isr=False)
    found = process.integrate(SQRT_S, np.random.default_rng(1), 100_000)
    momenta, volume = rambo(SQRT_S, (ELECTRON_MASS, MUON_MASS, 5.0), 200_000, np.random.default_rng(3))
    inside = (np.abs(cosine(momenta[:, 0])) < 0.5) & (momenta[:, 0, 0] > 0.3)
    event = np.concatenate([beams_of(np.full(inside.sum(), SQRT_S), ELECTRON_MASS), momenta[inside]], axis=1)
    weights = np.zeros(len(volume))
    squares = electron_muon_and_vector_squares(event, (ELECTRON_MASS, MUON_MASS, 5.0))
    weights[inside] = 2 * (4 * np.pi * ALPHA) ** 2 * squares * volume[inside] / (2 * SQRT_S**2) * 0.3893794e6
    error = np.hypot(weights.std() / len(weights) ** 0.5, found.error)
    assert abs(weights.mean() - found.cross_section) < 4 * error
    assert error < 0.01 * found.cross_section


def test_scattering_off_a_photon_dominates() -> None:
    """Annihilation alone would give what muons have: 0.1 nb at 1 GeV."""
    assert integral_of("lfv_zprime_invisible", mass=1.0, isr=False).cross_section > 5.0


def test_both_charges_come_alike_and_electrons_follow_their_beam() -> None:
    events = made("lfv_zprime_invisible", 10_000, mass=1.0, isr=False)
    negative = events.pdg[:, 0] == 11
    assert abs(negative.mean() - 0.5) < 0.02
    assert (events.pdg[:, 0] * events.pdg[:, 1] < 0).all()
    angles = cosine(events.momenta[:, 0])
    assert angles[negative].mean() > 0.1
    assert angles[~negative].mean() < -0.1
    assert np.abs(angles).max() <= np.cos(np.radians(12.0)) + 1e-12


def test_impossible_cuts_are_refused() -> None:
    with pytest.raises(ProcessError, match="minimum_angle must lie between"):
        make_process("lfv_zprime_invisible", mass=1.0, minimum_angle=95.0)
    with pytest.raises(ProcessError, match=r"beyond sqrt\(s\)"):
        integral_of("lfv_zprime_invisible", mass=10.5)
