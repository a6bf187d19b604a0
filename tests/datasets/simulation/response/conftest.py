"""Both detectors, and single particles to throw at them."""

from collections.abc import Callable

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.detector import Detector, make_detector
from darkbelle.datasets.simulation.response.particles import MASSES, Particles

Gun = Callable[..., Particles]


@pytest.fixture(scope="session")
def detector() -> Detector:
    return make_detector("belle2")


@pytest.fixture(scope="session")
def babar() -> Detector:
    return make_detector("babar")


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(20181108)


@pytest.fixture(scope="session")
def gun() -> Gun:
    """Give particles of one kind, one an event; momentum and mass in GeV, theta and phi in degrees, vertex in cm."""

    def shoot(
        number: int,
        pdg: int = 22,
        momentum: float = 1.0,
        theta: float = 80.0,
        phi: float = 30.0,
        vertex: tuple[float, float, float] = (0.0, 0.0, 0.0),
        mass: float | None = None,
    ) -> Particles:
        return Particles(
            event=np.arange(number),
            truth=np.zeros(number, dtype=np.int64),
            pdg=np.full(number, pdg),
            momentum=np.full(number, momentum),
            theta=np.full(number, np.radians(theta)),
            phi=np.full(number, np.radians(phi)),
            mass=np.full(number, MASSES.get(abs(pdg), 0.0) if mass is None else mass),
            x=np.full(number, vertex[0]),
            y=np.full(number, vertex[1]),
            z=np.full(number, vertex[2]),
            time=np.zeros(number),
            parent=np.full(number, -1),
        )

    return shoot
