"""e+e- -> tau+tau-(gamma) with spin-correlated decays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import LONG_KAON, NEUTRAL_PION, NEUTRAL_PION_MASS, PHOTON, TAU, TAU_MASS
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
from ..phase_space.boosts import boost_from_rest, mass_squared
from .fermion_pair import PairProposals, propose
from .muon_pair import QUANTILE, SMALLEST_PHOTON
from .process import Integral
from .tau_decays import MODES, POLARISED, isotropic, two_body_decay
from .unweighting import Proposals, accept, integrate_sampler

Array = NDArray[np.float64]

RADIATED = 3  # slots 2..4: photons of electron, positron and taus
DAUGHTERS = 6  # final-state particles of a tau: at most nu, pi-, 4 photons or nu, 3 pi, 2 photons
SLOTS = 2 + RADIATED + 2 * DAUGHTERS


@dataclass(frozen=True)
class TauPair:
    """Tau pairs; slots are tau-, tau+ (decayed), three radiated photons, six daughters of each tau.

    Spins are correlated in the decays to e, mu, pi, rho and K (72.2 %); the rest decays by phase space, unpolarised.
    Neutral kaons are K_L. Weak effects (a net polarisation of 1e-3) are left out.
    """

    name: str = "tau_pair"

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: _proposals(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (momenta, axes, beam_axes), weights = accept(
            lambda n, rng: _proposals(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return decay(PairProposals(momenta, axes, beam_axes, weights), generator)


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
    pdg = np.zeros((number, SLOTS), dtype=np.int32)
    momenta = np.zeros((number, SLOTS, 4))
    pdg[:, 0], pdg[:, 1] = TAU, -TAU
    momenta[:, : 2 + RADIATED] = pairs.momenta
    pdg[:, 2 : 2 + RADIATED][pairs.momenta[:, 2:, 0] >= SMALLEST_PHOTON] = PHOTON
    cosine = np.clip((pairs.axes * pairs.beam_axes).sum(axis=1), -1.0, 1.0)
    total = pairs.momenta[:, 0] + pairs.momenta[:, 1]
    correlation = spin_correlation(cosine, np.sqrt(np.maximum(mass_squared(total), 0.0)) / (2.0 * TAU_MASS))
    frame = _axes(pairs, cosine)
    modes = generator.choice(len(MODES), size=(2, number), p=_fractions())
    left = np.arange(number)
    while len(left):
        rest, codes, polarimeter = _decays(modes[:, left], generator)
        spin = np.einsum("ni,nij,nj->n", polarimeter[0], correlation[left], -polarimeter[1])
        # Without a polarimeter on both sides every draw is good; with one the weight 1 + spin goes up to 2.
        largest = np.where((modes[:, left] < POLARISED).all(axis=0), 2.0, 1.0)
        good = largest * generator.random(len(left)) < 1.0 + spin
        chosen = left[good]
        for tau in (0, 1):
            rotated = rest[tau, good]
            rotated[..., 1:] = rotated[..., 1:] @ frame[chosen]
            slots = slice(2 + RADIATED + tau * DAUGHTERS, 2 + RADIATED + (tau + 1) * DAUGHTERS)
            pdg[chosen, slots] = codes[tau, good]
            momenta[chosen, slots] = boost_from_rest(rotated, pairs.momenta[chosen, tau, np.newaxis])
        left = left[~good]
    momenta[pdg == 0] = 0.0
    mothers = np.full((number, SLOTS), NO_MOTHER, dtype=np.int16)
    mothers[:, 2 + RADIATED : 2 + RADIATED + DAUGHTERS], mothers[:, 2 + RADIATED + DAUGHTERS :] = 0, 1
    mothers[pdg == 0] = NO_MOTHER
    status = np.where(np.abs(pdg) == TAU, DECAYED, np.where(pdg != 0, STABLE, 0)).astype(np.int8)
    return GeneratedEvents(pdg, momenta, mothers, status, pairs.weights)


def _proposals(sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
    pairs = propose(sqrt_s, TAU_MASS, number, generator)
    return (pairs.momenta, pairs.axes, pairs.beam_axes), pairs.weights


def _fractions() -> Array:
    fractions = np.array([mode.fraction for mode in MODES])
    fractions[POLARISED:] *= (1.0 - fractions[:POLARISED].sum()) / fractions[POLARISED:].sum()
    return fractions


def _axes(pairs: PairProposals, cosine: Array) -> Array:
    """Return (n, 3, 3) rows x, y, z of the taus' rest frames in the CM frame."""
    across = pairs.beam_axes - cosine[:, np.newaxis] * pairs.axes
    x = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    return np.stack([x, np.cross(pairs.axes, x), pairs.axes], axis=1)


def _decays(modes: NDArray[np.int64], generator: np.random.Generator) -> tuple[Array, NDArray[np.int32], Array]:
    """Draw decays at rest of both taus: (2, n, 6, 4) momenta, (2, n, 6) codes and (2, n, 3) polarimeters."""
    shape = modes.shape
    momenta = np.zeros((*shape, DAUGHTERS, 4))
    momenta[..., 0] = 1.0  # empty slots: any timelike vector, removed later
    codes = np.zeros((*shape, DAUGHTERS), dtype=np.int32)
    polarimeter = np.zeros((*shape, 3))
    for index, mode in enumerate(MODES):
        for tau, sign in ((0, 1), (1, -1)):
            rows = np.flatnonzero(modes[tau] == index)
            drawn, polarimeter[tau, rows] = mode.draw(len(rows), generator)
            drawn, pdg = _with_photons(drawn, mode.pdg, generator)
            momenta[tau, rows, : len(pdg)] = drawn
            codes[tau, rows, : len(pdg)] = [_conjugate(code) if sign < 0 else code for code in pdg]
    return momenta, codes, polarimeter


def _with_photons(
    momenta: Array, pdg: tuple[int, ...], generator: np.random.Generator
) -> tuple[Array, tuple[int, ...]]:
    """Replace every pi0 by two photons."""
    kept = [slot for slot, code in enumerate(pdg) if code != NEUTRAL_PION]
    parts, codes = [momenta[:, kept]], [pdg[slot] for slot in kept]
    for slot in (slot for slot, code in enumerate(pdg) if code == NEUTRAL_PION):
        unit = isotropic(len(momenta), generator)
        photons = np.stack(two_body_decay(np.full(len(momenta), NEUTRAL_PION_MASS), 0.0, 0.0, unit), axis=1)
        parts.append(boost_from_rest(photons, momenta[:, slot, np.newaxis]))
        codes += [PHOTON, PHOTON]
    return np.concatenate(parts, axis=1), tuple(codes)


def _conjugate(code: int) -> int:
    return code if code in (PHOTON, LONG_KAON) else -code
