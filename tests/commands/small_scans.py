"""Scans of a few hypotheses, as limits write them."""

from darkbelle.limits.results import HypothesisResult
from darkbelle.limits.scan_result import Scan


def hypothesis(channel: str, mass: float, median: float) -> HypothesisResult:
    """Make a hypothesis whose median limit on the coupling is `median`: the reference coupling is 1, the power 2."""
    expected = tuple((median * factor) ** 2 for factor in (0.5, 0.7, 1.0, 1.4, 2.0))
    about = {"mass": mass, "point": {"mass": mass}, "reference": 1.0, "born": 1.0, "coupling": 1.0, "coupling_power": 2}
    name = {"zprime_invisible": "g_prime", "dark_photon_invisible": "epsilon"}[channel]
    return HypothesisResult(f"{channel}_mass{mass}", **about, coupling_name=name, expected=expected)  # type: ignore[arg-type]


def scan(channel: str, luminosity: float, limits: dict[float, float]) -> Scan:
    hypotheses = tuple(hypothesis(channel, mass, median) for mass, median in limits.items())
    return Scan(channel, 0.9, "cls", luminosity, "asimov", "Belle II", hypotheses)
