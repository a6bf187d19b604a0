"""Y(1S) that leave nothing, behind two pions."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from signal_events import integral_of, made


@pytest.mark.parametrize(
    ("parent", "energy", "section"), [("upsilon3s", 10.3552, 0.188), ("upsilon2s", 10.0233, 1.285)]
)
def test_cross_section_counts_transitions(parent: str, energy: float, section: float) -> None:
    # Peak times branching fraction: 4.3 nb * 0.0437 and 7.2 nb * 0.1785.
    assert integral_of("upsilon_invisible", parent=parent, sqrt_s=energy).cross_section == pytest.approx(
        section, rel=2e-3
    )


def test_pions_recoil_against_the_upsilon() -> None:
    events = made("upsilon_invisible", 20_000, parent="upsilon3s", sqrt_s=10.3552)
    recoil = np.array([10.3552, 0, 0, 0]) - events.momenta[:, 1] - events.momenta[:, 2]
    np.testing.assert_allclose(np.sqrt(mass_squared(recoil)), 9.4604, rtol=1e-6)
    pair = np.sqrt(mass_squared(events.momenta[:, 1] + events.momenta[:, 2]))
    # Two humps from the Y(3S): few pairs in between.
    low, middle, high = (np.mean(np.abs(pair - centre) < 0.04) for centre in (0.38, 0.62, 0.82))
    assert low > 1.1 * middle
    assert high > 1.1 * middle


def test_other_energies_and_masses_are_refused() -> None:
    with pytest.raises(ProcessError, match=r"upsilon3s is made at 10\.3552 GeV"):
        integral_of("upsilon_invisible", parent="upsilon3s")
    with pytest.raises(ProcessError, match=r"mass 5\.0 GeV is not that of the Y\(1S\)"):
        make_process("upsilon_invisible", parent="upsilon3s", mass=5.0)
