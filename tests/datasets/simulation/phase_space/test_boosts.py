"""Boosts invert each other, keep masses, and axes are orthonormal."""

import numpy as np
from darkbelle.datasets.simulation.phase_space.boosts import (
    around,
    boost_from_rest,
    boost_to_rest,
    mass_squared,
    massive,
    transverse_axes,
)
from hypothesis import given
from hypothesis import strategies as st

component = st.floats(-10.0, 10.0)
vectors = st.tuples(component, component, component)
masses = st.floats(0.1, 10.0)


@given(vectors, masses, vectors, masses)
def test_boost_to_rest_inverts_boost_from_rest(
    vector: tuple[float, ...], mass: float, frame_vector: tuple[float, ...], frame_mass: float
) -> None:
    momentum, frame = massive(np.array([vector]), mass), massive(np.array([frame_vector]), frame_mass)
    there = boost_from_rest(momentum, frame)
    scale = there[0, 0] * frame[0, 0] / frame_mass
    np.testing.assert_allclose(boost_to_rest(there, frame), momentum, atol=1e-12 * scale * frame[0, 0] / frame_mass)
    np.testing.assert_allclose(mass_squared(there), mass**2, atol=1e-12 * scale**2)


@given(vectors, masses)
def test_a_frame_at_rest_in_itself_has_its_mass_as_energy(vector: tuple[float, ...], mass: float) -> None:
    frame = massive(np.array([vector]), mass)
    np.testing.assert_allclose(boost_to_rest(frame, frame), [[mass, 0, 0, 0]], atol=1e-9 * frame[0, 0] ** 2 / mass)


@given(vectors.filter(lambda v: np.linalg.norm(v) > 0.1), st.floats(-1.0, 1.0), st.floats(0.0, 6.3))
def test_axes_are_orthonormal_and_around_keeps_the_angle(
    vector: tuple[float, ...], cosine: float, azimuth: float
) -> None:
    axis = np.array([vector]) / np.linalg.norm(vector)
    triad = np.stack([*(axes[0] for axes in transverse_axes(axis)), axis[0]])
    np.testing.assert_allclose(triad @ triad.T, np.eye(3), atol=1e-12)
    unit = around(axis, np.array([cosine]), np.array([azimuth]))
    np.testing.assert_allclose([np.linalg.norm(unit), unit[0] @ axis[0]], [1.0, cosine], atol=1e-12)
