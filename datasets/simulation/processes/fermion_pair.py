"""e+e- -> l+l- with photons from both beams and one from the pair: production only, shared by mu and tau."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, NANOBARN
from ..phase_space.boosts import around, boost_from_rest, massive
from ..phase_space.two_body import beam_axis, fermion_cosine
from ..radiation.beams import radiate_beams
from ..radiation.final_state import sample_photon_share, sample_sharing
from ..radiation.running_coupling import vacuum_polarisation_factor
from .unweighting import Proposals

Array = NDArray[np.float64]

BATCH = 10_000  # events completed at a time: their arrays stay in the processor's cache


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


def draft(sqrt_s: float, mass: float, number: int, generator: np.random.Generator) -> Proposals:
    """Draw what the weights of events at sqrt_s (GeV) depend on; `complete` draws the rest for those that are kept.

    Initial state: one structure function for each beam, photons at finite angles. Final state: one exponentiated
    photon. Their interference is left out.

    Returns
    -------
    columns, weights
        (n, 2, 4) photons of the beams and (n, 4) momenta of what they leave, (n,) its mass squared and (n,) the share
        of its energy that the pair's photon takes, twice; (n,) weights in nb, whose mean is the cross section.
    """
    beams = radiate_beams(sqrt_s, 4.0004 * mass**2, number, generator)
    squares = beams.squares
    shares, final_weight = sample_photon_share(squares, mass, generator)
    weights = beams.weights * born_cross_section(squares, mass) * vacuum_polarisation_factor(squares) * final_weight
    return (beams.photons.swapaxes(0, 1), beams.system, squares, shares), weights


def complete(
    columns: tuple[Array, ...], weights: Array, sqrt_s: float, mass: float, generator: np.random.Generator
) -> PairProposals:
    """Draw the angles of drafted events and put their momenta together."""
    number = len(weights)
    pairs = PairProposals(np.empty((number, 5, 4)), np.empty((number, 3)), np.empty((number, 3)), weights)
    for start in range(0, number, BATCH):
        rows = slice(start, start + BATCH)
        radiated, system, squares, shares = (column[rows] for column in columns)
        cosine = fermion_cosine(4.0 * mass**2 / squares, generator)
        axis = beam_axis(system, radiated.swapaxes(0, 1), sqrt_s)
        unit = around(axis, cosine, 2.0 * np.pi * generator.random(len(squares)))
        pair = boost_from_rest(radiating_pair(squares, mass, unit, shares, generator), system[:, np.newaxis])
        pairs.momenta[rows] = np.concatenate([pair[:, :2], radiated, pair[:, 2:]], axis=1)
        pairs.axes[rows], pairs.beam_axes[rows] = unit, axis
    return pairs


def propose(sqrt_s: float, mass: float, number: int, generator: np.random.Generator) -> PairProposals:
    """Draw weighted events at sqrt_s in GeV."""
    return complete(*draft(sqrt_s, mass, number, generator), sqrt_s, mass, generator)


def radiating_pair(s: Array, mass: float, unit: Array, share: Array, generator: np.random.Generator) -> Array:
    """Return (n, 3, 4) momenta of l-, l+ and a photon in their common rest frame.

    Parameters
    ----------
    s, mass
        Mass squared (GeV^2) of all three, and the lepton's mass (GeV).
    unit
        (n, 3) direction of l- without the photon.
    share
        (n,) the photon's energy over its largest one, sqrt(s)/2.
    """
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
    return np.stack([negative, positive, gamma], axis=1)
