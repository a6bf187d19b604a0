"""What charged particles and neutral hadrons leave in the calorimeter: clusters of tracks, and neutral ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from .clusters import NOBODY, Clusters, cluster_time, shower_width
from .columns import Booleans, Floats, concatenate, is_one_of
from .drawing import normals
from .geometry import OUTSIDE, calorimeter_region, wrap
from .parameters import Response
from .particles import ELECTRON, HADRONS, MONOPOLE, Particles
from .photons import delay, measured_direction, measured_energy
from .propagation import Impact


def charged_clusters(
    charged: Particles,
    impact: Impact,
    tracked: Booleans,
    ionisation: Floats,
    acceptance: Mapping[str, Acceptance],
    response: Response,
    generator: np.random.Generator,
) -> Clusters:
    """Give the clusters of charged particles.

    Those of particles with a track are matched to it, but for a small share; all others are neutral clusters: an
    electron that the tracker lost looks like a photon.

    Parameters
    ----------
    charged
        Particles as they enter the tracker.
    impact
        Where they meet the calorimeter.
    tracked
        (N,) whether they have a track.
    ionisation
        (N,) mean ionisation in minima; it tells what monopoles leave.
    """
    region = calorimeter_region(impact.theta, acceptance)
    within = impact.reached & (impact.depth < response.geometry.calorimeter_depth)
    arrived = np.flatnonzero(within & (region > OUTSIDE) & (region < 10))
    particles = charged.select(arrived)
    hadron = is_one_of(particles.species, HADRONS)
    showering = hadron & (generator.random(len(arrived)) < response.deposits.shower_probability)
    energy = _deposited(particles, showering, ionisation[arrived], region[arrived], response, generator)
    matched = tracked[arrived] & (generator.random(len(arrived)) >= response.deposits.unmatched_probability)
    theta, phi = measured_direction(energy, impact.theta[arrived], impact.phi[arrived], response.photons, generator)
    moment = shower_width(len(arrived), response.photons, generator)
    moment[showering] *= response.deposits.hadron_second_moment / response.photons.second_moment_mean
    clusters = Clusters(
        event=particles.event,
        energy=energy,
        theta=theta,
        phi=phi,
        time=cluster_time(energy, response.photons, generator) + delay(particles, impact.select(arrived)),
        second_moment=moment,
        hadronic=showering.astype(np.float64),
        truth=particles.truth,
        owner=np.where(matched, arrived, NOBODY),
    )
    split = showering & (generator.random(len(arrived)) < response.deposits.split_off_probability)
    splits = _split_off(clusters.select(split), response, generator)
    every = concatenate([clusters, splits])
    return every.select(every.energy > response.photons.threshold)


def _deposited(
    particles: Particles,
    showering: Booleans,
    ionisation: Floats,
    region: NDArray[np.int32],
    response: Response,
    generator: np.random.Generator,
) -> Floats:
    """Draw deposited energies (GeV): electrons all of theirs, muons and quiet hadrons an ionisation's."""
    deposits = response.deposits
    energy = np.abs(deposits.mip_energy + deposits.mip_width * normals(generator, len(particles)))
    energy *= np.where(particles.species == MONOPOLE, ionisation, 1.0)
    electron = particles.species == ELECTRON
    energy[electron] = measured_energy(particles.momentum[electron], region[electron], response.photons, generator)
    # A slow hadron has less than its kinetic energy to leave.
    kinetic = particles.energy - particles.mass
    share = deposits.shower_fraction * generator.random(len(particles))
    energy += np.where(showering, share * kinetic, 0.0)
    return np.where(electron, energy, np.minimum(energy, kinetic))


def neutral_hadron_clusters(
    hadrons: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    response: Response,
    generator: np.random.Generator,
) -> tuple[Clusters, Booleans]:
    """Give the clusters of K_L and neutrons, and which of them the calorimeter let pass."""
    numbers, photons = response.neutral_hadrons, response.photons
    region = calorimeter_region(impact.theta, acceptance)
    inside = (region > OUTSIDE) & (region < 10) & (impact.depth < response.geometry.calorimeter_depth)
    seen = inside & (hadrons.momentum > numbers.minimum_momentum)
    seen &= generator.random(len(hadrons)) < numbers.shower_probability
    size = len(hadrons)
    energy = numbers.shower_fraction * generator.random(size) * (hadrons.energy - hadrons.mass)
    seen &= energy > photons.threshold
    theta, phi = measured_direction(energy, impact.theta, impact.phi, photons, generator)
    clusters = Clusters(
        event=hadrons.event,
        energy=energy,
        theta=theta,
        phi=phi,
        time=cluster_time(energy, photons, generator) + delay(hadrons, impact),
        second_moment=response.deposits.hadron_second_moment
        / photons.second_moment_mean
        * shower_width(size, photons, generator),
        hadronic=np.ones(size),
        truth=hadrons.truth,
        owner=np.full(size, NOBODY),
    )
    return clusters.select(seen), ~seen


def _split_off(parents: Clusters, response: Response, generator: np.random.Generator) -> Clusters:
    """Draw the second, neutral clusters of interacting hadrons."""
    deposits = response.deposits
    size = len(parents)
    width = np.radians(deposits.split_off_angle)
    theta = np.clip(parents.theta + width * normals(generator, size), 0.0, np.pi)
    energy = response.photons.threshold + deposits.split_off_energy * generator.standard_exponential(size)
    return replace(
        parents,
        energy=energy,
        theta=theta,
        phi=wrap(parents.phi + width * normals(generator, size) / np.maximum(np.sin(theta), 0.1)),
        time=cluster_time(energy, response.photons, generator),
        second_moment=shower_width(size, response.photons, generator),
        owner=np.full(size, NOBODY),
    )
