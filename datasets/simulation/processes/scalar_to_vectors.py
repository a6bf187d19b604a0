"""A scalar that decays to two dark vectors, and these to pairs: the correlation of all angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_PHOTON
from ..phase_space.boosts import boost_from_rest, direction
from ..phase_space.two_body import back_to_back, breakup_momentum
from .event_record import EventRecord
from .vector_decay import PairKind, at_rest, draw_direction

Array = NDArray[np.float64]


def add_two_vectors(
    record: EventRecord,
    mother: int,
    scalar: Array,
    masses: tuple[float, float],
    pairs: tuple[PairKind, PairKind],
    generator: np.random.Generator,
) -> None:
    """Add both vectors (decayed) and their pairs to scalars of (n, 4) momenta.

    The amplitude eps_1.eps_2 is j_1.K.j_2 of the decays' currents in the vectors' rest frames, with K the unit tensor
    but gamma^2 (1 + beta^2) along their flight. The first pair is drawn with the other one averaged over, the second
    one with the first given.

    Parameters
    ----------
    masses
        Of a vector and of the scalar, GeV.
    pairs
        What each vector decays to.
    """
    light, heavy = masses
    number = len(scalar)
    flight = direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))
    gamma = heavy / (2.0 * light)
    stretch = gamma**2 + (gamma**2 - 1.0) - 1.0
    metric = np.eye(3) + stretch * flight[:, :, np.newaxis] * flight[:, np.newaxis, :]
    total, mass = np.full(number, heavy), np.full(number, light)
    vectors = back_to_back(flight, breakup_momentum(total, light, light), light, light)
    tensor = metric @ metric
    slots = [record.add(DARK_PHOTON, boost_from_rest(vector, scalar), mother, decayed=True) for vector in vectors]
    for slot, vector, pair in zip(slots, vectors, pairs, strict=True):
        unit = draw_direction(tensor, mass, pair, generator)
        for code, daughter in zip((pair.code, -pair.code), at_rest(unit, mass, pair), strict=True):
            record.add(code, boost_from_rest(boost_from_rest(daughter, vector), scalar), slot)
        tensor = metric @ pair.current_tensor(unit, mass) @ metric
