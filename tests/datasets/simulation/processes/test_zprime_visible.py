"""A Z' that decays to muons or taus: widths, cross sections and the polarisation that its production leaves."""

from itertools import product

import numpy as np
import pytest
from darkbelle.datasets.simulation.amplitudes.dark_vector import polarisation_tensor
from darkbelle.datasets.simulation.amplitudes.emission import (
    annihilation_currents,
    creation_currents,
    creation_with_vector,
)
from darkbelle.datasets.simulation.amplitudes.spinors import dot, squared_modulus
from darkbelle.datasets.simulation.constants import ELECTRON_MASS, MUON, MUON_MASS, TAU
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest
from darkbelle.datasets.simulation.phase_space.two_body import beams_of
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.zprime import branching_fractions, lepton_width, neutrino_width
from signal_events import SQRT_S, integral_of, made


def test_widths_follow_their_formulas() -> None:
    # (m/12 pi)(1 + 2r) sqrt(1 - 4r) at 1 GeV: 0.0265258 * 1.02233 * 0.97740; m/(24 pi) a neutrino.
    assert lepton_width(1.0, MUON_MASS) == pytest.approx(0.026505, rel=1e-4)
    assert neutrino_width(1.0) == pytest.approx(0.0132629, rel=1e-5)
    assert branching_fractions(0.1) == {"mumu": 0.0, "tautau": 0.0, "nunu": 1.0}
    # Heavy: a third each for muons, taus and both neutrinos together.
    assert branching_fractions(1000.0)["nunu"] == pytest.approx(1 / 3, rel=1e-4)


# pb at g' = 1 (an independent tree with the same approximations; three digits).
@pytest.mark.parametrize(("mass", "production"), [(0.5, 202.0), (1.0, 99.3), (2.0, 34.6), (4.0, 5.46), (6.0, 0.664)])
def test_cross_section_is_production_times_branching_fraction(mass: float, production: float) -> None:
    found = integral_of("zprime_visible", mass=mass, isr=False, evaluations=100_000)
    expected = 1e-3 * production * branching_fractions(mass)["mumu"]
    assert found.cross_section == pytest.approx(expected, rel=0.01)


def test_pair_has_the_density_of_the_tree_amplitude() -> None:
    """Event by event the amplitude with the pair's current in the vector's place is the density drawn from."""
    mass = 2.0
    events = made("zprime_visible", 1000, mass=mass, isr=False)
    momenta = events.momenta
    event = np.concatenate([beams_of(np.full(1000, SQRT_S), ELECTRON_MASS), momenta[:, :3]], axis=1)
    tensor = polarisation_tensor(event, ELECTRON_MASS, MUON_MASS, mass)
    electron, positron, lepton, antilepton, vector = (tuple(event[:, slot].T) for slot in range(5))
    beams = annihilation_currents(electron, positron, ELECTRON_MASS)
    pair = creation_currents(tuple(momenta[:, 3].T), tuple(momenta[:, 4].T), MUON_MASS)
    products = dot(lepton, vector), dot(antilepton, vector)
    whole = np.zeros(1000)
    for one, two in product(range(2), repeat=2):
        muons = creation_with_vector(lepton, antilepton, MUON_MASS, vector, pair[one][two], products, mass)
        for i, j, k, spin in product(range(2), repeat=4):
            whole += squared_modulus(dot(beams[i][j], muons[k][spin]))
    rest = boost_to_rest(momenta[:, 3], momenta[:, 2])[:, 1:]
    unit = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    beta2 = 1 - 4 * MUON_MASS**2 / mass**2
    density = np.einsum("nii->n", tensor) - beta2 * np.einsum("ni,nij,nj->n", unit, tensor, unit)
    np.testing.assert_allclose(whole / density, np.mean(whole / density), rtol=1e-6)


def test_four_muons_have_the_right_charges_and_mass() -> None:
    events = made("zprime_visible", 500, mass=3.0)
    assert (events.pdg[:, [0, 1, 3, 4]] == [MUON, -MUON, MUON, -MUON]).all()
    pair = events.momenta[:, 3] + events.momenta[:, 4]
    np.testing.assert_allclose(pair[:, 0] ** 2 - (pair[:, 1:] ** 2).sum(axis=1), 9.0, rtol=1e-6)


def test_taus_decay_and_their_daughters_carry_their_momentum() -> None:
    events = made("zprime_visible", 500, mass=5.0, decay_to="tautau")
    tau = int(np.flatnonzero(np.abs(events.pdg[0]) == TAU)[0])
    daughters = (events.mothers == tau) & events.final_state
    total = (events.momenta * daughters[..., np.newaxis]).sum(axis=1)
    np.testing.assert_allclose(total, events.momenta[:, tau], atol=1e-6)


def test_decays_below_threshold_are_refused() -> None:
    with pytest.raises(ProcessError, match=r"mass 3\.0 GeV is below the threshold of tautau"):
        make_process("zprime_visible", mass=3.0, decay_to="tautau")
    with pytest.raises(ProcessError, match="unknown decay 'ee'"):
        make_process("zprime_visible", mass=3.0, decay_to="ee")
