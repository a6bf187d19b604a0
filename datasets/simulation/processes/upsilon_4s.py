"""e+e- -> Y(4S) -> B Bbar with all of their decays, by Pythia's tables."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np

from ...cross_sections import cross_section
from ..generated import GeneratedEvents
from .process import Integral, ProcessError
from .pythia import from_records, require_pythia, start_pythia

CODE = 300553
CHARGED = 0.514
"""Fraction of B+B- (PDG 2022)."""

NAMES = ("id", "status", "mother", "px", "py", "pz", "e", "x", "y", "z")


@dataclass(frozen=True)
class Upsilon4S:
    """B pairs of the Y(4S); slots are the final state.

    The cross section is the registry's. Pythia decays the B mesons independently of each other and evenly in angle:
    a background of few particles, no physics of B mesons.
    """

    name: str = "upsilon_4s"

    def __post_init__(self) -> None:
        require_pythia()

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 0) -> Integral:  # noqa: ARG002
        """Return the cross section (nb) at sqrt_s in GeV, which must be the resonance's; nothing is drawn."""
        return Integral(cross_section("upsilon_4s", sqrt_s), 0.0, 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events of weight 1 at sqrt_s in GeV."""
        pythia = start_pythia(
            (
                "ProcessLevel:all = off",
                f"{CODE}:new = Upsilon(4S) void 3 0 0 10.5794 0.0205 10.56 10.70 0.",
                f"{CODE}:addChannel = 1 {CHARGED} 0 521 -521",
                f"{CODE}:addChannel = 1 {1.0 - CHARGED} 0 511 -511",
            ),
            generator,
        )
        rows: list[tuple[float, ...]] = []
        counts: list[int] = []
        while len(counts) < max(number, 1):  # without any record there are no columns to read
            pythia.event.reset()
            pythia.event.append(CODE, 1, 0, 0, 0.0, 0.0, 0.0, sqrt_s, sqrt_s)
            if not pythia.next():
                raise ProcessError("Pythia failed to decay an Y(4S)")
            before = len(rows)
            rows.extend(
                (p.id(), p.status(), p.mother1(), p.px(), p.py(), p.pz(), p.e(), p.xProd(), p.yProd(), p.zProd())
                for p in pythia.event
            )
            counts.append(len(rows) - before)
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(NAMES))
        records = ak.zip({name: ak.unflatten(columns[:, index], counts) for index, name in enumerate(NAMES)})
        return from_records(records).select(slice(number))
