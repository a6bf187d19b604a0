"""Squared amplitude of two lepton pairs of one flavour, not the beams': twelve diagrams.

Either beam particle emits both virtual photons, in both orders, or a pair is made by one photon and radiates the other
one from either leg; then the two antileptons are exchanged, with a minus sign. Spins are summed and averaged as in
`annihilation`, with all charges 1 and half of the spin states (parity).
"""

from __future__ import annotations

from typing import TypeAlias

from .compilation import Component, Spinor, Vector, shared
from .emission import annihilation_currents, creation_currents, creation_with_vector
from .invariants import add, square, subtract
from .lines import CurrentTable, adjoint_states, antiparticle_states, emit_at_start, particle_states
from .spinors import adjoint_slash, contract, dot, squared_modulus

SpinorTable: TypeAlias = tuple[tuple[Spinor, Spinor], tuple[Spinor, Spinor]]
"""Spinors of a line with a virtual photon attached, by the spins of lepton and antilepton that it turns into."""


@shared
def over(vector: Vector, denominator: Component) -> Vector:
    """Return a current divided by a photon propagator's denominator."""
    return vector[0] / denominator, vector[1] / denominator, vector[2] / denominator, vector[3] / denominator


@shared
def virtual_photons(lepton: Vector, antilepton: Vector, mass: float) -> CurrentTable:
    """Return the virtual photons that turn into a pair, by the spins of lepton and antilepton."""
    table = creation_currents(lepton, antilepton, mass)
    denominator = square(add(lepton, antilepton))
    return (
        (over(table[0][0], denominator), over(table[0][1], denominator)),
        (over(table[1][0], denominator), over(table[1][1], denominator)),
    )


@shared
def after_emission(start: Spinor, electron: Vector, mass: float, photon: Vector, table: CurrentTable) -> SpinorTable:
    """Return the electron beam after it has emitted a virtual photon, by the spins of the photon's pair."""
    denominator = square(photon) - 2.0 * dot(electron, photon)
    return (
        (
            emit_at_start(start, electron, mass, photon, table[0][0], denominator),
            emit_at_start(start, electron, mass, photon, table[0][1], denominator),
        ),
        (
            emit_at_start(start, electron, mass, photon, table[1][0], denominator),
            emit_at_start(start, electron, mass, photon, table[1][1], denominator),
        ),
    )


@shared
def before_absorption(end: Spinor, table: CurrentTable) -> SpinorTable:
    """Return the positron beam's end of the line with a virtual photon attached, by the spins of the photon's pair."""
    return (
        (adjoint_slash(end, table[0][0]), adjoint_slash(end, table[0][1])),
        (adjoint_slash(end, table[1][0]), adjoint_slash(end, table[1][1])),
    )


@shared
def radiated_pairs(
    lepton: Vector, antilepton: Vector, mass: float, pair: Vector, table: CurrentTable
) -> tuple[tuple[CurrentTable, CurrentTable], tuple[CurrentTable, CurrentTable]]:
    """Return the currents of a pair that radiates a virtual photon, by the spins of the photon's pair."""
    products = dot(lepton, pair), dot(antilepton, pair)
    mass_of_pair = square(pair) ** 0.5
    return (
        (
            creation_with_vector(lepton, antilepton, mass, pair, table[0][0], products, mass_of_pair),
            creation_with_vector(lepton, antilepton, mass, pair, table[0][1], products, mass_of_pair),
        ),
        (
            creation_with_vector(lepton, antilepton, mass, pair, table[1][0], products, mass_of_pair),
            creation_with_vector(lepton, antilepton, mass, pair, table[1][1], products, mass_of_pair),
        ),
    )


@shared
def four_leptons(
    electron: Vector,
    positron: Vector,
    one: Vector,
    two: Vector,
    three: Vector,
    four: Vector,
    electron_mass: float,
    mass: float,
) -> Component:
    """Return |M|^2 of e- e+ -> l- l+ l- l+, in this order.

    Four photon vertices: times (4 pi alpha)^4; the 1/4 for two pairs of identical particles is not included.
    """
    start = particle_states(electron, electron_mass)[0]
    ends = adjoint_states(antiparticle_states(positron, electron_mass))
    total_square = square(add(electron, positron))
    currents = annihilation_currents(electron, positron, electron_mass)
    k12, k34, k14, k32 = add(one, two), add(three, four), add(one, four), add(three, two)
    p12, p34 = virtual_photons(one, two, mass), virtual_photons(three, four, mass)
    p14, p32 = virtual_photons(one, four, mass), virtual_photons(three, two, mass)
    s12 = after_emission(start, electron, electron_mass, k12, p12)
    s34 = after_emission(start, electron, electron_mass, k34, p34)
    s14 = after_emission(start, electron, electron_mass, k14, p14)
    s32 = after_emission(start, electron, electron_mass, k32, p32)
    r12, r34 = radiated_pairs(one, two, mass, k34, p34), radiated_pairs(three, four, mass, k12, p12)
    r14, r32 = radiated_pairs(one, four, mass, k32, p32), radiated_pairs(three, two, mass, k14, p14)
    total = 0.0 * electron[0]
    for end in range(2):
        beams = over(currents[end][0], total_square)
        e12, e34 = before_absorption(ends[end], p12), before_absorption(ends[end], p34)
        e14, e32 = before_absorption(ends[end], p14), before_absorption(ends[end], p32)
        for i in range(2):
            for j in range(2):
                for k in range(2):
                    for m in range(2):
                        amplitude = contract(e34[k][m], s12[i][j]) + contract(e12[i][j], s34[k][m])
                        amplitude = amplitude - contract(e32[k][j], s14[i][m]) - contract(e14[i][m], s32[k][j])
                        radiated = subtract(
                            add(r12[k][m][i][j], r34[i][j][k][m]), add(r14[k][j][i][m], r32[i][m][k][j])
                        )
                        total = total + squared_modulus(amplitude + dot(beams, radiated))
    return 0.5 * total
