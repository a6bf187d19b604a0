"""Two-photon pairs: the total of AAFH, the closed form of the photons' cross section, exact kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import MUON_MASS, PION_MASS
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.photon_fusion import PAIRS, draw_angle, fermion_cross_section
from darkbelle.datasets.simulation.processes.two_photon_pair import TwoPhotonPair
from hypothesis import given, settings
from hypothesis import strategies as st

SQRT_S = 10.579


def test_total_above_half_a_gev_is_within_ten_per_cent_of_aafh() -> None:
    integral = TwoPhotonPair(minimum_mass=0.5).integrate(SQRT_S, np.random.default_rng(1))
    # AAFH: 18.9 nb for W > 0.5 GeV (Belle II Physics Book, table 18); the scale choice of the flux is good to 10 %.
    assert integral.cross_section == pytest.approx(18.9, rel=0.10)
    assert integral.error < 0.05


def test_photons_cross_section_is_the_massless_one_far_above_threshold() -> None:
    mass = np.array(8.0)
    r = 4 * MUON_MASS**2 / mass**2
    logarithm = np.log(mass**2 / MUON_MASS**2)
    # For W >> m: 4 pi alpha^2/W^2 (ln(W^2/m^2) - 1), in nb.
    leading = 4 * np.pi / 137.036**2 / mass**2 * (logarithm - 1) * 0.3893794e6
    assert fermion_cross_section(mass, MUON_MASS) == pytest.approx(leading, rel=float(2 * r * logarithm) + 1e-4)


@pytest.mark.parametrize(("pair", "mass"), [("electron", 1.0), ("muon", 0.6), ("muon", 3.0), ("tau", 5.0)])
def test_angles_integrate_to_the_closed_form(pair: str, mass: float) -> None:
    u = (np.arange(100_000) + 0.5) / 100_000
    _, section = draw_angle(PAIRS[pair], np.full(100_000, mass), u)
    closed = float(fermion_cross_section(np.array(mass), PAIRS[pair].mass))
    assert section.mean() == pytest.approx(closed, rel=1e-4)


def test_pions_near_threshold_are_those_of_scalar_qed() -> None:
    """2 pi alpha^2/W^2 b [2 - b^2 - (1 - b^4)/(2 b) ln((1 + b)/(1 - b))], the f2 adding less than 2 % at 0.4 GeV."""
    total, u = 0.4, (np.arange(100_000) + 0.5) / 100_000
    _, section = draw_angle(PAIRS["pion"], np.full(100_000, total), u)
    b = np.sqrt(1 - 4 * PION_MASS**2 / total**2)
    closed = 2 * np.pi / 137.036**2 / total**2 * b * (2 - b**2 - (1 - b**4) / b * np.arctanh(b)) * 0.3893794e6
    assert section.mean() == pytest.approx(closed, rel=0.02)


def test_pions_peak_at_the_f2() -> None:
    # 40 pi Gamma_gg B/(M^2 Gamma) = 235 nb for the resonance alone
    _, section = draw_angle(PAIRS["pion"], np.full(100_000, 1.2755), (np.arange(100_000) + 0.5) / 100_000)
    assert 235.0 < section.mean() < 320.0


def test_tau_pairs_are_about_as_many_as_recalled_from_aafh() -> None:
    # 0.0184 nb; the scale of the virtualities moves the rate between 0.0159 and 0.0186 nb
    integral = TwoPhotonPair(pair="tau").integrate(SQRT_S, np.random.default_rng(1))
    assert integral.cross_section == pytest.approx(0.0172, rel=0.1)


def test_electron_pairs_above_half_a_gev_are_those_of_the_flux() -> None:
    # 81 nb by the same approximation elsewhere; AAFH's 39.7 nb asks for W > 0.5 GeV of every pair.
    integral = TwoPhotonPair(pair="electron", minimum_mass=0.5).integrate(SQRT_S, np.random.default_rng(1))
    assert integral.cross_section == pytest.approx(81.0, rel=0.1)


@pytest.mark.parametrize("pair", list(PAIRS))
@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_every_pair_conserves_four_momentum(pair: str, seed: int) -> None:
    process = TwoPhotonPair(pair=pair, minimum_transverse_momentum=0.1, minimum_angle=12.0, maximum_angle=168.0)
    generator = np.random.default_rng(seed)
    events = process.generate(SQRT_S, 100, process.integrate(SQRT_S, generator, 20_000), generator)
    total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
    np.testing.assert_allclose(total, np.tile([SQRT_S, 0, 0, 0], (100, 1)), atol=1e-6)
    code = PAIRS[pair].code
    assert np.all(events.pdg[:, :4] == [11, -11, code, -code])


@pytest.fixture(scope="module")
def accepted_momenta() -> np.ndarray:
    process = TwoPhotonPair(minimum_mass=0.5, minimum_transverse_momentum=0.15, minimum_angle=18.0, maximum_angle=165.0)
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
        make_process("two_photon_pair", pair="muon", minimum_mass=0.1)
    with pytest.raises(ProcessError, match="angles must grow"):
        make_process("two_photon_pair", minimum_angle=90.0, maximum_angle=20.0)
    with pytest.raises(ProcessError, match="unknown pair 'kaon'; known are electron, muon, tau, pion"):
        make_process("two_photon_pair", pair="kaon")
    with pytest.raises(ProcessError, match="none of 1000 proposals passes the cuts"):
        TwoPhotonPair(minimum_transverse_momentum=6.0).integrate(SQRT_S, np.random.default_rng(1), 1_000)
    with pytest.raises(ProcessError, match="beyond sqrt"):
        make_process("two_photon_pair", minimum_mass=11.0).integrate(SQRT_S, np.random.default_rng(1))
