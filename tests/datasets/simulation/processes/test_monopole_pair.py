"""Monopole pairs: velocity-suppressed cross section, angle, and their charge in the events."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, MONOPOLE
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from signal_events import SQRT_S, cosine, integral_of, made, polynomial_probability


@pytest.mark.parametrize("mass", [0.5, 2.0, 3.5, 4.5, 5.2])
def test_born_cross_section_follows_the_formula(mass: float) -> None:
    # (4 pi alpha^2 g^2/(3 s)) beta^2 beta (3 - beta^2)/2 in nb.
    s = SQRT_S**2
    beta = np.sqrt(1 - 4 * mass**2 / s)
    closed = 4 * np.pi * ALPHA**2 * 0.25 / (3 * s) * beta**3 * (3 - beta**2) / 2 * 0.3893794e6
    found = integral_of("monopole_pair", mass=mass, charge=0.5, isr=False)
    assert found.cross_section == pytest.approx(closed, rel=1e-6)


@pytest.mark.parametrize("mass", [1.0, 4.5])
def test_angle(mass: float) -> None:
    ratio = 4 * mass**2 / SQRT_S**2
    events = made("monopole_pair", 50_000, mass=mass, isr=False)
    assert polynomial_probability(cosine(events.momenta[:, 0]), 1 + ratio, 1 - ratio) > 1e-3


def test_events_carry_the_magnetic_charge() -> None:
    events = made("monopole_pair", 100, mass=4.0, charge=0.5)
    assert events.magnetic_charge is not None
    assert (events.magnetic_charge == 0.5).all()
    assert (events.pdg[:, 0] == MONOPOLE).all()
    assert (events.pdg[:, 1] == -MONOPOLE).all()


def test_a_monopole_beyond_half_the_energy_is_refused() -> None:
    with pytest.raises(ProcessError, match=r"mass 5\.3 GeV is beyond sqrt\(s\) = 10\.579 GeV"):
        integral_of("monopole_pair", mass=5.3)
    with pytest.raises(ProcessError, match="charge must be positive"):
        make_process("monopole_pair", mass=1.0, charge=0.0)
