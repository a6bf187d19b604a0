"""Squared amplitudes of a lepton pair with a photon or a dark vector that one of the legs emits.

Spins are summed and averaged as in `annihilation`, with all charges 1 and half of the spin states (parity).
"""

from __future__ import annotations

from .compilation import Component, Vector, shared
from .invariants import add, momentum_transfer, product_with_photon, square
from .lines import (
    CurrentTable,
    adjoint_states,
    antiparticle_states,
    currents,
    ends_with_emission,
    opposite,
    particle_states,
    starts_with_emission,
    sum_of_currents,
)
from .spinors import dot, longitudinal_polarisation, squared_modulus, transverse_polarisations


@shared
def annihilation_currents(electron: Vector, positron: Vector, mass: float) -> CurrentTable:
    """Return vbar gamma^mu u of the beams."""
    return currents(adjoint_states(antiparticle_states(positron, mass)), particle_states(electron, mass))


@shared
def creation_currents(lepton: Vector, antilepton: Vector, mass: float) -> CurrentTable:
    """Return ubar gamma^mu v of an outgoing pair."""
    return currents(adjoint_states(particle_states(lepton, mass)), antiparticle_states(antilepton, mass))


@shared
def annihilation_with_photon(
    electron: Vector, positron: Vector, mass: float, photon: Vector, polarisation: Vector
) -> CurrentTable:
    """Return the beams' current with a photon from either of them."""
    starts = particle_states(electron, mass)
    ends = adjoint_states(antiparticle_states(positron, mass))
    early = starts_with_emission(
        starts, electron, mass, photon, polarisation, -2.0 * product_with_photon(electron, mass, photon)
    )
    late = ends_with_emission(
        ends, opposite(positron), mass, photon, polarisation, -2.0 * product_with_photon(positron, mass, photon)
    )
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def creation_with_vector(
    lepton: Vector,
    antilepton: Vector,
    mass: float,
    vector: Vector,
    polarisation: Vector,
    products: tuple[Component, Component],
    vector_mass: float,
) -> CurrentTable:
    """Return an outgoing pair's current with a vector from either leg, given p.k of both legs."""
    starts = antiparticle_states(antilepton, mass)
    ends = adjoint_states(particle_states(lepton, mass))
    early = starts_with_emission(
        starts, opposite(antilepton), mass, vector, polarisation, 2.0 * products[1] + vector_mass * vector_mass
    )
    late = ends_with_emission(ends, lepton, mass, vector, polarisation, 2.0 * products[0] + vector_mass * vector_mass)
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def scattered_electron_with_photon(
    incoming: Vector, outgoing: Vector, mass: float, photon: Vector, polarisation: Vector
) -> CurrentTable:
    """Return the current of a scattered electron with a photon from before or after the scattering."""
    starts = particle_states(incoming, mass)
    ends = adjoint_states(particle_states(outgoing, mass))
    early = starts_with_emission(
        starts, incoming, mass, photon, polarisation, -2.0 * product_with_photon(incoming, mass, photon)
    )
    late = ends_with_emission(
        ends, outgoing, mass, photon, polarisation, 2.0 * product_with_photon(outgoing, mass, photon)
    )
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def scattered_positron_with_photon(
    incoming: Vector, outgoing: Vector, mass: float, photon: Vector, polarisation: Vector
) -> CurrentTable:
    """Return the current of a scattered positron with a photon from before or after the scattering."""
    starts = antiparticle_states(outgoing, mass)
    ends = adjoint_states(antiparticle_states(incoming, mass))
    early = starts_with_emission(
        starts, opposite(outgoing), mass, photon, polarisation, 2.0 * product_with_photon(outgoing, mass, photon)
    )
    late = ends_with_emission(
        ends, opposite(incoming), mass, photon, polarisation, -2.0 * product_with_photon(incoming, mass, photon)
    )
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def lepton_pair_and_photon(
    electron: Vector,
    positron: Vector,
    lepton: Vector,
    antilepton: Vector,
    photon: Vector,
    electron_mass: float,
    lepton_mass: float,
) -> Component:
    """Return |M|^2 of e- e+ -> l- l+ gamma, l not an electron: initial- and final-state emission and interference.

    Three photon vertices: times (4 pi alpha)^3.
    """
    total_mass_squared = square(add(electron, positron))
    pair_mass_squared = square(add(lepton, antilepton))
    beams = annihilation_currents(electron, positron, electron_mass)
    pair = creation_currents(lepton, antilepton, lepton_mass)
    products = (
        product_with_photon(lepton, lepton_mass, photon),
        product_with_photon(antilepton, lepton_mass, photon),
    )
    total = 0.0 * electron[0]
    for polarisation in transverse_polarisations(photon):
        initial = annihilation_with_photon(electron, positron, electron_mass, photon, polarisation)
        final = creation_with_vector(lepton, antilepton, lepton_mass, photon, polarisation, products, 0.0)
        for end in range(2):
            for out_end in range(2):
                for out_start in range(2):
                    amplitude = dot(initial[end][0], pair[out_end][out_start]) / pair_mass_squared
                    amplitude = amplitude + dot(beams[end][0], final[out_end][out_start]) / total_mass_squared
                    total = total + squared_modulus(amplitude)
    return 0.5 * total


