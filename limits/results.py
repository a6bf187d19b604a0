"""What a scan found: one record a hypothesis, with limits on mu, cross section and coupling, and their JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .coupling import coupling_limit


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
        Cross section at mu = 1, nb; None for a workspace.
    born, coupling
        Born cross section (nb) at the reference coupling, and that coupling; None for a workspace.
    coupling_name, coupling_power
        The coupling, and its power in the cross section.
    window
        Range of the observable.
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
    window: tuple[float, float] | None = None
    status: str = "ok"
    notes: tuple[str, ...] = ()

    def cross_section(self, mu: float | None) -> float | None:
        """Give the cross section in nb at a signal strength."""
        return None if mu is None or self.reference is None else mu * self.reference

    def coupling_at(self, mu: float | None) -> float | None:
        """Give the coupling at a signal strength."""
        section = self.cross_section(mu)
        if section is None or self.born is None or self.coupling is None:
            return None
        return coupling_limit(section, self.born, self.coupling, self.coupling_power)

    def to_json(self) -> dict[str, Any]:
        """Give the hypothesis's object of `darkbelle limits --json`; an open end of an excluded range is null."""
        expected = list(self.expected) if self.expected else [None] * 5
        bound = self.coupling_at(self.observed)
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
            "cross_section": {
                "observed": self.cross_section(self.observed),
                "expected": [self.cross_section(each) for each in expected],
            },
            "coupling": {
                "name": self.coupling_name,
                "power": self.coupling_power,
                "observed": bound,
                "expected": [self.coupling_at(each) for each in expected],
                "excluded": [] if bound is None else [[bound, None]],
            },
            "window": list(self.window) if self.window else None,
            "status": self.status,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "HypothesisResult":
        """Read what `to_json` gives."""
        expected = content["expected"]
        window = content["window"]
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
            coupling_name=content["coupling"]["name"],
            coupling_power=content["coupling"]["power"],
            window=None if window is None else (window[0], window[1]),
            status=content["status"],
            notes=tuple(content["notes"]),
        )
