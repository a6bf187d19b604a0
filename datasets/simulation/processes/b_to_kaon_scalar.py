"""e+e- -> Y(4S) -> B Bbar, B -> K S or K* S, S -> x+ x- after a flight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cross_sections import cross_section
from ..constants import (
    B_CHARGED,
    B_CHARGED_FLIGHT,
    B_CHARGED_MASS,
    B_NEUTRAL,
    B_NEUTRAL_FLIGHT,
    B_NEUTRAL_MASS,
    D_CHARGED,
    D_CHARGED_FLIGHT,
    D_CHARGED_MASS,
    D_NEUTRAL,
    D_NEUTRAL_FLIGHT,
    D_NEUTRAL_MASS,
    DARK_SCALAR,
    KAON,
    KAON_MASS,
    KSTAR,
    KSTAR_MASS,
    KSTAR_WIDTH,
    PION,
    PION_MASS,
)
from ..generated import GeneratedEvents
from ..phase_space.boosts import around, boost_to_rest, direction
from .event_record import EventRecord, Integers
from .process import Integral, ProcessError
from .two_body_decays import add_two_body
from .vector_decay import find_pair
from .vector_decays import across_cosine

Array = NDArray[np.float64]

CHARGED_SHARE = 0.514
"""Of the Y(4S) to B+B-, the rest to B0 B0bar (PDG 2022)."""

NEAR = 0.02
"""GeV by which the energy may miss the Y(4S) of the registry."""

RESONANCE = 10.58
WIDE = 0.15
"""GeV: largest distance of a K* from its mass."""


@dataclass(frozen=True)
class BToKaonScalar:
    """B pairs at the Y(4S), sin^2 about the beams, one B to K(*) S and the other one to D pi.

    Either B of the pair may be the signal's; its charge decides all charges. K*0 -> K+ pi- follows cos^2: the S is a
    scalar. The other B stands for all of its decays by B- -> D0 pi-, D0 -> K- pi+, or B0bar -> D+ pi-,
    D+ -> K*0bar pi+, K*0bar -> K- pi+; mixing is left out. The cross section is that of branching fraction 1 of
    B -> K(*) S, S -> x+ x-.

    Parameters
    ----------
    mass, lifetime
        Of the S: GeV, c tau in cm.
    kaon
        "k" for B+ -> K+ S, "kstar" for B0 -> K*0 S.
    decay_to
        What the S decays to: "ee", "mumu", "pipi" or "kk".
    """

    mass: float
    lifetime: float
    kaon: str = "k"
    decay_to: str = "mumu"
    name: str = "b_to_kaon_scalar"

    def __post_init__(self) -> None:
        if self.lifetime <= 0.0:
            raise ProcessError(f"lifetime must be positive, got {self.lifetime} cm")
        if self.kaon not in ("k", "kstar"):
            raise ProcessError(f"unknown kaon {self.kaon!r}; known are k, kstar")
        find_pair(self.decay_to, self.mass)
        heaviest = B_CHARGED_MASS - KAON_MASS if self.kaon == "k" else B_NEUTRAL_MASS - KSTAR_MASS - WIDE
        if self.mass >= heaviest:
            raise ProcessError(f"mass {self.mass} GeV is beyond B -> {self.kaon} S, {heaviest:.3f} GeV")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 0) -> Integral:  # noqa: ARG002
        """Return the cross section (nb at branching fraction 1, both B count) at sqrt_s in GeV; nothing is drawn."""
        if abs(sqrt_s - RESONANCE) > NEAR:
            raise ProcessError(f"B pairs are made at {RESONANCE:g} GeV, not at sqrt(s) = {sqrt_s:.3f} GeV")
        share = CHARGED_SHARE if self.kaon == "k" else 1.0 - CHARGED_SHARE
        return Integral(2.0 * share * cross_section("upsilon_4s", RESONANCE), 0.0, 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events of weight 1 at sqrt_s in GeV."""
        record = EventRecord()
        sign = np.where(generator.random(number) < 0.5, np.int32(1), np.int32(-1))
        charged = self.kaon == "k"
        mass = B_CHARGED_MASS if charged else B_NEUTRAL_MASS
        code = sign * np.int32(B_CHARGED if charged else B_NEUTRAL)
        flight = B_CHARGED_FLIGHT if charged else B_NEUTRAL_FLIGHT
        unit = direction(across_cosine(number, generator), 2.0 * np.pi * generator.random(number))
        system = np.tile([sqrt_s, 0.0, 0.0, 0.0], (number, 1))
        signal, other = add_two_body(
            record, None, system, (code, -code), (mass, mass), generator, unit=unit, flights=(flight, flight)
        )
        self._add_signal(record, *signal, sign, generator)
        (_add_charged if charged else _add_neutral)(record, *other, sign, generator)
        return record.events(np.ones(number))

    def _add_signal(
        self, record: EventRecord, mother: int, momenta: Array, sign: Integers, generator: np.random.Generator
    ) -> None:
        number = len(momenta)
        charged = self.kaon == "k"
        mass = KAON_MASS if charged else _kstar_masses(number, generator)
        codes = sign * np.int32(KAON if charged else KSTAR), np.full(number, DARK_SCALAR, dtype=np.int32)
        kaon, scalar = add_two_body(
            record,
            mother,
            momenta,
            codes,
            (mass, self.mass),
            generator,
            flights=(None, self.lifetime),
            decayed=(not charged, True),
        )
        if not charged:
            away = -boost_to_rest(momenta, kaon[1])[:, 1:]
            flight = away / np.linalg.norm(away, axis=1, keepdims=True)
            cosine = np.cbrt(2.0 * generator.random(number) - 1.0)
            unit = around(flight, cosine, 2.0 * np.pi * generator.random(number))
            daughters = sign * np.int32(KAON), -sign * np.int32(PION)
            add_two_body(record, *kaon, daughters, (KAON_MASS, PION_MASS), generator, unit=unit)
        pair = find_pair(self.decay_to, self.mass)
        both = int(pair.code), -int(pair.code)
        add_two_body(record, *scalar, both, (float(pair.mass), float(pair.mass)), generator)


