"""e+e- -> mu+ mu- mu+ mu-(gamma): the exact tree amplitude of twelve diagrams behind photons of the beams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..amplitudes.kernels import four_lepton_squares
from ..constants import ALPHA, ELECTRON_MASS, MUON, MUON_MASS, NANOBARN
from ..generated import GeneratedEvents
from ..phase_space.boosts import Floats, boost_from_rest, transverse_axes
from ..phase_space.two_pairs import draw_two_pairs
from ..radiation.beams import radiate_beams
from .event_record import EventRecord
from .process import Integral
from .unweighting import Proposals, accept, integrate_sampler

QUANTILE = 0.95
THRESHOLD = 4.1 * MUON_MASS


@dataclass(frozen=True)
class FourMuons:
    """Two muon pairs; slots are mu-, mu+, mu-, mu+ and the photons of the beams.

    All twelve diagrams at alpha(0) with the muon's and the electron's mass; structure functions for the beams. AAFH's
    0.351 pb has a running alpha, of which some 5 % are missing here.
    """

    name: str = "four_muons"

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 60_000) -> Integral:
        """Return cross section (nb) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (momenta,), weights = accept(lambda n, rng: propose(sqrt_s, n, rng), number, integral.maximum_weight, generator)
        record = EventRecord()
        for slot, code in enumerate((MUON, -MUON, MUON, -MUON)):
            record.add(code, momenta[:, slot])
        record.add_radiation(momenta[:, 4:])
        return record.events(weights)


def propose(sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
    """Return weighted events (n, 6, 4) of four muons and two photons; weights in nb."""
    beams = radiate_beams(sqrt_s, THRESHOLD**2, number, generator)
    totals = np.sqrt(beams.squares)
    rest, volume = draw_two_pairs(totals, MUON_MASS, generator)
    weights = beams.weights * tree(totals, rest) * volume
    axis = beams.axes(sqrt_s)
    turned = rest.copy()
    turned[..., 1:] = np.einsum("npi,nij->npj", rest[..., 1:], np.stack([*transverse_axes(axis), axis], axis=1))
    muons = boost_from_rest(turned, beams.system[:, np.newaxis])
    return (np.concatenate([muons, beams.photons.swapaxes(0, 1)], axis=1),), weights


def tree(totals: Floats, muons: Floats) -> Floats:
    """Return |M|^2 over the flux (nb GeV^-4) of muons (n, 4, 4) at rest from beams of (n,) total energies in GeV."""
    events = np.zeros((len(totals), 6, 4))
    half = 0.5 * totals
    events[:, :2, 0] = half[:, np.newaxis]
    events[:, 0, 3] = np.sqrt(half**2 - ELECTRON_MASS**2)
    events[:, 1, 3] = -events[:, 0, 3]
    events[:, 2:] = muons
    squares = (4.0 * np.pi * ALPHA) ** 4 * four_lepton_squares(events, ELECTRON_MASS, MUON_MASS)
    # 1/4 for two pairs of identical particles, flux 2 s
    return np.asarray(squares / 4.0 / (2.0 * totals**2) * NANOBARN, dtype=np.float64)
