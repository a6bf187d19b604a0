"""e+e- -> Y(nS) -> pi+ pi- Y(1S), Y(1S) -> leptons, at a collider that runs on the resonance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..generated import GeneratedEvents
from .event_record import EventRecord
from .process import Integral, ProcessError
from .resonances import find_resonance, fraction
from .vector_decays import dipion, lepton_fraction

NEAR = 0.01
"""GeV: a collider at most so far from the resonance counts as on it (a few times the spread of its energy)."""


@dataclass(frozen=True)
class QuarkoniumDipion:
    """Transitions of an Y(nS) at rest; slots are Y(nS), pi+, pi-, Y(1S) (decayed) and its leptons.

    The cross section is the resonance's visible peak times the branching fractions, so that a luminosity stands for a
    number of decays. Both pions in an S wave: the Y(1S) keeps the polarisation, its leptons follow 1 + cos^2.

    Parameters
    ----------
    parent
        "upsilon2s" or "upsilon3s".
    """

    parent: str
    name: str = "quarkonium_dipion"

    def __post_init__(self) -> None:
        fraction(self.parent, "pipiupsilon1s")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 0) -> Integral:  # noqa: ARG002
        """Return the cross section (nb, branching fractions included) at sqrt_s in GeV; nothing is drawn."""
        peak = on_resonance(self.parent, sqrt_s)
        return Integral(peak * fraction(self.parent, "pipiupsilon1s") * lepton_fraction("upsilon1s"), 0.0, 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events of weight 1 at sqrt_s in GeV."""
        system = np.tile([sqrt_s, 0.0, 0.0, 0.0], (number, 1))
        axis = np.tile([0.0, 0.0, 1.0], (number, 1))
        record = EventRecord()
        mother = record.add(find_resonance(self.parent).code, system, decayed=True)
        dipion(record, mother, system, axis, generator, self.parent, "upsilon1s")
        return record.events(np.ones(number))


def on_resonance(name: str, sqrt_s: float) -> float:
    """Return the visible peak (nb) of a resonance that a collider at sqrt_s (GeV) runs on; ProcessError elsewhere."""
    meson = find_resonance(name)
    if meson.peak is None or abs(sqrt_s - meson.mass) > NEAR:
        raise ProcessError(f"{name} is made at {meson.mass:g} GeV, not at sqrt(s) = {sqrt_s:.3f} GeV")
    return meson.peak
