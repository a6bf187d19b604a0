"""Electron pairs at large angles against the reference cross sections, the massless formula and exact kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.constants import ELECTRON_MASS
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.bhabha import Bhabha, differential_cross_section
from scipy.integrate import quad

SQRT_S = 10.579


def test_total_in_the_tables_cuts_is_within_one_per_cent_of_babayaga() -> None:
    # 300 +- 3 nb (BABAYAGA.NLO): both electrons at 10 to 170 degrees, above 0.15 GeV
    integral = Bhabha().integrate(SQRT_S, np.random.default_rng(1), 600_000)
    assert integral.error < 1.2
    assert integral.cross_section == pytest.approx(300.0, rel=0.01)


def test_electrons_in_the_calorimeter_are_within_four_per_cent_of_the_table() -> None:
    # 74.4 nb with p > 0.5 GeV in the calorimeter (12.4 to 155.1 degrees, laboratory)
    process = Bhabha(forward_angle=14.0, backward_angle=164.0)
    (momenta,), weights = process.propose(SQRT_S, 500_000, np.random.default_rng(2))
    laboratory = momenta @ load_experiment("belle2").beams().to_laboratory.T
    size = np.maximum(np.linalg.norm(laboratory[..., 1:], axis=-1), 1e-12)
    angle = np.degrees(np.arccos(np.clip(laboratory[..., 3] / size, -1, 1)))
    seen = ((size > 0.5) & (angle > 12.4) & (angle < 155.1))[:, :2].all(axis=1)
    assert (weights * seen).mean() == pytest.approx(74.4, rel=0.04)


def test_lowest_order_with_running_couplings_has_the_known_total() -> None:
    # 297.2 nb between 10 and 170 degrees (an independent calculation with the same couplings)
    limit = np.cos(np.radians(10.0))
    total = quad(lambda cosine: float(differential_cross_section(np.array(SQRT_S**2), np.array(cosine))), -limit, limit)
    assert total[0] == pytest.approx(297.2, rel=0.005)


def test_events_conserve_four_momentum_and_show_two_electrons_and_no_hard_photon() -> None:
    process = make_process("bhabha", forward_angle=18.0, backward_angle=160.0, photon_energy=0.15, visible_electrons=2)
    generator = np.random.default_rng(3)
    events = process.generate(SQRT_S, 5_000, process.integrate(SQRT_S, generator, 100_000), generator)
    momenta = events.momenta
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (5_000, 1)), atol=3e-3)
    squares = momenta[:, :2, 0] ** 2 - (momenta[:, :2, 1:] ** 2).sum(axis=-1)
    np.testing.assert_allclose(squares, ELECTRON_MASS**2, atol=1e-9)
    angle = np.degrees(np.arctan2(np.hypot(momenta[..., 1], momenta[..., 2]), momenta[..., 3]))
    assert np.all((angle[:, :2] > 18.0) & (angle[:, :2] < 160.0))
    wide = (angle[:, 2:] > 15.0) & (angle[:, 2:] < 165.0)
    assert momenta[:, 2:, 0][wide].max() <= 0.15


def test_one_visible_electron_has_its_partner_near_the_beams() -> None:
    process = make_process("bhabha", forward_angle=18.0, backward_angle=160.0, visible_electrons=1, hardest_energy=1.0)
    generator = np.random.default_rng(4)
    momenta = process.generate(SQRT_S, 500, process.integrate(SQRT_S, generator, 100_000), generator).momenta
    angle = np.degrees(np.arctan2(np.hypot(momenta[..., 1], momenta[..., 2]), momenta[..., 3]))
    seen = (angle[:, :2] > 18.0) & (angle[:, :2] < 160.0) & (momenta[:, :2, 0] > 0.15)
    assert np.all(seen.sum(axis=1) == 1)
    assert (momenta[:, :2, 0] * seen).max(axis=1).min() > 1.0


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="must lie between 10 and 170 degrees"):
        make_process("bhabha", forward_angle=5.0)
    with pytest.raises(ProcessError, match="visible_electrons must be 1 or 2, got 0"):
        make_process("bhabha", visible_electrons=0)
