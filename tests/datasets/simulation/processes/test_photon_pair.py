"""Two and three photons: each part against its reference, and the sum that does not depend on where they part."""

import numpy as np
import pytest
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.constants import ALPHA, NANOBARN
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.photon_pair import PhotonPair, virtual_correction
from darkbelle.datasets.simulation.radiation.initial_state import logarithm
from numpy.typing import NDArray

SQRT_S = 10.579
Floats = NDArray[np.float64]


def in_table_cuts(momenta: Floats) -> NDArray[np.int_]:
    """Count photons above 0.15 GeV between 10 and 170 degrees in the CM frame."""
    seen = np.abs(momenta[..., 3]) < momenta[..., 0] * np.cos(np.radians(10.0))
    return np.asarray((seen & (momenta[..., 0] > 0.15)).sum(axis=1))


def in_calorimeter(momenta: Floats) -> NDArray[np.int_]:
    """Count photons above 0.5 GeV between 12.4 and 155.1 degrees in Belle II's laboratory."""
    laboratory = momenta @ load_experiment("belle2").beams().to_laboratory.T
    angle = np.degrees(np.arccos(np.clip(laboratory[..., 3] / np.maximum(laboratory[..., 0], 1e-12), -1, 1)))
    return np.asarray(((laboratory[..., 0] > 0.5) & (angle > 12.4) & (angle < 155.1)).sum(axis=1))


@pytest.fixture(scope="module")
def tree() -> tuple[Floats, Floats]:
    """Draw three photons by the amplitude alone, none below 20 MeV."""
    return PhotonPair().tree(SQRT_S, 1_000_000, np.random.default_rng(1))


@pytest.fixture(scope="module")
def complete() -> tuple[Floats, Floats]:
    (momenta,), weights = PhotonPair().propose(SQRT_S, 1_000_000, np.random.default_rng(2))
    return momenta, weights


def test_tree_of_three_photons_agrees_with_an_independent_calculation(tree: tuple[Floats, Floats]) -> None:
    momenta, weights = tree
    table, calorimeter = in_table_cuts(momenta), in_calorimeter(momenta)
    # nb: third photon above 20 MeV beside two in the table's cuts, three in them, one and three in the calorimeter
    assert (weights * (table >= 2)).mean() == pytest.approx(2.29, rel=0.01)
    assert (weights * (table == 3)).mean() == pytest.approx(0.305, rel=0.02)
    assert (weights * (calorimeter == 1)).mean() == pytest.approx(0.71, rel=0.02)
    assert (weights * (calorimeter == 3)).mean() == pytest.approx(0.100, rel=0.03)


def test_sum_in_the_tables_cuts_is_within_one_per_cent_of_babayaga(complete: tuple[Floats, Floats]) -> None:
    momenta, weights = complete
    # BABAYAGA.NLO: 4.99 +- 0.05 nb (Belle II Physics Book, table 18).
    assert (weights * (in_table_cuts(momenta) >= 2)).mean() == pytest.approx(4.99, rel=0.01)


def test_two_photons_in_the_calorimeter_are_within_one_per_cent(complete: tuple[Floats, Floats]) -> None:
    momenta, weights = complete
    # 3.30 nb with E > 0.5 GeV in the calorimeter (table 18)
    assert (weights * (in_calorimeter(momenta) >= 2)).mean() == pytest.approx(3.30, rel=0.01)


def test_first_order_agrees_with_an_independent_calculation() -> None:
    # sqrt(s) = 10 GeV, two photons above 3 GeV, 45 to 135 degrees, collinear to 10 degrees. Tree 1.3753 nb and first
    # order 1.2620 nb: G. Balossini et al., Phys. Lett. B 663 (2008) 209, table 1 (recalled).
    sqrt_s, limit, number = 10.0, 0.02, 1_000_000
    cosine = np.linspace(-np.cos(np.radians(45.0)), np.cos(np.radians(45.0)), 2001)
    born = np.pi * ALPHA**2 / sqrt_s**2 * (1.0 + cosine**2) / (1.0 - cosine**2) * NANOBARN
    assert np.trapezoid(born, cosine) == pytest.approx(1.3753, rel=1e-4)
    soft = 2.0 * ALPHA / np.pi * (logarithm(sqrt_s**2) - 1.0) * (np.log(2.0 * limit / sqrt_s) + 0.75)
    process = PhotonPair(soft_limit=limit, minimum_energy=3.0, minimum_angle=45.0)
    momenta, weights = process.tree(sqrt_s, number, np.random.default_rng(5))
    first_order = np.trapezoid(born * (1.0 + soft + virtual_correction(cosine)), cosine)
    first_order += (weights * collinear_pair(momenta)).mean()
    assert first_order == pytest.approx(1.2620, rel=0.006)


def collinear_pair(momenta: Floats) -> NDArray[np.bool_]:
    """Tell where two photons above 3 GeV between 45 and 135 degrees are back to back within 10 degrees."""
    energy = momenta[..., 0]
    seen = (energy > 3.0) & (np.abs(momenta[..., 3]) < energy * np.cos(np.radians(45.0)))
    found = np.zeros(len(momenta), dtype=bool)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        product = (momenta[:, i, 1:] * momenta[:, j, 1:]).sum(axis=1)
        opposite = product < -np.cos(np.radians(10.0)) * energy[:, i] * energy[:, j]
        found |= seen[:, i] & seen[:, j] & opposite
    return found


def test_virtual_correction_is_symmetric_and_that_of_wide_angles() -> None:
    cosine = np.array([-0.7, 0.0, 0.7])
    found = virtual_correction(cosine)
    assert found[0] == pytest.approx(found[2])
    # cos = 0: pi^2/3 + (1.25 ln^2(1/2) + 1.25 ln(1/2)) / 0.5, halves twice
    log = np.log(0.5)
    assert found[1] == pytest.approx(ALPHA / np.pi * (np.pi**2 / 3.0 + 2.0 * 1.25 * (log**2 + log)))


def test_sum_does_not_depend_on_the_energy_that_parts_two_from_three() -> None:
    integrals = [
        PhotonPair(soft_limit=limit).integrate(SQRT_S, np.random.default_rng(3), 1_000_000) for limit in (0.01, 0.1)
    ]
    difference = integrals[0].cross_section - integrals[1].cross_section
    assert abs(difference) < 4.0 * np.hypot(integrals[0].error, integrals[1].error)
    assert integrals[0].error < 0.003 * integrals[0].cross_section


def test_events_conserve_four_momentum_and_show_a_photon() -> None:
    process = make_process("photon_pair")
    generator = np.random.default_rng(4)
    events = process.generate(SQRT_S, 20_000, process.integrate(SQRT_S, generator), generator)
    np.testing.assert_allclose(events.momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (20_000, 1)), atol=5e-6)
    assert set(np.unique(events.pdg)) == {0, 22}
    assert (in_table_cuts(events.momenta) >= 1).all()
    # Close to unweighted: the sample is worth more than 95 % of its number.
    assert events.weights.sum() ** 2 / (events.weights**2).sum() > 0.95 * 20_000


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="soft_limit must lie"):
        make_process("photon_pair", soft_limit=0.5)
    with pytest.raises(ProcessError, match="minimum_angle must lie"):
        make_process("photon_pair", minimum_angle=0.0)