@shared
def lepton_pair_and_vector(
    electron: Vector,
    positron: Vector,
    lepton: Vector,
    antilepton: Vector,
    vector: Vector,
    electron_mass: float,
    lepton_mass: float,
    vector_mass: float,
) -> Component:
    """Return |M|^2 of e- e+ -> l- l+ V, where V couples to l only (vector current, coupling 1).

    Two photon vertices: times (4 pi alpha)^2 g'^2.
    """
    beams = annihilation_currents(electron, positron, electron_mass)
    products = dot(lepton, vector), dot(antilepton, vector)
    transverse = transverse_polarisations(vector)
    total = 0.0 * electron[0]
    for polarisation in (transverse[0], transverse[1], longitudinal_polarisation(vector, vector_mass)):
        pair = creation_with_vector(lepton, antilepton, lepton_mass, vector, polarisation, products, vector_mass)
        for end in range(2):
            for out_end in range(2):
                for out_start in range(2):
                    total = total + squared_modulus(dot(beams[end][0], pair[out_end][out_start]))
    return 0.5 * total / square(add(electron, positron)) ** 2


@shared
def electron_pair_and_photon(
    electron: Vector, positron: Vector, scattered: Vector, scattered_positron: Vector, photon: Vector, mass: float
) -> Component:
    """Return |M|^2 of e- e+ -> e- e+ gamma: four annihilation and four scattering diagrams (times (4 pi alpha)^3)."""
    total_mass_squared = square(add(electron, positron))
    pair_mass_squared = 2.0 * mass * mass + 2.0 * dot(scattered, scattered_positron)
    electron_transfer = momentum_transfer(electron, scattered, mass)
    positron_transfer = momentum_transfer(positron, scattered_positron, mass)
    beams = annihilation_currents(electron, positron, mass)
    pair = creation_currents(scattered, scattered_positron, mass)
    electrons = currents(adjoint_states(particle_states(scattered, mass)), particle_states(electron, mass))
    positrons = currents(
        adjoint_states(antiparticle_states(positron, mass)), antiparticle_states(scattered_positron, mass)
    )
    products = (
        product_with_photon(scattered, mass, photon),
        product_with_photon(scattered_positron, mass, photon),
    )
    total = 0.0 * electron[0]
    for polarisation in transverse_polarisations(photon):
        initial = annihilation_with_photon(electron, positron, mass, photon, polarisation)
        final = creation_with_vector(scattered, scattered_positron, mass, photon, polarisation, products, 0.0)
        from_electron = scattered_electron_with_photon(electron, scattered, mass, photon, polarisation)
        from_positron = scattered_positron_with_photon(positron, scattered_positron, mass, photon, polarisation)
        for end in range(2):
            for out_end in range(2):
                for out_start in range(2):
                    amplitude = dot(initial[end][0], pair[out_end][out_start]) / pair_mass_squared
                    amplitude = amplitude + dot(beams[end][0], final[out_end][out_start]) / total_mass_squared
                    # Exchange of the two lines' ends: Fermi statistics makes the sign.
                    amplitude = (
                        amplitude - dot(from_electron[out_end][0], positrons[end][out_start]) / positron_transfer
                    )
                    amplitude = (
                        amplitude - dot(electrons[out_end][0], from_positron[end][out_start]) / electron_transfer
                    )
                    total = total + squared_modulus(amplitude)
    return 0.5 * total
