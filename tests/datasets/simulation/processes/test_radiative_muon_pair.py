"""Two muons and a hard photon: rate, exact kinematics, and the charge asymmetry that only interference makes."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import MUON_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.processes import Integral, ProcessError, make_process
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor

SQRT_S = 10.579
CORNER = {"minimum_energy": 0.5, "minimum_angle": 20.0, "maximum_angle": 160.0}


@pytest.fixture(scope="module")
def integral() -> Integral:
    return make_process("radiative_muon_pair", **CORNER).integrate(SQRT_S, np.random.default_rng(1), 100_000)


@pytest.fixture(scope="module")
def events(integral: Integral) -> GeneratedEvents:
    return make_process("radiative_muon_pair", **CORNER).generate(SQRT_S, 50_000, integral, np.random.default_rng(2))


def forward(events: GeneratedEvents) -> np.ndarray:
    """Tell where the negative muon goes more forward than the positive one."""
    cosine = events.momenta[:, :2, 3] / np.sqrt((events.momenta[:, :2, 1:] ** 2).sum(axis=-1))
    return np.asarray(cosine[:, 0] > cosine[:, 1])


def test_the_rate_is_that_of_the_structure_functions(events: GeneratedEvents, integral: Integral) -> None:
    """Both muons at 25 to 155 degrees: where the other generator radiates by structure functions, and photons resum.

    Interference drops out of the rate, odd in the charges as it is; alpha runs in the other generator alone.
    """
    assert integral.error < 0.01 * integral.cross_section

    def section(found: GeneratedEvents, total: float) -> float:
        angle = np.degrees(np.arctan2(np.hypot(found.momenta[..., 1], found.momenta[..., 2]), found.momenta[..., 3]))
        energy = found.momenta[..., 0]
        muons = ((angle[:, :2] > 25.0) & (angle[:, :2] < 155.0) & (energy[:, :2] > 0.5)).all(axis=1)
        hard = ((angle[:, 2:] > 20.0) & (angle[:, 2:] < 160.0) & (energy[:, 2:] > 0.5)).any(axis=1)
        return float(total * found.weights[hard & muons].sum() / found.weights.sum())

    pairs = make_process("muon_pair")
    other = pairs.integrate(SQRT_S, np.random.default_rng(3), 50_000)
    radiated = section(pairs.generate(SQRT_S, 200_000, other, np.random.default_rng(4)), other.cross_section)
    running = float(vacuum_polarisation_factor(np.array([SQRT_S**2]))[0])
    assert radiated == pytest.approx(running * section(events, integral.cross_section), rel=0.05)


def test_events_are_exact_and_inside_the_corner(events: GeneratedEvents) -> None:
    momenta = events.momenta
    np.testing.assert_allclose(momenta.sum(axis=1), np.tile([SQRT_S, 0, 0, 0], (len(events), 1)), atol=1e-9)
    np.testing.assert_allclose(mass_squared(momenta)[:, :2], MUON_MASS**2, atol=1e-9)
    photon = momenta[:, 2]
    angle = np.degrees(np.arctan2(np.hypot(photon[:, 1], photon[:, 2]), photon[:, 3]))
    assert ((angle > 20.0) & (angle < 160.0) & (photon[:, 0] > 0.5)).all()
    assert events.weights.min() == 1.0
    assert (events.weights > 1.0).mean() < 0.02


def test_the_negative_muon_follows_the_electron_where_beams_and_muons_interfere(events: GeneratedEvents) -> None:
    # Radiation from beams alone or muons alone is even under exchange of the charges; together it is not.
    other = make_process("muon_pair")
    even = other.generate(
        SQRT_S, 50_000, other.integrate(SQRT_S, np.random.default_rng(5), 50_000), np.random.default_rng(6)
    )
    error = 1.0 / np.sqrt(50_000)
    asymmetry, none = (2.0 * forward(each).mean() - 1.0 for each in (events, even))
    assert abs(none) < 4.0 * error
    assert abs(asymmetry) > 10.0 * error


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="minimum_angle must lie below"):
        make_process("radiative_muon_pair", minimum_angle=150.0, maximum_angle=30.0)
    with pytest.raises(ProcessError, match="minimum_energy must be positive"):
        make_process("radiative_muon_pair", minimum_energy=0.0)
