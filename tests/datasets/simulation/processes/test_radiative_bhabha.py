"""A photon whose electrons are both lost: rate, spectrum, kinematic end and exact kinematics."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ELECTRON_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.processes import Integral, ProcessError, make_process
from darkbelle.datasets.simulation.processes.radiative_bhabha import RadiativeBhabha

SQRT_S = 10.579


@pytest.fixture(scope="module")
def integral() -> Integral:
    return make_process("radiative_bhabha").integrate(SQRT_S, np.random.default_rng(1))


@pytest.fixture(scope="module")
def events(integral: Integral) -> GeneratedEvents:
    return make_process("radiative_bhabha").generate(SQRT_S, 200_000, integral, np.random.default_rng(2))


def test_cross_section_agrees_with_an_independent_calculation(integral: Integral) -> None:
    # 3.37 +- 0.05 nb: both electrons at less than 18 or more than 165 degrees, E* > 0.5 GeV at 30 to 150 degrees.
    assert integral.error < 0.01
    assert abs(integral.cross_section - 3.37) < 2.0 * np.hypot(0.05, integral.error)


@pytest.mark.parametrize(
    ("lower", "upper", "expected", "relative"),
    # nb in intervals of E*; the independent calculation's own errors grow towards the end point
    [(0.5, 1.0, 2.09, 0.02), (1.0, 1.5, 0.95, 0.02), (1.5, 2.0, 0.285, 0.05), (2.0, 3.0, 0.034, 0.1)],
)
def test_spectrum_agrees_with_an_independent_calculation(
    events: GeneratedEvents, integral: Integral, lower: float, upper: float, expected: float, relative: float
) -> None:
    energy = events.momenta[:, 2, 0]
    chosen = (energy > lower) & (energy < upper)
    found = events.weights[chosen].sum() / events.weights.sum() * integral.cross_section
    assert found == pytest.approx(expected, rel=relative)


def test_events_are_exact_and_inside_the_corner(events: GeneratedEvents) -> None:
    momenta = events.momenta
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (len(events), 1)), atol=1e-9)
    # E^2 - p^2 of an electron of 5 GeV is good to 1e-16 x 25 GeV^2 x a few
    np.testing.assert_allclose(mass_squared(momenta)[:, :2], ELECTRON_MASS**2, atol=1e-12)
    angle = np.degrees(np.arctan2(np.hypot(momenta[..., 1], momenta[..., 2]), momenta[..., 3]))
    assert ((angle[:, :2] < 18.0) | (angle[:, :2] > 165.0)).all()
    assert ((angle[:, 2] > 30.0) & (angle[:, 2] < 150.0) & (momenta[:, 2, 0] > 0.5)).all()


def test_few_events_carry_more_than_unit_weight(events: GeneratedEvents) -> None:
    assert events.weights.min() == 1.0
    assert events.weights.sum() ** 2 / (events.weights**2).sum() > 0.95 * len(events)


CORNER: dict[str, float] = {
    "minimum_energy": 0.5,
    "minimum_angle": 21.0,
    "maximum_angle": 160.0,
    "forward_angle": 10.0,
    "backward_angle": 170.0,
}


def test_both_electrons_beside_a_photon_agree_with_an_independent_calculation() -> None:
    # 8.7 nb: both electrons at 10 to 170 degrees, a photon of 0.5 GeV at 21 to 160 degrees (errors there not given)
    integral = make_process("radiative_bhabha", visible_electrons=2, **CORNER).integrate(
        SQRT_S, np.random.default_rng(3), 500_000
    )
    assert integral.error < 0.01 * integral.cross_section
    assert integral.cross_section == pytest.approx(8.7, rel=0.03)


def test_parts_by_the_photons_energy_add_up_to_the_whole() -> None:
    limits: tuple[dict[str, float], ...] = ({}, {"maximum_energy": 2.0}, {"minimum_energy": 2.0})
    whole, soft, hard = (
        make_process("radiative_bhabha", visible_electrons=2, **(CORNER | limit)).integrate(
            SQRT_S, np.random.default_rng(7), 100_000
        )
        for limit in limits
    )
    error = np.sqrt(whole.error**2 + soft.error**2 + hard.error**2)
    assert abs(whole.cross_section - soft.cross_section - hard.cross_section) < 3.0 * error
    assert hard.cross_section > 10.0 * error
    assert soft.cross_section > hard.cross_section


def test_what_the_corners_hold_does_not_depend_on_how_they_are_drawn() -> None:
    """One visible electron: mostly by the poles of lost electrons, or mostly by those of visible ones."""
    process = RadiativeBhabha(visible_electrons=1, minimum_energy=1.0, forward_angle=18.0, backward_angle=160.0)
    results = []
    for share in (0.5, 0.9):
        momenta, volume = process.draw(SQRT_S, 200_000, np.random.default_rng(4), share)
        weights = process.weights(SQRT_S, momenta, volume)
        results.append((weights.mean(), weights.std() / np.sqrt(len(weights))))
    (first, first_error), (second, second_error) = results
    assert abs(first - second) < 4.0 * np.hypot(first_error, second_error)
    assert first_error < 0.02 * first


@pytest.mark.parametrize("visible", [0, 1, 2])
def test_every_corner_has_as_many_electrons_as_it_says(visible: int) -> None:
    process = make_process("radiative_bhabha", visible_electrons=visible, minimum_energy=1.0)
    generator = np.random.default_rng(5)
    momenta = process.generate(SQRT_S, 500, process.integrate(SQRT_S, generator, 50_000), generator).momenta
    angle = np.degrees(np.arctan2(np.hypot(momenta[..., 1], momenta[..., 2]), momenta[..., 3]))
    assert np.all(((angle[:, :2] > 18.0) & (angle[:, :2] < 165.0)).sum(axis=1) == visible)
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (500, 1)), atol=1e-9)


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="minimum_angle must lie below"):
        make_process("radiative_bhabha", minimum_angle=150.0, maximum_angle=30.0)
    with pytest.raises(ProcessError, match="minimum_energy must be positive"):
        make_process("radiative_bhabha", minimum_energy=0.0)
    with pytest.raises(ProcessError, match="maximum_energy must lie above minimum_energy"):
        make_process("radiative_bhabha", minimum_energy=1.0, maximum_energy=0.5)
    with pytest.raises(ProcessError, match="visible_electrons must be 0, 1 or 2, got 3"):
        make_process("radiative_bhabha", visible_electrons=3)
