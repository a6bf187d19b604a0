"""e+e- -> Y(nS) -> pi+ pi- Y(1S) with an Y(1S) that leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..constants import PION
from ..generated import GeneratedEvents
from .dipion_transition import draw_transition
from .event_record import EventRecord
from .process import Integral, ProcessError
from .quarkonium_dipion import on_resonance
from .resonances import find_resonance, fraction

DAUGHTER = "upsilon1s"
SAME_MASS = 0.01
"""GeV by which a hypothesis may miss the Y(1S)."""


@dataclass(frozen=True)
class UpsilonInvisible:
    """Transitions of an Y(nS) at rest; slots are Y(nS), pi+, pi-, Y(1S), which stays as it is.

    The cross section is the resonance's visible peak times the branching fraction of the transition: that of an Y(1S)
    that always decays invisibly. The collider runs on the resonance, so that no beam radiates.

    Parameters
    ----------
    parent
        "upsilon2s" or "upsilon3s".
    mass
        Of the Y(1S), GeV: the hypothesis of the search.
    """

    parent: str
    mass: float = 9.4604
    name: str = "upsilon_invisible"

    def __post_init__(self) -> None:
        fraction(self.parent, "pipiupsilon1s")
        if abs(self.mass - find_resonance(DAUGHTER).mass) > SAME_MASS:
            raise ProcessError(f"mass {self.mass} GeV is not that of the Y(1S), {find_resonance(DAUGHTER).mass} GeV")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 0) -> Integral:  # noqa: ARG002
        """Return the cross section (nb at branching fraction 1) at sqrt_s in GeV; nothing is drawn."""
        section = on_resonance(self.parent, sqrt_s) * fraction(self.parent, "pipiupsilon1s")
        return Integral(section, 0.0, 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events of weight 1 at sqrt_s in GeV."""
        record = EventRecord()
        system = np.tile([sqrt_s, 0.0, 0.0, 0.0], (number, 1))
        mother = record.add(find_resonance(self.parent).code, system, decayed=True)
        momenta = draw_transition(self.parent, DAUGHTER, np.full(number, sqrt_s), generator)
        for slot, code in enumerate((PION, -PION, find_resonance(DAUGHTER).code)):
            record.add(code, momenta[:, slot], mother)
        return record.events(np.ones(number))
