"""Decays of a dark vector to a pair, in the angles that its polarisation gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import (
    DARK_MATTER,
    ELECTRON,
    ELECTRON_MASS,
    KAON,
    KAON_MASS,
    MUON,
    MUON_MASS,
    PION,
    PION_MASS,
    TAU,
    TAU_MASS,
)
from ..phase_space.boosts import boost_from_rest, boost_to_rest, direction, mass_squared
from ..phase_space.two_body import back_to_back, breakup_momentum
from .event_record import EventRecord
from .process import ProcessError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairKind:
    """What a pair is made of, the same for all events or (n,) arrays.

    Attributes
    ----------
    code
        PDG code of the negative lepton or positive meson.
    mass
        GeV.
    fermions
        Whether they are fermions, else scalars.
    """

    code: int | NDArray[np.int32]
    mass: float | Array
    fermions: bool | NDArray[np.bool_]

    def current_tensor(self, unit: Array, masses: Array) -> Array:
        """Return (n, 3, 3) decay tensors delta - beta^2 n n (fermions) or n n (scalars) for directions n."""
        along = unit[:, :, np.newaxis] * unit[:, np.newaxis, :]
        beta_squared = 1.0 - (2.0 * np.asarray(self.mass) / masses) ** 2
        fermionic = np.eye(3) - beta_squared[:, np.newaxis, np.newaxis] * along
        return np.where(np.broadcast_to(self.fermions, masses.shape)[:, np.newaxis, np.newaxis], fermionic, along)


PAIRS: dict[str, PairKind] = {
    "ee": PairKind(ELECTRON, ELECTRON_MASS, True),
    "mumu": PairKind(MUON, MUON_MASS, True),
    "tautau": PairKind(TAU, TAU_MASS, True),
    "pipi": PairKind(PION, PION_MASS, False),
    "kk": PairKind(KAON, KAON_MASS, False),
}


def find_pair(name: str, mass: float, dark_mass: float = 0.0) -> PairKind:
    """Give the kind of pair; ProcessError where it is unknown or heavier than `mass` (GeV).

    "chichi" is fermionic dark matter of `dark_mass` (GeV).
    """
    known = {**PAIRS, "chichi": PairKind(DARK_MATTER, dark_mass, True)}
    if name not in known:
        raise ProcessError(f"unknown decay {name!r}; known are {', '.join(known)}")
    lowest = 2.0 * float(known[name].mass)
    if lowest >= mass:
        raise ProcessError(f"mass {mass} GeV is below the threshold of {name}, {lowest:.4g} GeV")
    return known[name]


def mixed_pairs(names: list[str], chosen: NDArray[np.int64]) -> PairKind:
    """Give pairs of several kinds: for each event the number of one of `names`."""
    kinds = [PAIRS[name] for name in names]
    return PairKind(
        np.array([kind.code for kind in kinds], dtype=np.int32)[chosen],
        np.array([kind.mass for kind in kinds])[chosen],
        np.array([kind.fermions for kind in kinds])[chosen],
    )


def annihilation_tensor(vector: Array, energies: Array) -> Array:
    """Return (n, 3, 3) sum of J^a J^b over the beams' spins in the rest frame of `vector`, J their current.

    Parameters
    ----------
    vector
        (n, 4) momenta, GeV, beams along z.
    energies
        (n,) total energies of the massless beams, GeV.
    """
    electron, positron = _beams_in_rest(vector, energies)
    product = 0.5 * energies**2
    mixed = electron[:, 1:, np.newaxis] * positron[:, np.newaxis, 1:]
    tensor: Array = mixed + mixed.swapaxes(1, 2) + product[:, np.newaxis, np.newaxis] * np.eye(3)
    return tensor


def radiation_tensor(vector: Array, energies: Array) -> Array:
    """Return (n, 3, 3) polarisation of a vector made with a photon, e+e- -> gamma V, in its rest frame.

    For massless beams |M|^2 is the sum over both beams of (p.q_1)^2 + (p.q_2)^2, q_i the daughters (F. Berends,
    R. Kleiss, P. De Causmaecker et al., Phys. Lett. B 103 (1981) 124), hence E_i^2 (delta - n_i n_i) with the beams'
    energies and directions in the vector's rest frame. Arguments as of `annihilation_tensor`.
    """
    tensor = np.zeros((len(vector), 3, 3))
    for beam in _beams_in_rest(vector, energies):
        square = beam[:, 0, np.newaxis, np.newaxis] ** 2
        tensor += square * np.eye(3) - beam[:, 1:, np.newaxis] * beam[:, np.newaxis, 1:]
    return tensor


def draw_direction(tensor: Array, masses: Array, pair: PairKind, generator: np.random.Generator) -> Array:
    """Draw (n, 3) directions of the pair's first particle in the rest frame of vectors of (n,) masses.

    The density is trace T - beta^2 n.T.n for fermions and n.T.n for scalars.
    """
    trace = np.einsum("nii->n", tensor)
    beta_squared = 1.0 - (2.0 * np.asarray(pair.mass) / masses) ** 2
    fermions = np.broadcast_to(pair.fermions, masses.shape)
    units = np.empty((len(masses), 3))
    left = np.arange(len(masses))
    while len(left):
        unit = direction(2.0 * generator.random(len(left)) - 1.0, 2.0 * np.pi * generator.random(len(left)))
        along = np.einsum("ni,nij,nj->n", unit, tensor[left], unit)
        density = np.where(fermions[left], trace[left] - beta_squared[left] * along, along)
        accepted = trace[left] * generator.random(len(left)) < density
        units[left[accepted]] = unit[accepted]
        left = left[~accepted]
    return units


def add_pair(
    record: EventRecord, mother: int, vector: Array, tensor: Array, pair: PairKind, generator: np.random.Generator
) -> None:
    """Add both daughters of the vectors of slot `mother`, of (n, 4) momenta and the given polarisation."""
    masses = np.sqrt(mass_squared(vector))
    unit = draw_direction(tensor, masses, pair, generator)
    for code, daughter in zip((pair.code, -pair.code), at_rest(unit, masses, pair), strict=True):
        record.add(code, boost_from_rest(daughter, vector), mother)


def at_rest(unit: Array, masses: Array, pair: PairKind) -> tuple[Array, Array]:
    """Return both (n, 4) momenta in the rest frame of vectors of (n,) masses, the first along (n, 3) `unit`."""
    return back_to_back(unit, breakup_momentum(masses, pair.mass, pair.mass), pair.mass, pair.mass)


def _beams_in_rest(vector: Array, energies: Array) -> tuple[Array, Array]:
    zero = np.zeros_like(energies)
    electron, positron = (np.stack([energies, zero, zero, sign * energies], axis=1) / 2.0 for sign in (1.0, -1.0))
    return boost_to_rest(electron, vector), boost_to_rest(positron, vector)