def _kstar_masses(number: int, generator: np.random.Generator) -> Array:
    edge = np.arctan(2.0 * WIDE / KSTAR_WIDTH)
    return np.asarray(KSTAR_MASS + 0.5 * KSTAR_WIDTH * np.tan(edge * (2.0 * generator.random(number) - 1.0)))


def _add_charged(
    record: EventRecord, mother: int, momenta: Array, sign: Integers, generator: np.random.Generator
) -> None:
    """Add B- -> D0 pi-, D0 -> K- pi+ for `sign` +1, its mirror image for -1."""
    codes = sign * np.int32(D_NEUTRAL), -sign * np.int32(PION)
    meson, _ = add_two_body(
        record, mother, momenta, codes, (D_NEUTRAL_MASS, PION_MASS), generator, flights=(D_NEUTRAL_FLIGHT, None)
    )
    kaon_and_pion = -sign * np.int32(KAON), sign * np.int32(PION)
    add_two_body(record, *meson, kaon_and_pion, (KAON_MASS, PION_MASS), generator)


def _add_neutral(
    record: EventRecord, mother: int, momenta: Array, sign: Integers, generator: np.random.Generator
) -> None:
    """Add B0bar -> D+ pi-, D+ -> K*0bar pi+, K*0bar -> K- pi+ for `sign` +1, its mirror image for -1."""
    codes = sign * np.int32(D_CHARGED), -sign * np.int32(PION)
    meson, _ = add_two_body(
        record, mother, momenta, codes, (D_CHARGED_MASS, PION_MASS), generator, flights=(D_CHARGED_FLIGHT, None)
    )
    codes = -sign * np.int32(KSTAR), sign * np.int32(PION)
    kstar, _ = add_two_body(
        record, *meson, codes, (_kstar_masses(len(sign), generator), PION_MASS), generator, decayed=(True, False)
    )
    add_two_body(record, *kstar, (-sign * np.int32(KAON), sign * np.int32(PION)), (KAON_MASS, PION_MASS), generator)
