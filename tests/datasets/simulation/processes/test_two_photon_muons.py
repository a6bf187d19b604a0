"""Two-photon muon pairs: the total of AAFH, the closed form of the photons' cross section, exact kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import MUON_MASS
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.two_photon_muons import TwoPhotonMuons, pair_cross_section

SQRT_S = 10.579


def test_total_above_half_a_gev_is_within_ten_per_cent_of_aafh() -> None:
    integral = TwoPhotonMuons().integrate(SQRT_S, np.random.default_rng(1))
    # AAFH: 18.9 nb for W > 0.5 GeV (Belle II Physics Book, table 18); the scale choice of the flux is good to 10 %.
    assert integral.cross_section == pytest.approx(18.9, rel=0.10)
    assert integral.error < 0.05


def test_photons_cross_section_is_the_massless_one_far_above_threshold() -> None:
    mass = np.array(8.0)
    r = 4 * MUON_MASS**2 / mass**2
    logarithm = np.log(mass**2 / MUON_MASS**2)
    # For W >> m: 4 pi alpha^2/W^2 (ln(W^2/m^2) - 1), in nb.
    leading = 4 * np.pi / 137.036**2 / mass**2 * (logarithm - 1) * 0.3893794e6
    assert pair_cross_section(mass) == pytest.approx(leading, rel=float(2 * r * logarithm) + 1e-4)


@pytest.fixture(scope="module")
def accepted_momenta() -> np.ndarray:
    process = TwoPhotonMuons(minimum_transverse_momentum=0.15, minimum_angle=18.0, maximum_angle=165.0)
    generator = np.random.default_rng(2)
    integral = process.integrate(SQRT_S, generator, evaluations=100_000)
    events = process.generate(SQRT_S, 5000, integral, generator)
    assert len(events) == 5000
    assert events.weights.min() >= 1.0
    return events.momenta


def test_four_momentum_is_conserved_and_muons_are_on_their_mass_shell(accepted_momenta: np.ndarray) -> None:
    np.testing.assert_allclose(accepted_momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (5000, 1)), atol=1e-9)
    muons = accepted_momenta[:, 2:]
    np.testing.assert_allclose(muons[..., 0] ** 2 - (muons[..., 1:] ** 2).sum(axis=-1), MUON_MASS**2, atol=1e-9)


def test_generator_level_cuts_hold_for_both_muons(accepted_momenta: np.ndarray) -> None:
    muons = accepted_momenta[:, 2:]
    transverse = np.hypot(muons[..., 1], muons[..., 2])
    angle = np.degrees(np.arctan2(transverse, muons[..., 3]))
    assert transverse.min() >= 0.15
    assert angle.min() >= 18.0
    assert angle.max() <= 165.0


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="minimum_mass must exceed"):
        make_process("two_photon_muons", minimum_mass=0.1)
    with pytest.raises(ProcessError, match="angles must grow"):
        make_process("two_photon_muons", minimum_angle=90.0, maximum_angle=20.0)
