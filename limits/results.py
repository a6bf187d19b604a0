"""What a scan found of one hypothesis: limits on mu, cross section and coupling, and their JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .coupling import coupling_limit

Ranges = tuple[tuple[float, float | None], ...]


@dataclass(frozen=True)
class HypothesisResult:
    """The limits of one hypothesis; limits are None where the fit failed.

    Attributes
    ----------
    name
        Also of its workspace.
    mass
        GeV; None for a workspace that tells none.
    point
        All parameters of the hypothesis.
    mu_hat, p0
        Best fit and local p-value of the background alone.
    observed
        Upper limit on mu; None without data.
    asimov
        The same from the background-only Asimov set that stands for data where there are none.
    expected
        Upper limits on mu at -2, -1, 0, +1, +2 sigma.
    reference
        Cross section at mu = 1, nb (a branching fraction where decays are counted); None for a workspace.
    born, coupling
        Born cross section (nb) at the reference coupling, and that coupling; None for a workspace.
    coupling_name, coupling_power
        The coupling, and its power in the cross section.
    excluded, excluded_expected
        Ranges of the coupling that the observed and the median expected limit exclude, where the lifetime follows from
        the coupling and efficiency with it; None where everything above the limit is excluded.
    theory_uncertainty
        Relative uncertainty of the Born cross section, not part of the limits.
    efficiency
        Selected in the windows over produced.
    isr_factor
        Factor on the Born cross section from radiation of the beams, part of the yields.
    background
        Expected background events in the windows.
    windows
        Range of the observable by region.
    method
        How the limits were found, where it is not what the scan asked for; "" otherwise.
    status
        "ok", or "failed: " and why.
    notes
        What a reader should know of it.
    """

    name: str
    mass: float | None
    point: Mapping[str, float]
    mu_hat: float | None = None
    p0: float | None = None
    observed: float | None = None
    asimov: float | None = None
    expected: tuple[float, ...] | None = None
    reference: float | None = None
    born: float | None = None
    coupling: float | None = None
    coupling_name: str = ""
    coupling_power: int = 2
    excluded: Ranges | None = None
    excluded_expected: Ranges | None = None
    theory_uncertainty: float = 0.0
    efficiency: float | None = None
    isr_factor: float = 1.0
    background: float | None = None
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    method: str = ""
    status: str = "ok"
    notes: tuple[str, ...] = ()

    def cross_section(self, mu: float | None) -> float | None:
        """Give the cross section in nb (or branching fraction) at a signal strength."""
        return None if mu is None or self.reference is None else mu * self.reference

    def limit_at(self, mu: float | None) -> float | None:
        """Give what a limit is told as: the coupling, without one the cross section (nb), of a bare workspace mu."""
        if self.coupling_name:
            return self.coupling_at(mu)
        return mu if self.reference is None else self.cross_section(mu)

    def visible_cross_section(self, mu: float | None) -> float | None:
        """Give cross section times efficiency, which holds for any model with the same signature."""
        section = self.cross_section(mu)
        if section is None or self.efficiency is None:
            return None
        return section * self.isr_factor * self.efficiency

    def coupling_at(self, mu: float | None) -> float | None:
        """Give the coupling at a signal strength, the efficiency being that of this hypothesis."""
        section = self.cross_section(mu)
        if section is None or self.born is None or self.coupling is None or not self.coupling_name:
            return None
        return coupling_limit(section, self.born, self.coupling, self.coupling_power)

    def _ranges(self, solved: Ranges | None, bound: float | None) -> list[list[float | None]]:
        if solved is not None:
            return [list(each) for each in solved]
        return [] if bound is None else [[bound, None]]

    def to_json(self) -> dict[str, Any]:
        """Give the hypothesis's object of `darkbelle limits --json`; an open end of an excluded range is null."""
        expected = list(self.expected) if self.expected else [None] * 5
        bound, median = self.coupling_at(self.observed), self.coupling_at(expected[2])
        return {
            "name": self.name,
            "mass": self.mass,
            "point": dict(self.point),
            "mu_hat": self.mu_hat,
            "p0": self.p0,
            "observed": self.observed,
            "asimov": self.asimov,
            "expected": expected,
            "reference_cross_section": self.reference,
            "born_cross_section": self.born,
            "reference_coupling": self.coupling,
            "efficiency": self.efficiency,
            "isr_factor": self.isr_factor,
            "background": self.background,
            "cross_section": {
                "observed": self.cross_section(self.observed),
                "expected": [self.cross_section(each) for each in expected],
            },
            "visible_cross_section": {
                "observed": self.visible_cross_section(self.observed),
                "expected": [self.visible_cross_section(each) for each in expected],
            },
            "coupling": {
                "name": self.coupling_name,
                "power": self.coupling_power,
                "observed": bound,
                "expected": [self.coupling_at(each) for each in expected],
                "excluded": self._ranges(self.excluded, bound),
                "excluded_expected": self._ranges(self.excluded_expected, median),
                "solved": self.excluded_expected is not None,
                "theory_uncertainty": self.theory_uncertainty,
            },
            "windows": {name: list(each) for name, each in self.windows.items()},
            "method": self.method,
            "status": self.status,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "HypothesisResult":
        """Read what `to_json` gives."""
        expected, coupling = content["expected"], content["coupling"]
        solved = coupling["solved"]
        return cls(
            name=content["name"],
            mass=content["mass"],
            point=content["point"],
            mu_hat=content["mu_hat"],
            p0=content["p0"],
            observed=content["observed"],
            asimov=content["asimov"],
            expected=None if expected[2] is None else tuple(expected),
            reference=content["reference_cross_section"],
            born=content["born_cross_section"],
            coupling=content["reference_coupling"],
            coupling_name=coupling["name"],
            coupling_power=coupling["power"],
            excluded=_read_ranges(coupling["excluded"]) if solved and content["observed"] is not None else None,
            excluded_expected=_read_ranges(coupling["excluded_expected"]) if solved else None,
            theory_uncertainty=coupling["theory_uncertainty"],
            efficiency=content["efficiency"],
            isr_factor=content["isr_factor"],
            background=content["background"],
            windows={name: (each[0], each[1]) for name, each in content["windows"].items()},
            method=content["method"],
            status=content["status"],
            notes=tuple(content["notes"]),
        )


def _read_ranges(ranges: list[list[float | None]]) -> Ranges:
    return tuple((float(low or 0.0), high) for low, high in ranges)
