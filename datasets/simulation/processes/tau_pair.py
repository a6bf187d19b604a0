"""e+e- -> tau+tau-(gamma) with spin-correlated decays."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import Component, Vector, compiled, shared
from ..constants import PHOTON, TAU, TAU_MASS
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
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
    xx, yy, zz, xz = _correlation(cosine, gamma)
    matrix = np.zeros((len(cosine), 3, 3))
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, 2, 2] = xx, yy, zz
    matrix[:, 0, 2] = matrix[:, 2, 0] = xz
    return matrix


@shared
def _correlation(cosine: Component, gamma: Component) -> Vector:
    """Give the elements xx, yy, zz and xz."""
    square, slow = 1.0 - cosine**2, 1.0 / gamma**2
    norm = 1.0 + cosine**2 + square * slow
    mixed = 2.0 * cosine * np.sqrt(square) / (gamma * norm)
    return (1.0 + slow) * square / norm, -(1.0 - slow) * square / norm, (1.0 + cosine**2 - square * slow) / norm, mixed


def decay(pairs: PairProposals, generator: np.random.Generator) -> GeneratedEvents:
    """Decay both taus of every event with their spin correlations, and every pi0 to two photons."""
    number = len(pairs.weights)
    pdg, momenta = np.zeros((number, SLOTS), dtype=np.int32), np.zeros((number, SLOTS, 4))
    axes, correlation = np.empty((number, 3, 3)), np.zeros((number, 3, 3))
    _prepare((pairs.momenta, pairs.axes, pairs.beam_axes), pdg, momenta, axes, correlation)
    codes = pdg[:, FIRST_DAUGHTER:].reshape(number, 2, DAUGHTERS)
    daughters = momenta[:, FIRST_DAUGHTER:].reshape(number, 2, DAUGHTERS, 4)  # views: slots one after the other
    decay_taus(pairs.momenta[:, :2], axes, correlation, generator, codes, daughters)
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


@compiled
def _prepare(pairs: Any, pdg: Any, momenta: Any, axes: Any, correlation: Any) -> None:
    """Fill the slots of taus and photons, rows x, y, z of the taus' rest frames, and R_ij (compiled)."""
    produced, flights, beams = pairs
    for i in range(len(produced)):
        pdg[i, 0], pdg[i, 1] = TAU, -TAU
        for slot in range(FIRST_DAUGHTER):
            if slot >= 2:
                if produced[i, slot, 0] < SMALLEST_PHOTON:
                    continue
                pdg[i, slot] = PHOTON
            for k in range(4):
                momenta[i, slot, k] = produced[i, slot, k]
        flight, beam, axis = flights[i], beams[i], axes[i]
        cosine = min(max(flight[0] * beam[0] + flight[1] * beam[1] + flight[2] * beam[2], -1.0), 1.0)
        squared = (produced[i, 0, 0] + produced[i, 1, 0]) ** 2
        for k in range(1, 4):
            squared -= (produced[i, 0, k] + produced[i, 1, k]) ** 2
        gamma = sqrt(max(squared, 0.0)) / (2.0 * TAU_MASS)
        xx, yy, zz, xz = _correlation(cosine, gamma)
        correlation[i, 0, 0], correlation[i, 1, 1], correlation[i, 2, 2] = xx, yy, zz
        correlation[i, 0, 2], correlation[i, 2, 0] = xz, xz
        across = max(sqrt(1.0 - cosine**2), 1e-12)
        for k in range(3):
            axis[0, k], axis[2, k] = (beam[k] - cosine * flight[k]) / across, flight[k]
        for k in range(3):
            one, other = (k + 1) % 3, (k + 2) % 3
            axis[1, k] = flight[one] * axis[0, other] - flight[other] * axis[0, one]
