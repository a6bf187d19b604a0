"""e+e- -> tau+tau-(gamma) with spin-correlated decays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import PHOTON, TAU, TAU_MASS
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
from ..phase_space.boosts import mass_squared
from .event_record import SMALLEST_PHOTON
from .fermion_pair import PairProposals, complete, draft
from .muon_pair import QUANTILE
from .process import Integral
from .tau_pair_decay import DAUGHTERS, decay_taus
from .unweighting import accept, integrate_sampler

Array = NDArray[np.float64]

RADIATED = 3  # slots 2..4: photons of electron, positron and taus
FIRST_DAUGHTER = 2 + RADIATED
SLOTS = FIRST_DAUGHTER + 2 * DAUGHTERS


@dataclass(frozen=True)
class TauPair:
    """Tau pairs; slots are tau-, tau+ (decayed), three radiated photons, six daughters of each tau.

    Spins are correlated in all decays but that to four pions (phase space): e, mu, pi, K, rho and K* to pairs, and the
    a1 to three pions. Neutral kaons are K_L or K_S, which the detector decays. Weak effects (a net polarisation of
    1e-3) are left out.
    """

    name: str = "tau_pair"

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: draft(sqrt_s, TAU_MASS, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        drafts = accept(lambda n, rng: draft(sqrt_s, TAU_MASS, n, rng), number, integral.maximum_weight, generator)
        return decay(complete(*drafts, sqrt_s, TAU_MASS, generator), generator)


def spin_correlation(cosine: Array, gamma: Array) -> Array:
    """Return (n, 3, 3) R_ij, the correlation of the spins of tau- (i) and tau+ (j).

    Axes of both rest frames: z along the tau-, x in the production plane with the electron beam at z cos + x sin.

    Notes
    -----
    One virtual photon; Y.-S. Tsai, Phys. Rev. D 4 (1971) 2821. At threshold R_ij = n_i n_j with n the beam.
    """
    sine = np.sqrt(1.0 - cosine**2)
    norm = 1.0 + cosine**2 + sine**2 / gamma**2
    matrix = np.zeros((len(cosine), 3, 3))
    matrix[:, 0, 0] = (1.0 + 1.0 / gamma**2) * sine**2 / norm
    matrix[:, 1, 1] = -(1.0 - 1.0 / gamma**2) * sine**2 / norm
    matrix[:, 2, 2] = (1.0 + cosine**2 - sine**2 / gamma**2) / norm
    matrix[:, 0, 2] = matrix[:, 2, 0] = 2.0 * cosine * sine / (gamma * norm)
    return matrix


def decay(pairs: PairProposals, generator: np.random.Generator) -> GeneratedEvents:
    """Decay both taus of every event with their spin correlations, and every pi0 to two photons."""
    number = len(pairs.weights)
    cosine = np.clip((pairs.axes * pairs.beam_axes).sum(axis=1), -1.0, 1.0)
    total = pairs.momenta[:, 0] + pairs.momenta[:, 1]
    correlation = spin_correlation(cosine, np.sqrt(np.maximum(mass_squared(total), 0.0)) / (2.0 * TAU_MASS))
    pdg, momenta = np.zeros((number, SLOTS), dtype=np.int32), np.zeros((number, SLOTS, 4))
    pdg[:, :2] = TAU, -TAU
    momenta[:, :FIRST_DAUGHTER] = pairs.momenta
    hard = pairs.momenta[:, 2:, 0] >= SMALLEST_PHOTON
    pdg[:, 2:FIRST_DAUGHTER] = np.where(hard, PHOTON, 0)
    momenta[:, 2:FIRST_DAUGHTER] *= hard[..., np.newaxis]
    codes = pdg[:, FIRST_DAUGHTER:].reshape(number, 2, DAUGHTERS)
    daughters = momenta[:, FIRST_DAUGHTER:].reshape(number, 2, DAUGHTERS, 4)  # views: slots one after the other
    decay_taus(pairs.momenta[:, :2], _axes(pairs, cosine), correlation, generator, codes, daughters)
    mothers = np.full(SLOTS, NO_MOTHER, dtype=np.int16)
    mothers[FIRST_DAUGHTER:] = np.repeat([0, 1], DAUGHTERS)
    status = np.full(SLOTS, STABLE, dtype=np.int8)
    status[:2] = DECAYED
    present = pdg != 0
    return GeneratedEvents(
        pdg=pdg,
        momenta=momenta,
        mothers=np.where(present, mothers, np.int16(NO_MOTHER)),
        status=np.where(present, status, np.int8(0)),
        weights=pairs.weights,
    )


def _axes(pairs: PairProposals, cosine: Array) -> Array:
    """Return (n, 3, 3) rows x, y, z of the taus' rest frames in the CM frame."""
    across = pairs.beam_axes - cosine[:, np.newaxis] * pairs.axes
    x = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    return np.stack([x, np.cross(pairs.axes, x), pairs.axes], axis=1)
