"""e+e- -> l+l- with photons from both beams and one from the pair: production only, shared by mu and tau."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import Vector, compiled, shared
from ..constants import ALPHA, NANOBARN
from ..phase_space.fermion_angles import axis_of, draw_fermion_cosine, row, unit_around
from ..phase_space.splitting import Direction, boosted
from ..radiation.beams import radiate_beams
from ..radiation.final_state import draw_sharing, sample_photon_share
from ..radiation.running_coupling import vacuum_polarisation_factor
from .unweighting import Proposals

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
    drafted = tuple(np.ascontiguousarray(column) for column in columns)
    _complete(drafted, 0.5 * sqrt_s, mass, generator, (pairs.momenta, pairs.axes, pairs.beam_axes))
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
    momenta = np.empty((len(s), 3, 4))
    _fill_radiating(np.ascontiguousarray(s), mass, np.ascontiguousarray(unit), share, generator, momenta)
    return momenta


@shared
def radiating(
    s: float, mass: float, unit: Direction, share: float, generator: np.random.Generator
) -> tuple[Vector, Vector, Vector]:
    """Draw what `radiating_pair` gives of one pair."""
    sharing = draw_sharing(share, s, mass, generator)
    half = 0.5 * sqrt(s)
    one, other, photon = half * (1.0 - share * sharing), half * (1.0 - share * (1.0 - sharing)), half * share
    # The lepton that keeps the direction of the Born process is picked with probability x^2/(x1^2 + x2^2)
    # (R. Kleiss, Phys. Lett. B 180 (1986) 400).
    first = generator.random() * (one**2 + other**2) < one**2
    if not first:
        one, other, unit = other, one, (-unit[0], -unit[1], -unit[2])
    kept, left = sqrt(max(one**2 - mass**2, 0.0)), sqrt(max(other**2 - mass**2, 0.0))
    cosine = (left**2 - kept**2 - photon**2) / max(2.0 * kept * photon, 1e-300)
    to = unit_around(unit, min(max(cosine, -1.0), 1.0), 2.0 * pi * generator.random())
    keeper = (sqrt(kept**2 + mass**2), kept * unit[0], kept * unit[1], kept * unit[2])
    gamma = (photon, photon * to[0], photon * to[1], photon * to[2])
    recoiling = (
        2.0 * half - keeper[0] - photon,
        -keeper[1] - gamma[1],
        -keeper[2] - gamma[2],
        -keeper[3] - gamma[3],
    )
    return (keeper, recoiling, gamma) if first else (recoiling, keeper, gamma)


@compiled
def _fill_radiating(
    s: Array, mass: float, unit: Array, share: Array, generator: np.random.Generator, momenta: Any
) -> None:
    """Fill (n, 3, 4) momenta (compiled)."""
    for i in range(len(s)):
        three = radiating(s[i], mass, (unit[i, 0], unit[i, 1], unit[i, 2]), share[i], generator)
        for slot in range(3):
            for k in range(4):
                momenta[i, slot, k] = three[slot][k]


@compiled
def _complete(drafted: Any, half: float, mass: float, generator: np.random.Generator, found: Any) -> None:
    """Fill momenta, axes and beam axes of drafted events from beams of energy `half` (GeV) (compiled)."""
    radiated, systems, squares, shares = drafted
    momenta, axes, beam_axes = found
    for i in range(len(squares)):
        s, system = squares[i], row(systems, i)
        axis = axis_of(system, row(radiated[i], 0), row(radiated[i], 1), half)
        cosine = draw_fermion_cosine(4.0 * mass**2 / s, generator)
        unit = unit_around(axis, cosine, 2.0 * pi * generator.random())
        three = radiating(s, mass, unit, shares[i], generator)
        for slot in range(3):
            moved = boosted(three[slot], system, sqrt(s))
            # Slots: both leptons, the beams' photons, the pair's photon.
            for k in range(4):
                momenta[i, slot if slot < 2 else 4, k] = moved[k]
        for slot in range(2):
            for k in range(4):
                momenta[i, 2 + slot, k] = radiated[i, slot, k]
        for k in range(3):
            axes[i, k], beam_axes[i, k] = unit[k], axis[k]
