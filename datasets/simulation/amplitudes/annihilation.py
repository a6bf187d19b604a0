"""Squared amplitudes in which the beams annihilate into photons, a photon and a dark vector, or a lepton pair.

Each function returns the sum over final spins and average over the beams' spins of |M|^2 with every charge set to 1:
multiply by 4 pi alpha for each photon vertex. QED conserves parity, so that flipping every spin state leaves |M|^2
alone (linear polarisations being real) and half of the spin states suffice.
"""

from __future__ import annotations

from .compilation import Component, Spinor, Vector, shared
from .invariants import add, product_with_photon, square
from .lines import adjoint_states, antiparticle_states, currents, emit_at_end, emit_at_start, opposite, particle_states
from .spinors import (
    adjoint_slash,
    contract,
    dot,
    longitudinal_polarisation,
    slash,
    squared_modulus,
    transverse_polarisations,
)


@shared
def lepton_pair(
    electron: Vector, positron: Vector, lepton: Vector, antilepton: Vector, electron_mass: float, lepton_mass: float
) -> Component:
    """Return |M|^2 of e- e+ -> l- l+ through one photon (charges 1, two vertices: times (4 pi alpha)^2)."""
    beams = currents(
        adjoint_states(antiparticle_states(positron, electron_mass)), particle_states(electron, electron_mass)
    )
    pair = currents(adjoint_states(particle_states(lepton, lepton_mass)), antiparticle_states(antilepton, lepton_mass))
    total = 0.0 * electron[0]
    for end in range(2):
        for out_end in range(2):
            for out_start in range(2):
                total = total + squared_modulus(dot(beams[end][0], pair[out_end][out_start]))
    return 0.5 * total / square(add(electron, positron)) ** 2


@shared
def two_vectors(
    start: Spinor,
    end: Spinor,
    electron: Vector,
    positron: Vector,
    photon: Vector,
    photon_polarisation: Vector,
    polarisation: Vector,
    mass: float,
) -> Component:
    """Return the amplitude of an annihilation line that emits a photon and a vector, in both orders."""
    early = emit_at_start(
        start, electron, mass, photon, photon_polarisation, -2.0 * product_with_photon(electron, mass, photon)
    )
    late = emit_at_end(
        end, opposite(positron), mass, photon, photon_polarisation, -2.0 * product_with_photon(positron, mass, photon)
    )
    return contract(end, slash(polarisation, early)) + contract(late, slash(polarisation, start))


@shared
def photon_and_vector(
    electron: Vector, positron: Vector, photon: Vector, vector: Vector, electron_mass: float, vector_mass: float
) -> Component:
    """Return |M|^2 of e- e+ -> gamma V, with V coupled to the electron's vector current like a photon.

    Charges are 1: times (4 pi alpha)^2 epsilon^2 for a dark photon. With the recoiling photon's p.k in both
    denominators the vector's own mass never enters a small difference.
    """
    starts = particle_states(electron, electron_mass)
    ends = adjoint_states(antiparticle_states(positron, electron_mass))
    transverse = transverse_polarisations(vector)
    three = (transverse[0], transverse[1], longitudinal_polarisation(vector, vector_mass))
    total = 0.0 * electron[0]
    for photon_polarisation in transverse_polarisations(photon):
        for polarisation in three:
            for end in ends:
                amplitude = two_vectors(
                    starts[0], end, electron, positron, photon, photon_polarisation, polarisation, electron_mass
                )
                total = total + squared_modulus(amplitude)
    return 0.5 * total


@shared
def two_photons(electron: Vector, positron: Vector, first: Vector, second: Vector, electron_mass: float) -> Component:
    """Return |M|^2 of e- e+ -> gamma gamma (times (4 pi alpha)^2; the 1/2 for identical photons is not included)."""
    starts = particle_states(electron, electron_mass)
    ends = adjoint_states(antiparticle_states(positron, electron_mass))
    total = 0.0 * electron[0]
    for one in transverse_polarisations(first):
        for two in transverse_polarisations(second):
            for end in ends:
                amplitude = two_vectors(starts[0], end, electron, positron, first, one, two, electron_mass)
                total = total + squared_modulus(amplitude)
    return 0.5 * total


@shared
def dressed_ends(
    electron: Vector, positron: Vector, photon: Vector, mass: float
) -> tuple[tuple[Spinor, Spinor], tuple[tuple[Spinor, Spinor], tuple[Spinor, Spinor]], tuple[Vector, Vector]]:
    """Return, for both polarisations of a photon, the line's start and both ends after emitting it first or last."""
    starts = particle_states(electron, mass)
    ends = adjoint_states(antiparticle_states(positron, mass))
    one, two = transverse_polarisations(photon)
    early = -2.0 * product_with_photon(electron, mass, photon)
    late = -2.0 * product_with_photon(positron, mass, photon)
    flow = opposite(positron)
    return (
        (
            emit_at_start(starts[0], electron, mass, photon, one, early),
            emit_at_start(starts[0], electron, mass, photon, two, early),
        ),
        (
            (emit_at_end(ends[0], flow, mass, photon, one, late), emit_at_end(ends[0], flow, mass, photon, two, late)),
            (emit_at_end(ends[1], flow, mass, photon, one, late), emit_at_end(ends[1], flow, mass, photon, two, late)),
        ),
        (one, two),
    )


@shared
def three_photons(
    electron: Vector, positron: Vector, first: Vector, second: Vector, third: Vector, electron_mass: float
) -> Component:
    """Return |M|^2 of e- e+ -> gamma gamma gamma (times (4 pi alpha)^3; without the 1/6 for identical photons)."""
    a_start, a_ends, a_vectors = dressed_ends(electron, positron, first, electron_mass)
    b_start, b_ends, b_vectors = dressed_ends(electron, positron, second, electron_mass)
    c_start, c_ends, c_vectors = dressed_ends(electron, positron, third, electron_mass)
    total = 0.0 * electron[0]
    for end in range(2):
        for i in range(2):
            for j in range(2):
                a_then_b = adjoint_slash(b_ends[end][j], a_vectors[i])
                b_then_a = adjoint_slash(a_ends[end][i], b_vectors[j])
                for k in range(2):
                    amplitude = contract(a_then_b, c_start[k]) + contract(b_then_a, c_start[k])
                    c_last = c_ends[end][k]
                    amplitude = amplitude + contract(adjoint_slash(c_last, a_vectors[i]), b_start[j])
                    amplitude = amplitude + contract(adjoint_slash(c_last, b_vectors[j]), a_start[i])
                    amplitude = amplitude + contract(b_ends[end][j], slash(c_vectors[k], a_start[i]))
                    amplitude = amplitude + contract(a_ends[end][i], slash(c_vectors[k], b_start[j]))
                    total = total + squared_modulus(amplitude)
    return 0.5 * total
