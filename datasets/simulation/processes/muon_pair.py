"""e+e- -> mu+mu-(gamma): multi-photon radiation from the beams, one photon from the muons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..constants import MUON, MUON_MASS, PHOTON
from ..generated import GeneratedEvents, prompt_events
from .event_record import SMALLEST_PHOTON
from .fermion_pair import complete, draft
from .process import Integral
from .unweighting import accept, integrate_sampler

QUANTILE = 0.99  # beyond it the radiative tail of wide-angle double photons grows slowly: those keep their weight


@dataclass(frozen=True)
class MuonPair:
    """Muon pairs with photons; slots are mu-, mu+, and the photons of electron, positron and muons.

    Photons below 1 MeV are left out of the record; what is missing is at most 3 MeV.
    """

    name: str = "muon_pair"

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: draft(sqrt_s, MUON_MASS, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        drafts = accept(lambda n, rng: draft(sqrt_s, MUON_MASS, n, rng), number, integral.maximum_weight, generator)
        pairs = complete(*drafts, sqrt_s, MUON_MASS, generator)
        momenta = pairs.momenta
        pdg = np.tile(np.array([MUON, -MUON, PHOTON, PHOTON, PHOTON], dtype=np.int32), (number, 1))
        pdg[:, 2:][momenta[:, 2:, 0] < SMALLEST_PHOTON] = 0
        return prompt_events(pdg, momenta, pairs.weights)
