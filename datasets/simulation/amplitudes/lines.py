"""Fermion lines: a line's two ends, and what comes out when a vector particle is attached to either of them.

Everything is expressed by the flow of fermion number: an incoming electron or outgoing positron starts a line (the
positron with flow -p), an outgoing electron or incoming positron ends one. Attaching an outgoing vector k to an end
inserts one propagator, whose denominator is -2 p.k + k^2 for an incoming and 2 p.k + k^2 for an outgoing particle.
Charges and factors of i are left out: every diagram of a process has the same ones.
"""

from __future__ import annotations

from typing import TypeAlias

from .compilation import Component, Spinor, Vector, shared
from .invariants import add, subtract
from .spinors import ANTIPARTICLE, PARTICLE, adjoint, adjoint_slash, current, external_spinor, slash

SpinorPair: TypeAlias = tuple[Spinor, Spinor]
"""Both spin states of one external fermion."""

CurrentTable: TypeAlias = tuple[tuple[Vector, Vector], tuple[Vector, Vector]]
"""Currents of a line, by the spin state of its end and of its start."""


@shared
def opposite(vector: Vector) -> Vector:
    """Return -p."""
    return -vector[0], -vector[1], -vector[2], -vector[3]


@shared
def particle_states(momentum: Vector, mass: float) -> SpinorPair:
    """Return u(p) in both spin states."""
    return external_spinor(momentum, mass, 1, PARTICLE), external_spinor(momentum, mass, -1, PARTICLE)


@shared
def antiparticle_states(momentum: Vector, mass: float) -> SpinorPair:
    """Return v(p) in both spin states."""
    return external_spinor(momentum, mass, 1, ANTIPARTICLE), external_spinor(momentum, mass, -1, ANTIPARTICLE)


@shared
def adjoint_states(states: SpinorPair) -> SpinorPair:
    """Return the row spinors of both spin states."""
    return adjoint(states[0]), adjoint(states[1])


@shared
def emit_at_start(
    spinor: Spinor, flow: Vector, mass: float, vector: Vector, polarisation: Vector, denominator: Component
) -> Spinor:
    """Return S(flow - k) epsslash psi: the start of a line after it has emitted a vector."""
    dressed = slash(polarisation, spinor)
    moved = slash(subtract(flow, vector), dressed)
    return (
        (moved[0] + mass * dressed[0]) / denominator,
        (moved[1] + mass * dressed[1]) / denominator,
        (moved[2] + mass * dressed[2]) / denominator,
        (moved[3] + mass * dressed[3]) / denominator,
    )


@shared
def emit_at_end(
    row: Spinor, flow: Vector, mass: float, vector: Vector, polarisation: Vector, denominator: Component
) -> Spinor:
    """Return psibar epsslash S(flow + k): the end of a line before it emits a vector."""
    dressed = adjoint_slash(row, polarisation)
    moved = adjoint_slash(dressed, add(flow, vector))
    return (
        (moved[0] + mass * dressed[0]) / denominator,
        (moved[1] + mass * dressed[1]) / denominator,
        (moved[2] + mass * dressed[2]) / denominator,
        (moved[3] + mass * dressed[3]) / denominator,
    )


@shared
def starts_with_emission(
    states: SpinorPair, flow: Vector, mass: float, vector: Vector, polarisation: Vector, denominator: Component
) -> SpinorPair:
    """Return both spin states of a line's start after an emission."""
    return (
        emit_at_start(states[0], flow, mass, vector, polarisation, denominator),
        emit_at_start(states[1], flow, mass, vector, polarisation, denominator),
    )


@shared
def ends_with_emission(
    rows: SpinorPair, flow: Vector, mass: float, vector: Vector, polarisation: Vector, denominator: Component
) -> SpinorPair:
    """Return both spin states of a line's end before an emission."""
    return (
        emit_at_end(rows[0], flow, mass, vector, polarisation, denominator),
        emit_at_end(rows[1], flow, mass, vector, polarisation, denominator),
    )


@shared
def currents(rows: SpinorPair, states: SpinorPair) -> CurrentTable:
    """Return psibar gamma^mu psi for the four combinations of spin states."""
    return (
        (current(rows[0], states[0]), current(rows[0], states[1])),
        (current(rows[1], states[0]), current(rows[1], states[1])),
    )


@shared
def sum_of_currents(first: CurrentTable, second: CurrentTable) -> CurrentTable:
    """Return the sum of two tables of currents: emission from the start plus emission from the end."""
    return (
        (add(first[0][0], second[0][0]), add(first[0][1], second[0][1])),
        (add(first[1][0], second[1][0]), add(first[1][1], second[1][1])),
    )
