"""e+e- -> q qbar(gamma), hadronised by Pythia."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from ..generated import GeneratedEvents
from .process import Integral, ProcessError
from .pythia import from_records, require_pythia, start_pythia

CODES = {"down": 1, "up": 2, "strange": 3, "charm": 4}

# KKMC's totals (Belle II Physics Book, table 18) over Pythia's above 0.5 GeV, with radiation: 1.61/1.466 and so on.
NORMALISATION = {"down": 0.40 / 0.367, "up": 1.61 / 1.466, "strange": 0.38 / 0.368, "charm": 1.30 / 1.330}


@dataclass(frozen=True)
class QuarkPair:
    """Quarks of one flavour and the hadrons they turn into, above a mass; slots are the final state.

    Pythia's cross section, scaled to KKMC's total; below `minimum_mass` exclusive final states have processes of their
    own (`PionPair`, `RadiativeReturn`). K_S and strange baryons decay at vertices of their own.

    Parameters
    ----------
    flavour
        "down", "up", "strange" or "charm".
    minimum_mass
        Smallest invariant mass of the quarks, GeV.
    """

    flavour: str
    minimum_mass: float = 2.0
    name: str = "quark_pair"

    def __post_init__(self) -> None:
        if self.flavour not in CODES:
            raise ProcessError(f"unknown flavour {self.flavour!r}; known are {', '.join(CODES)}")
        if self.minimum_mass < 1.0:
            raise ProcessError(f"minimum_mass must be at least 1 GeV for hadrons to form, got {self.minimum_mass}")
        require_pythia()

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 3_000) -> Integral:
        """Return cross section (nb) at sqrt_s in GeV."""
        pythia = self._start(sqrt_s, generator)
        pythia.nextBatch(min(evaluations, 3_000))
        information = pythia.infoPython()
        scale = NORMALISATION[self.flavour] * 1e6  # mb to nb
        return Integral(scale * information.sigmaGen(), scale * information.sigmaErr(), 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events of weight 1 at sqrt_s in GeV."""
        # At least one: without any record there are no columns to read.
        particles = self._start(sqrt_s, generator).nextBatch(max(number, 1)).prt
        if len(particles) < number:
            raise ProcessError(f"Pythia gave {len(particles)} of {number} events")
        vertex = particles.vProd
        records = {
            "id": particles.id,
            "status": particles.status,
            "mother": particles.mother1,
            **{name: particles.p[name] for name in ("px", "py", "pz", "e")},
            **{name: ak.fill_none(vertex[component], 0.0) for name, component in _VERTEX.items()},
        }
        return from_records(ak.zip(records)).select(slice(number))

    def _start(self, sqrt_s: float, generator: np.random.Generator) -> Any:
        if self.minimum_mass >= sqrt_s:
            raise ProcessError(f"minimum_mass {self.minimum_mass} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")
        settings = (
            "Beams:frameType = 1",
            "Beams:idA = 11",
            "Beams:idB = -11",
            f"Beams:eCM = {sqrt_s}",
            "WeakSingleBoson:ffbar2gmZ = on",
            "WeakZ0:gmZmode = 1",
            "PDF:lepton = on",
            f"PhaseSpace:mHatMin = {self.minimum_mass}",
            f"23:mMin = {self.minimum_mass}",
            "23:onMode = off",
            f"23:onIfAny = {CODES[self.flavour]}",
        )
        return start_pythia(settings, generator)


_VERTEX = {"x": "px", "y": "py", "z": "pz"}
