"""e+e- -> l+l- with photons from both beams and one from the pair: production only, shared by mu and tau."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, NANOBARN
from ..phase_space.boosts import around, boost_from_rest, massive
from ..phase_space.two_body import fermion_cosine
from ..radiation.beams import radiate_beams
from ..radiation.final_state import sample_photon_share, sample_sharing
from ..radiation.running_coupling import vacuum_polarisation_factor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairProposals:
    """Weighted pairs in the CM frame.

    Attributes
    ----------
    momenta
        (n, 5, 4) of l-, l+ and the photons of the electron, the positron and the pair, GeV.
    axes
        (n, 3) direction of l- in the frame of the pair, relative to `beam_axes`, which is (n, 3) too.
    weights
        (n,) in nb; their mean is the cross section.
    """

    momenta: Array
    axes: Array
    beam_axes: Array
    weights: Array


def born_cross_section(s: Array, mass: float) -> Array:
    """Return sigma(e+e- -> gamma* -> l+l-) in nb at s in GeV^2, lowest order, alpha(0)."""
    beta = np.sqrt(np.maximum(1.0 - 4.0 * mass**2 / s, 0.0))
    return 4.0 * np.pi * ALPHA**2 / (3.0 * s) * beta * (3.0 - beta**2) / 2.0 * NANOBARN


def propose(sqrt_s: float, mass: float, number: int, generator: np.random.Generator) -> PairProposals:
    """Draw weighted events at sqrt_s in GeV.

    Initial state: one structure function for each beam, photons at finite angles. Final state: one exponentiated
    photon. Their interference is left out.
    """
    beams = radiate_beams(sqrt_s, 4.0004 * mass**2, number, generator)
    radiated, system, s_pair = beams.photons, beams.system, beams.squares
    weight = beams.weights * born_cross_section(s_pair, mass) * vacuum_polarisation_factor(s_pair)
    cosine = fermion_cosine(4.0 * mass**2 / s_pair, generator)
    axis = beams.axes(sqrt_s)
    unit = around(axis, cosine, 2.0 * np.pi * generator.random(number))
    pair, final_weight = radiating_pair(s_pair, mass, unit, generator)
    momenta = np.concatenate([boost_from_rest(pair, system[:, np.newaxis])[:, :2], radiated.swapaxes(0, 1)], axis=1)
    final_photon = boost_from_rest(pair[:, 2], system)
    momenta = np.concatenate([momenta, final_photon[:, np.newaxis]], axis=1)
    return PairProposals(momenta, unit, axis, weight * final_weight)


def radiating_pair(s: Array, mass: float, unit: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return (n, 3, 4) momenta of l-, l+ and a photon in their common rest frame, and the photon's weight."""
    share, weight = sample_photon_share(s, mass, generator)
    sharing = sample_sharing(share, s, mass, generator)
    half = 0.5 * np.sqrt(s)
    energies = half * np.stack([1.0 - share * sharing, 1.0 - share * (1.0 - sharing)])
    size = np.sqrt(np.maximum(energies**2 - mass**2, 0.0))
    photon = half * share
    # The lepton that keeps the direction of the Born process is picked with probability x^2/(x1^2 + x2^2)
    # (R. Kleiss, Phys. Lett. B 180 (1986) 400).
    first = generator.random(len(s)) * (energies**2).sum(axis=0) < energies[0] ** 2
    kept, other = np.where(first, size[0], size[1]), np.where(first, size[1], size[0])
    cosine = (other**2 - kept**2 - photon**2) / np.maximum(2.0 * kept * photon, 1e-300)
    axis = np.where(first[:, np.newaxis], unit, -unit)
    photon_unit = around(axis, np.clip(cosine, -1.0, 1.0), 2.0 * np.pi * generator.random(len(s)))
    keeper, gamma = massive(kept[:, np.newaxis] * axis, mass), massive(photon[:, np.newaxis] * photon_unit, 0.0)
    recoiling = -(keeper + gamma)
    recoiling[:, 0] += np.sqrt(s)
    negative = np.where(first[:, np.newaxis], keeper, recoiling)
    positive = np.where(first[:, np.newaxis], recoiling, keeper)
    return np.stack([negative, positive, gamma], axis=1), weight
