import numpy as np
import pytest
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.frames import Beams
from hypothesis import given, settings
from hypothesis import strategies as st

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
component = st.floats(-10, 10, allow_nan=False)
momenta = st.tuples(component, component, component)
masses = st.floats(0.0, 5.0)


@pytest.fixture(scope="module")
def beams() -> Beams:
    return load_experiment("belle2").beams()


def test_belle2_runs_at_the_upsilon_4s(beams: Beams) -> None:
    assert beams.sqrt_s == pytest.approx(10.579, abs=1e-3)


def test_the_electron_beam_is_on_plus_z_with_half_the_energy(beams: Beams) -> None:
    energy, *momentum = beams.to_cm @ np.asarray(beams.electron)
    assert energy == pytest.approx(beams.sqrt_s / 2, rel=1e-9)  # equal masses
    np.testing.assert_allclose(momentum[:2], 0.0, atol=1e-12)
    assert momentum[2] == pytest.approx(beams.sqrt_s / 2, rel=1e-6)


def test_both_beams_together_are_at_rest(beams: Beams) -> None:
    np.testing.assert_allclose(beams.to_cm @ beams.total, [beams.sqrt_s, 0, 0, 0], atol=1e-12)


def test_without_the_rotation_angles_would_be_off_by_5_8_mrad(beams: Beams) -> None:
    beta = beams.total[1:] / beams.total[0]
    gamma = 1 / np.sqrt(1 - beta @ beta)
    electron = np.asarray(beams.electron)
    along = gamma**2 / (1 + gamma) * (beta @ electron[1:]) - gamma * electron[0]
    boosted = electron[1:] + along * beta  # a pure boost, written without a matrix
    angle = np.arccos(boosted[2] / np.linalg.norm(boosted))
    assert 1e3 * angle == pytest.approx(5.8, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(momentum=momenta, mass=masses)
def test_the_transformation_keeps_invariant_masses_and_has_an_inverse(
    momentum: tuple[float, float, float], mass: float
) -> None:
    beams = load_experiment("belle2").beams()
    vector = np.array([np.sqrt(mass**2 + np.dot(momentum, momentum)), *momentum])
    moved = beams.to_cm @ vector
    assert moved @ METRIC @ moved == pytest.approx(vector @ METRIC @ vector, abs=1e-9)
    np.testing.assert_allclose(beams.to_laboratory @ moved, vector, atol=1e-10)


def test_an_electron_beam_along_minus_z_is_turned_onto_plus_z() -> None:
    """4 x 7 x 4 GeV^2 give sqrt(s) = 10.583; y stays, x and z turn."""
    matrix = Beams((7.0, 0.0, 0.0, -7.0), (4.0, 0.0, 0.0, 4.0)).to_cm
    assert matrix @ [7.0, 0.0, 0.0, -7.0] == pytest.approx([np.sqrt(28.0), 0.0, 0.0, np.sqrt(28.0)])
    assert np.linalg.det(matrix) == pytest.approx(1.0)
