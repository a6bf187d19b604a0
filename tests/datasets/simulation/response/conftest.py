"""A Belle II detector, and single particles to throw at it."""

from collections.abc import Callable

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.detector import Detector, make_detector
from darkbelle.datasets.simulation.response.particles import Particles

Gun = Callable[..., Particles]


@pytest.fixture(scope="session")
def detector() -> Detector:
    return make_detector("belle2")


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(20181108)


@pytest.fixture(scope="session")
def gun() -> Gun:
    """Give particles of one kind, one an event; momentum in GeV, theta and phi in degrees."""

    def shoot(number: int, pdg: int = 22, momentum: float = 1.0, theta: float = 80.0, phi: float = 30.0) -> Particles:
        return Particles(
            event=np.arange(number),
            truth=np.zeros(number, dtype=np.int64),
            pdg=np.full(number, pdg),
            momentum=np.full(number, momentum),
            theta=np.full(number, np.radians(theta)),
            phi=np.full(number, np.radians(phi)),
        )

    return shoot
