"""The experiments' data-taking periods: energies, luminous regions, and what they say where something is unknown."""

import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.experiment import load_experiment

# sqrt(s) in GeV and beta gamma along z: PEP-II changed the electrons' energy alone, SuperKEKB scales both.
PERIODS = [
    ("belle2", "phase3", 10.579, 0.284),
    ("belle2", "phase2", 10.579, 0.284),
    ("belle2", "off_resonance", 10.519, 0.284),
    ("belle2", "scan_10657", 10.657, 0.284),
    ("belle2", "scan_10706", 10.706, 0.284),
    ("belle2", "scan_10751", 10.751, 0.284),
    ("belle2", "scan_10810", 10.810, 0.284),
    ("babar", "upsilon4s", 10.580, 0.553),
    ("babar", "upsilon4s_off", 10.540, 0.549),
    ("babar", "upsilon3s", 10.355, 0.529),
    ("babar", "upsilon3s_off", 10.325, 0.525),
    ("babar", "upsilon2s", 10.023, 0.492),
    ("babar", "upsilon2s_off", 9.993, 0.489),
    ("babar", "scan_10865", 10.865, 0.584),
    ("babar", "scan_11020", 11.020, 0.600),
]


@pytest.mark.parametrize(("experiment", "period", "sqrt_s", "boost"), PERIODS)
def test_beams_of_each_period_have_its_energy_and_boost(
    experiment: str, period: str, sqrt_s: float, boost: float
) -> None:
    beams = load_experiment(experiment).beams(period)
    assert beams.sqrt_s == pytest.approx(sqrt_s, abs=1.5e-3)
    assert beams.total[3] / beams.sqrt_s == pytest.approx(boost, abs=1e-3)


@pytest.mark.parametrize("experiment", ["belle2", "babar"])
def test_every_period_is_tested_and_has_a_luminous_region(experiment: str) -> None:
    periods = load_experiment(experiment).periods
    assert {period for name, period, _, _ in PERIODS if name == experiment} == set(periods)
    for period in periods.values():
        region = period.luminous_region
        assert region.z > region.x > region.y > 0.0
        assert 0.0 < period.energy_spread < 0.01


def test_unknown_period_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"babar: unknown period 'upsilon5s'; known are upsilon4s, "):
        load_experiment("babar").beams("upsilon5s")
