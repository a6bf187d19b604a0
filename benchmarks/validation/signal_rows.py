"""Born cross sections of the signals beside their formulas, five masses each, and the factor of radiation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from comparisons import ALPHA, NANOBARN, SQRT_S, S
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.processes.dark_photon_widths import branching_fraction
from darkbelle.datasets.simulation.processes.excited_decay import ExcitedDecay
from darkbelle.datasets.simulation.processes.zprime import branching_fractions


@dataclass(frozen=True)
class SignalRow:
    """Born cross section (nb) reached, its error, what the formula gives, and the factor of radiation."""

    process: str
    point: str
    reached: float
    error: float
    formula: float
    isr_factor: float

    @property
    def agrees(self) -> bool:
        """Whether both agree within 1 %."""
        return abs(self.reached - self.formula) < 0.01 * self.formula


def dark_photon(mass: float, fraction: float = 1.0) -> float:
    """(4 pi alpha^2/(s x)) [(2 - 2x + x^2) 2 artanh c - x^2 c] at |cos| < 0.95."""
    x = 1.0 - mass**2 / S
    bracket = (2.0 - 2.0 * x + x**2) * 2.0 * np.arctanh(0.95) - x**2 * 0.95
    return float(4.0 * np.pi * ALPHA**2 / (S * x) * bracket * fraction * NANOBARN)


def alp(mass: float, coupling: float) -> float:
    """(g^2 alpha/24)(1 - m^2/s)^3."""
    return float(coupling**2 * ALPHA / 24.0 * (1.0 - mass**2 / S) ** 3 * NANOBARN)


def dark_higgs(mass: float, higgs: float) -> float:
    """(pi alpha alpha_D/(3 s)) (1 - m_A^2/s)^-2 sqrt(lambda) [lambda + 12 m_A^2/s]."""
    a, b = mass**2 / S, higgs**2 / S
    lam = 1.0 + a**2 + b**2 - 2.0 * (a + b + a * b)
    return float(np.pi * ALPHA / (3.0 * S) * np.sqrt(lam) * (lam + 12.0 * a) / (1.0 - a) ** 2 * NANOBARN)


def monopole(mass: float, charge: float) -> float:
    """(4 pi alpha^2 g^2/(3 s)) beta^3 (3 - beta^2)/2."""
    beta = np.sqrt(1.0 - 4.0 * mass**2 / S)
    return float(4.0 * np.pi * ALPHA**2 * charge**2 / (3.0 * S) * beta**3 * (3.0 - beta**2) / 2.0 * NANOBARN)


def inelastic(mass: float) -> float:
    """(8 pi alpha alpha_D p/s^(5/2)) [E_1 E_2 + m_1 m_2 + p^2/3] s^2/|s - M^2 + i M Gamma|^2 times the mumu share."""
    one, two, mediator, strength = mass, 1.4 * mass, 3.0 * mass, 0.1

    def bracket(total: float) -> tuple[float, float]:
        p = np.sqrt((total**2 - (one + two) ** 2) * (total**2 - (one - two) ** 2)) / (2.0 * total)
        return p, np.hypot(p, one) * np.hypot(p, two) + one * two + p**2 / 3.0

    inner, at_pole = bracket(mediator)
    width = 2.0 * strength * inner * at_pole / mediator**2
    momentum, angular = bracket(SQRT_S)
    propagator = S**2 / ((S - mediator**2) ** 2 + (mediator * width) ** 2)
    fraction = ExcitedDecay(one, two, mediator).branching_fraction("mumu")
    return float(8 * np.pi * ALPHA * strength * momentum / S**2.5 * angular * propagator * fraction * NANOBARN)


ZPRIME = {0.5: 202.0, 1.0: 99.3, 2.0: 34.6, 4.0: 5.46, 6.0: 0.664}
"""pb at g' = 1: an independent program's tree (three digits)."""

POINTS: list[tuple[str, str, dict[str, float | str], float]] = [
    *(("γA′, A′ invisible", "dark_photon_invisible", {"mass": m}, dark_photon(m)) for m in (0.1, 1.0, 4.0, 7.0, 9.0)),
    *(
        ("γA′, A′ → μμ", "dark_photon_visible", {"mass": m}, dark_photon(m, branching_fraction(m, "mumu")))
        for m in (0.3, 1.0, 3.5, 6.0, 9.0)
    ),
    *(
        ("γA′, A′ → ee", "dark_photon_visible", {"mass": m, "decay_to": "ee"},
         dark_photon(m, branching_fraction(m, "ee")))
        for m in (0.05, 1.0, 3.5, 6.0, 9.0)
    ),
    *(("μμZ′, Z′ invisible", "zprime_invisible", {"mass": m}, 1e-3 * v) for m, v in ZPRIME.items()),
    *(
        ("μμZ′, Z′ → μμ", "zprime_visible", {"mass": m}, 1e-3 * v * branching_fractions(m)["mumu"])
        for m, v in ZPRIME.items()
    ),
    *(
        ("γa, a → γγ", "alp_two_photon", {"mass": m, "coupling": 1e-3}, alp(m, 1e-3)) for m in (0.2, 1.0, 3.0, 6.0, 9.0)
    ),
    *(
        ("A′h′, h′ invisible, A′ → μμ", "dark_higgs_invisible", {"mass": m, "higgs_mass": h},
         dark_higgs(m, h) * branching_fraction(m, "mumu"))
        for m, h in ((0.3, 1.0), (1.0, 4.0), (2.0, 0.5), (5.0, 3.0), (8.0, 2.0))
    ),
    *(("M M̄", "monopole_pair", {"mass": m, "charge": 0.5}, monopole(m, 0.5)) for m in (0.5, 2.0, 3.5, 4.5, 5.2)),
    *(
        ("χ₁χ₂, χ₂ → χ₁μμ", "inelastic_dark_matter", {"mass": m, "lifetime": 1.0}, inelastic(m))
        for m in (0.65, 1.0, 1.5, 2.5, 3.0)
    ),
]  # fmt: skip
"""Title, process, parameters and formula (nb)."""


def signal_rows(evaluations: int) -> Iterator[SignalRow]:
    """Integrate every point with radiation; its Born value comes beside."""
    for title, name, parameters, formula in POINTS:
        found = make_process(name, **parameters).integrate(SQRT_S, np.random.default_rng(1), evaluations)
        alone = make_process(name, **parameters, isr=0.0).integrate(SQRT_S, np.random.default_rng(2), evaluations)
        point = ", ".join(f"{value:g} GeV" for key, value in parameters.items() if "mass" in key)
        yield SignalRow(
            title, point, alone.cross_section, alone.error, formula, found.cross_section / alone.cross_section
        )
