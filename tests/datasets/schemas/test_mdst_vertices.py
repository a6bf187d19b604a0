"""Pairs of helices that were made to meet, or to miss each other."""

import numpy as np
import pytest
from darkbelle.datasets.schemas.mdst_helix import RADIUS_OF_MOMENTUM, Helix
from darkbelle.datasets.schemas.mdst_vertices import fit, meet
from hypothesis import given, settings
from hypothesis import strategies as st

angles = st.floats(-3.0, 3.0)
momenta = st.floats(0.2, 3.0)
places = st.tuples(st.floats(-20.0, 20.0), st.floats(-20.0, 20.0), st.floats(-10.0, 10.0))


def through(point: tuple[float, float, float], momentum: float, phi: float, slope: float, charge: int) -> Helix:
    """Give the helix of a particle that passes `point` (cm) with transverse momentum (GeV) in direction phi."""
    omega = charge / (RADIUS_OF_MOMENTUM * momentum)
    x = point[0] + np.sin(phi) / omega  # the centre lies to the right of a positive particle
    y = point[1] - np.cos(phi) / omega
    distance = charge * np.hypot(x, y)
    phi0 = np.arctan2(x / distance, -y / distance)
    helix = Helix(*(np.array([v]) for v in (distance - 1.0 / omega, phi0, omega, 0.0, slope)))
    z0 = point[2] - slope * helix.path_to(*point[:2])
    return Helix(helix.d0, helix.phi0, helix.omega, z0, helix.tan_lambda)


@given(places, momenta, angles, st.floats(-1.0, 1.0))
def test_helices_pass_where_they_were_made_with_that_momentum(
    point: tuple[float, float, float], momentum: float, phi: float, slope: float
) -> None:
    helix = through(point, momentum, phi, slope, 1)
    px, py, pz = helix.momentum_at(np.array([point[0]]), np.array([point[1]]))
    assert (px[0], py[0]) == pytest.approx((momentum * np.cos(phi), momentum * np.sin(phi)), abs=1e-9)
    assert pz[0] == pytest.approx(momentum * slope)
    d0, z0 = helix.impact(point)
    assert (d0[0], z0[0]) == pytest.approx((0.0, 0.0), abs=1e-7)


@settings(derandomize=True)  # circles cross twice: by chance both crossings may do
@given(places, momenta, momenta, angles, st.floats(0.3, 2.8))
def test_helices_from_one_point_meet_there(
    point: tuple[float, float, float], one: float, other: float, phi: float, opening: float
) -> None:
    first, second = through(point, one, phi, 0.3, 1), through(point, other, phi + opening, -0.4, -1)
    covariance = np.diag([1e-4, 1e-6, 1e-10, 1e-4, 1e-6])[None]
    found = fit(first, second, covariance, covariance, (0.0, 0.0, 0.0))
    assert (found.x[0], found.y[0], found.z[0]) == pytest.approx(point, abs=1e-3)
    assert found.probability[0] > 0.99


def test_heights_that_differ_by_two_standard_deviations_have_that_probability() -> None:
    point = (5.0, 1.0, 2.0)
    first, second = through(point, 1.0, 0.2, 0.0, 1), through((5.0, 1.0, 2.2), 1.0, 1.4, 0.0, -1)
    covariance = np.diag([1e-12, 1e-12, 1e-16, 0.005, 1e-16])[None]  # z0 to 0.0707 cm each: 0.1 cm together
    found = fit(first, second, covariance, covariance, (0.0, 0.0, 0.0))
    assert found.probability[0] == pytest.approx(0.0455, abs=1e-4)  # two-sided, two standard deviations
    assert found.z[0] == pytest.approx(2.1)


@pytest.mark.parametrize("shift", [0.5, -0.5])
def test_circles_that_miss_each_other_have_a_gap(shift: float) -> None:
    radius = RADIUS_OF_MOMENTUM  # of 1 GeV
    first = through((0.0, 0.0, 0.0), 1.0, 0.0, 0.0, 1)  # centre (0, -R), apex at the origin
    second = through((0.0, 0.5, 0.0), 1.0, 0.0, 0.0, -1)  # centre (0, 0.5 + R)
    meeting = meet(first, second, np.array([np.sign(shift)]))
    assert abs(meeting.gap[0]) == pytest.approx(0.5, rel=1e-6)
    assert (meeting.x[0], meeting.y[0]) == pytest.approx((0.0, 0.25), abs=1e-6)
    assert radius == pytest.approx(229.6, abs=0.1)
