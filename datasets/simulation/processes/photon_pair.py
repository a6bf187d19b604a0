"""e+e- -> gamma gamma(gamma): two photons with soft radiation, and three photons by the exact amplitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.kernels import three_photon_squares
from ..constants import ALPHA, ELECTRON_MASS, NANOBARN, PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats, boost_from_rest, direction, mass_squared
from ..phase_space.three_photons import draw_three_photons
from ..phase_space.two_body import beams
from ..radiation.initial_state import photon_momenta, sample_angle, sample_energy_share
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

# Weights end at about twice this one; the few beyond it are kept.
QUANTILE = 0.95
# Softer photons are left out of the record, GeV.
NEGLIGIBLE = 1e-6
# Share of s that is left to three photons at least, and of a beam's energy that it radiates at most.
SMALLEST_SHARE = 1e-4
LARGEST_SHARE = 0.9999
# Cosine beyond which the virtual correction, a formula for large angles, is held.
FORWARD = float(np.cos(np.radians(10.0)))
# Soft radiation tilts two photons out of their line by less than this before they are cut on.
MARGIN = np.radians(1.0)


@dataclass(frozen=True)
class PhotonPair:
    """Two photons and soft ones, or three photons, at least one of them in the acceptance; all five slots are photons.

    The third photon's energy parts the process. Below `soft_limit` both beams radiate by their structure functions,
    cut off there: the last two slots. Above it the exact tree amplitude of three photons applies; besides, both beams
    radiate what is softer than the photon that they radiated already (last two slots). Both parts carry what the
    structure functions leave out of the first order (`virtual_correction`). The sum does not depend on the limit.

    In the table's cuts (two photons above 0.15 GeV between 10 and 170 degrees) the sum is 5.00 nb, where BABAYAGA.NLO
    has 4.99 +- 0.05.

    Parameters
    ----------
    soft_limit
        Energy (GeV, CM frame) that parts two photons from three.
    minimum_energy, minimum_angle
        At least one photon has this energy (GeV) and lies this far (degrees, CM frame) from either beam.
    """

    soft_limit: float = 0.02
    minimum_energy: float = 0.15
    minimum_angle: float = 10.0
    name: str = "photon_pair"

    def __post_init__(self) -> None:
        if not 1e-3 <= self.soft_limit <= self.minimum_energy:
            raise ProcessError(
                f"soft_limit must lie between 0.001 and {self.minimum_energy} GeV, got {self.soft_limit} GeV"
            )
        if not 2.0 <= self.minimum_angle < 90.0:
            raise ProcessError(f"minimum_angle must lie between 2 and 90 degrees, got {self.minimum_angle}")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, within the acceptance) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self.propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV, a few of them with weights above 1."""
        (momenta,), weights = accept(
            lambda n, rng: self.propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return prompt_events(np.where(momenta[..., 0] > NEGLIGIBLE, np.int32(PHOTON), np.int32(0)), momenta, weights)

    def propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        """Return weighted events (n, 5, 4), half of them with two hard photons and half with three; weights in nb."""
        half = number // 2
        momenta, weights = np.zeros((number, 5, 4)), np.empty(number)
        momenta[:half, [0, 1, 3, 4]], weights[:half] = self.two_photons(sqrt_s, half, generator)
        momenta[half:], weights[half:] = self.three_photons(sqrt_s, number - half, generator)
        weights[:half] *= number / max(half, 1)
        weights[half:] *= number / (number - half)
        order = generator.permutation(number)
        return (momenta[order],), weights[order]

    def two_photons(self, sqrt_s: float, number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return momenta (n, 4, 4) and weights (nb): the tree cross section at s', and a soft photon of either beam."""
        soft, weights = _radiation(sqrt_s, np.full(number, 2.0 * self.soft_limit / sqrt_s), generator)
        system = _left(sqrt_s, soft)
        pair_square = mass_squared(system)
        rapidity = np.arctanh(np.cos(np.radians(self.minimum_angle) - MARGIN))
        cosine = np.tanh(rapidity * (2.0 * generator.random(number) - 1.0))
        unit = direction(cosine, 2.0 * np.pi * generator.random(number))
        energy = 0.5 * np.sqrt(pair_square)[:, np.newaxis]
        rest = np.stack([np.hstack([energy, energy * unit]), np.hstack([energy, -energy * unit])], axis=1)
        momenta = boost_from_rest(rest, system[:, np.newaxis])
        seen = self._accepted(momenta)
        # dsigma/dcos = (pi alpha^2/s) (1 + cos^2)/(1 - cos^2), either photon counted once.
        shape = np.pi * ALPHA**2 / pair_square * (1.0 + cosine**2) * 2.0 * rapidity * NANOBARN
        weights *= shape * seen * (1.0 + virtual_correction(cosine))
        return np.concatenate([momenta, soft], axis=1), weights

    def tree(self, sqrt_s: float, number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return momenta (n, 3, 4) and weights (nb) of the plain tree, every photon above the limit, none required."""
        momenta, volume = draw_three_photons(sqrt_s, self.soft_limit, number, generator)
        chosen = np.flatnonzero(momenta[..., 0].min(axis=1) > self.soft_limit)
        event = np.empty((len(chosen), 5, 4))
        event[:, :2] = beams(sqrt_s, ELECTRON_MASS)
        event[:, 2:] = momenta[chosen]
        weights = np.zeros(number)
        # 1/6 for three identical photons.
        couplings = (4.0 * np.pi * ALPHA) ** 3 / 6.0
        weights[chosen] = couplings * three_photon_squares(event, ELECTRON_MASS) * volume[chosen] * NANOBARN
        return momenta, weights / (2.0 * sqrt_s**2)

    def three_photons(self, sqrt_s: float, number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return momenta (n, 5, 4) and weights (nb): the tree at s', and a softer photon of either beam.

        The tree is drawn at s and carried to s' by its dimension, 1/s': its logarithm of the electron's mass stays
        that of s.
        """
        rest, weights = self.tree(sqrt_s, number, generator)
        cosine, limit = _radiated(rest, sqrt_s, generator)
        soft, radiation = _radiation(sqrt_s, limit, generator)
        # Where both beams radiated nearly all, too little is left for three photons.
        soft[mass_squared(_left(sqrt_s, soft)) < SMALLEST_SHARE * sqrt_s**2] = 0.0
        system = _left(sqrt_s, soft)
        scale = np.sqrt(mass_squared(system)) / sqrt_s
        momenta = boost_from_rest(rest * scale[:, np.newaxis, np.newaxis], system[:, np.newaxis])
        # Each set of photons belongs to one event only: the one whose tree holds the hardest.
        softer = (2.0 * soft[..., 0] / sqrt_s < (limit * scale)[:, np.newaxis]).all(axis=1)
        allowed = softer & (soft[..., 0] > 0.0).all(axis=1) & (scale * rest[..., 0].min(axis=1) > self.soft_limit)
        weights *= radiation / scale**2 * allowed * self._accepted(momenta) * (1.0 + virtual_correction(cosine))
        return np.concatenate([momenta, soft], axis=1), weights

    def _accepted(self, momenta: Floats) -> NDArray[np.bool_]:
        cosine = np.abs(momenta[..., 3]) < momenta[..., 0] * np.cos(np.radians(self.minimum_angle))
        seen: NDArray[np.bool_] = (cosine & (momenta[..., 0] > self.minimum_energy)).any(axis=1)
        return seen


def virtual_correction(cosine: Floats) -> Floats:
    """Return what soft and virtual photons add to e+e- -> gamma gamma beside the structure functions.

    (alpha/pi) K of A. B. Arbuzov et al., JHEP 10 (1997) 001 (hep-ph/9702262): pi^2/3 and squared logarithms of
    (1 -+ cos)/2. It follows as well from q qbar -> gamma gamma in QCD (S. Catani et al., Phys. Rev. Lett. 108 (2012)
    072001) with C_F alpha_s replaced by alpha, less the same for lepton pairs, whose constant is pi^2/3 - 1/2.

    Parameters
    ----------
    cosine
        Of a photon's angle to the beam, in the rest frame of both photons; electrons' mass neglected.
    """
    v = 0.5 * (1.0 - np.clip(cosine, -FORWARD, FORWARD))
    terms = [(u**2 + 1.0) * np.log(u) ** 2 + (1.0 - u) * (3.0 - u) * np.log(u) for u in (v, 1.0 - v)]
    correction: Floats = ALPHA / np.pi * (np.pi**2 / 3.0 + 0.5 * (terms[0] + terms[1]) / (v**2 + (1.0 - v) ** 2))
    return correction


def _radiation(sqrt_s: float, limit: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return (n, 2, 4) a photon of each beam, none above the share `limit` (n,) of its energy, and weights."""
    weights = np.ones(len(limit))
    photons = []
    for beam in (1.0, -1.0):
        share, density = sample_energy_share(sqrt_s**2, 1.0 - limit, len(limit), generator)
        distance, angular = sample_angle(share, sqrt_s**2, generator)
        photons.append(photon_momenta(share, distance, 2.0 * np.pi * generator.random(len(limit)), sqrt_s, beam))
        weights *= density * angular
    return np.stack(photons, axis=1), weights


def _left(sqrt_s: float, photons: Floats) -> Floats:
    """Return the (n, 4) momentum that (n, 2, 4) photons leave."""
    left: Floats = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photons.sum(axis=1)
    return left


def _radiated(momenta: Floats, sqrt_s: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Choose the photon that the beams radiated; return the cosine of the pair's angle and the photon's share of E.

    The photon is drawn by the eikonal factors 1/((p1.k)(p2.k)) of all three; the others are the pair, whose angle is
    taken to the direction that bisects them (exact for a soft photon, and for one along a beam).
    """
    energy, along = momenta[..., 0], momenta[..., 3]
    eikonal = 1.0 / ((momenta[..., 1:3] ** 2).sum(axis=-1) + (2.0 * ELECTRON_MASS / sqrt_s * along) ** 2)
    cumulative = np.cumsum(eikonal, axis=1)
    chosen = (cumulative < cumulative[:, -1:] * generator.random((len(momenta), 1))).sum(axis=1)
    rows = np.arange(len(momenta))
    one, two = momenta[rows, (chosen + 1) % 3, 1:], momenta[rows, (chosen + 2) % 3, 1:]
    between = one - two
    cosine = between[:, 2] / np.sqrt((between**2).sum(axis=1))
    return cosine, np.minimum(2.0 * energy[rows, chosen] / sqrt_s, LARGEST_SHARE)
