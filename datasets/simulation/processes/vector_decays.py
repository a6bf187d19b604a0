"""Decays of vector mesons made by a virtual photon, in the angles that their polarisation gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..constants import (
    ELECTRON,
    ELECTRON_MASS,
    ETA,
    ETA_MASS,
    KAON,
    KAON_MASS,
    LONG_KAON,
    MUON,
    MUON_MASS,
    NEUTRAL_KAON_MASS,
    NEUTRAL_PION,
    NEUTRAL_PION_MASS,
    PHOTON,
    PION,
    SHORT_KAON,
)
from ..phase_space.boosts import around, boost_from_rest, direction
from ..phase_space.fermion_angles import fermion_cosine
from ..phase_space.two_body import back_to_back, breakup_momentum
from .dipion_transition import draw_transition
from .event_record import EventRecord
from .resonances import find_resonance, fraction
from .three_pions import draw_three_pions

Array = NDArray[np.float64]
Decay = Callable[[EventRecord, int, Array, Array, np.random.Generator], None]
"""Adds the daughters of slot `mother`, of (n, 4) momenta, polarised across (n, 3) `axis` in its rest frame."""


def across_cosine(number: int, generator: np.random.Generator) -> Array:
    """Draw cos(theta) from sin^2, by inverting (2 + 3 c - c^3)/4."""
    return np.asarray(2.0 * np.sin(np.arcsin(2.0 * generator.random(number) - 1.0) / 3.0))


def photons_of(record: EventRecord, mother: int, momenta: Array, mass: float, generator: np.random.Generator) -> None:
    """Add the two photons of a pseudoscalar."""
    number = len(momenta)
    unit = direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))
    for photon in back_to_back(unit, np.full(number, 0.5 * mass), 0.0, 0.0):
        record.add(PHOTON, boost_from_rest(photon, momenta), mother)


def lepton_pair(
    record: EventRecord, mother: int, system: Array, axis: Array, generator: np.random.Generator, muon_share: float
) -> None:
    """Add mu- mu+, in a share of the events, and e- e+ in the others."""
    number = len(system)
    muons = generator.random(number) < muon_share
    mass = np.where(muons, MUON_MASS, ELECTRON_MASS)
    code = np.where(muons, np.int32(MUON), np.int32(ELECTRON))
    total = _masses(system)
    cosine = fermion_cosine(4.0 * (mass / total) ** 2, generator)
    unit = around(axis, cosine, 2.0 * np.pi * generator.random(number))
    one, two = back_to_back(unit, breakup_momentum(total, mass, mass), mass, mass)
    record.add(code, boost_from_rest(one, system), mother)
    record.add(-code, boost_from_rest(two, system), mother)


def draw_meson_pair(system: Array, axis: Array, mass: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return momenta (n, 4) of two pseudoscalars, sin^2 about (n, 3) `axis` in the rest frame of `system`."""
    number = len(system)
    unit = around(axis, across_cosine(number, generator), 2.0 * np.pi * generator.random(number))
    one, two = back_to_back(unit, breakup_momentum(_masses(system), mass, mass), mass, mass)
    return boost_from_rest(one, system), boost_from_rest(two, system)


def kaon_pair(record: EventRecord, mother: int, system: Array, axis: Array, generator: np.random.Generator) -> None:
    """Add K+ K-."""
    for code, momenta in zip((KAON, -KAON), draw_meson_pair(system, axis, KAON_MASS, generator), strict=True):
        record.add(code, momenta, mother)


def neutral_kaon_pair(
    record: EventRecord, mother: int, system: Array, axis: Array, generator: np.random.Generator
) -> None:
    """Add K_S K_L; the detector decays the K_S."""
    pair = draw_meson_pair(system, axis, NEUTRAL_KAON_MASS, generator)
    for code, momenta in zip((SHORT_KAON, LONG_KAON), pair, strict=True):
        record.add(code, momenta, mother)


def photon_and_meson(
    record: EventRecord, mother: int, system: Array, axis: Array, generator: np.random.Generator, code: int, mass: float
) -> None:
    """Add a photon and a pseudoscalar with its two photons, 1 + cos^2 about the beams."""
    number = len(system)
    unit = around(axis, fermion_cosine(np.zeros(number), generator), 2.0 * np.pi * generator.random(number))
    photon, meson = back_to_back(unit, breakup_momentum(_masses(system), 0.0, mass), 0.0, mass)
    record.add(PHOTON, boost_from_rest(photon, system), mother)
    moving = boost_from_rest(meson, system)
    photons_of(record, record.add(code, moving, mother, decayed=True), moving, mass, generator)


def three_pions(record: EventRecord, mother: int, system: Array, axis: Array, generator: np.random.Generator) -> None:
    """Add pi+ pi- pi0 by way of the rho, the normal of their plane sin^2 about the beams."""
    pions = draw_three_pions(_masses(system), axis, generator)
    for slot, code in enumerate((PION, -PION)):
        record.add(code, boost_from_rest(pions[:, slot], system), mother)
    neutral = boost_from_rest(pions[:, 2], system)
    photons_of(record, record.add(NEUTRAL_PION, neutral, mother, decayed=True), neutral, NEUTRAL_PION_MASS, generator)


def dipion(
    record: EventRecord,
    mother: int,
    system: Array,
    axis: Array,
    generator: np.random.Generator,
    parent: str,
    daughter: str,
) -> None:
    """Add pi+ pi- and a lighter vector meson, which decays to a pair of leptons."""
    vector = find_resonance(daughter)
    momenta = draw_transition(parent, daughter, _masses(system), generator)
    for slot, code in enumerate((PION, -PION)):
        record.add(code, boost_from_rest(momenta[:, slot], system), mother)
    moving = boost_from_rest(momenta[:, 2], system)
    slot = record.add(vector.code, moving, mother, decayed=True)
    # S waves: the lighter meson keeps the polarisation.
    lepton_pair(record, slot, moving, axis, generator, muon_share(daughter))


def muon_share(name: str) -> float:
    """Return the share of muons among a resonance's pairs of muons or electrons."""
    muons = fraction(name, "mumu")
    return muons / (muons + fraction(name, "ee"))


def lepton_fraction(name: str) -> float:
    """Return the branching fraction to muons or electrons."""
    return fraction(name, "mumu") + fraction(name, "ee")


DECAYS: dict[str, Decay] = {
    "mumu": partial(lepton_pair, muon_share=1.0),
    "ee": partial(lepton_pair, muon_share=0.0),
    "kk": kaon_pair,
    "kskl": neutral_kaon_pair,
    "pi0gamma": partial(photon_and_meson, code=NEUTRAL_PION, mass=NEUTRAL_PION_MASS),
    "etagamma": partial(photon_and_meson, code=ETA, mass=ETA_MASS),
    "pipipi0": three_pions,
    "pipijpsi": partial(dipion, parent="psi2s", daughter="jpsi"),
}
"""What resonances decay to in `resonances.yaml`; eta and pi0 to two photons, J/psi to two leptons."""

SUBSEQUENT: dict[str, float] = {"etagamma": 0.3936, "pi0gamma": 0.98823, "pipipi0": 0.98823}
"""Fractions of eta and pi0 to two photons (PDG 2022)."""


def _masses(momenta: Array) -> Array:
    size = np.sqrt((momenta[:, 1:] ** 2).sum(axis=1))
    masses: Array = np.sqrt((momenta[:, 0] - size) * (momenta[:, 0] + size))
    return masses
