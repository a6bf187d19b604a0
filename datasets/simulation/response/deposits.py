"""What charged particles and neutral hadrons leave in the calorimeter: clusters of tracks, and neutral ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled, shared
from .clusters import NOBODY, Clusters, draw_time, draw_width
from .columns import Booleans, Floats
from .geometry import LAST_PART, OUTSIDE, CalorimeterParts, calorimeter_parts, region_at, wrapped
from .numbers import numbers
from .parameters import Response
from .particles import ELECTRON, HADRONS, MONOPOLE, Particles
from .photons import delay, draw_direction, draw_energy
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
    size = 2 * len(charged)  # a cluster, and one that splits off
    whole, real = np.empty((3, size), dtype=np.int64), np.empty((6, size))
    found = _fill_charged(
        _columns(charged, impact),
        (charged.species, charged.momentum, charged.mass),
        (impact.reached, tracked, ionisation),
        calorimeter_parts(acceptance),
        (numbers(response.photons), numbers(response.deposits), response.geometry.calorimeter_depth),
        generator,
        (whole, real),
    )
    return _clusters(whole, real, found)


def neutral_hadron_clusters(
    hadrons: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    response: Response,
    generator: np.random.Generator,
) -> tuple[Clusters, Booleans]:
    """Give the clusters of K_L and neutrons, and which of them the calorimeter let pass."""
    size = len(hadrons)
    whole, real, passing = np.empty((3, size), dtype=np.int64), np.empty((6, size)), np.empty(size, dtype=np.bool_)
    hadronic = response.neutral_hadrons
    found = _fill_neutral(
        _columns(hadrons, impact),
        (hadrons.momentum, hadrons.energy - hadrons.mass),
        calorimeter_parts(acceptance),
        (numbers(response.photons), numbers(response.deposits), response.geometry.calorimeter_depth),
        (hadronic.minimum_momentum, hadronic.shower_probability, hadronic.shower_fraction),
        generator,
        (whole, real, passing),
    )
    return _clusters(whole, real, found), passing


def _columns(particles: Particles, impact: Impact) -> Any:
    """Give what the loops need of every particle: records, flight, place and impact."""
    return (
        (particles.event, particles.truth),
        (particles.theta, particles.phi, particles.time),
        (particles.x, particles.y, particles.z),
        (impact.theta, impact.phi, impact.depth, impact.path),
    )


def _clusters(whole: Any, real: Any, found: int) -> Clusters:
    event, truth, owner = whole[:, :found]
    energy, theta, phi, time, moment, hadronic = real[:, :found]
    return Clusters(event, energy, theta, phi, time, moment, hadronic, truth, owner)


@compiled
def _fill_charged(
    particles: Any,
    kinds: Any,
    known: Any,
    parts: CalorimeterParts,
    responses: Any,
    generator: np.random.Generator,
    found: Any,
) -> int:
    """Fill event, truth and owner; energy, direction, time, moment and hadronic share; give the number (compiled)."""
    (events, truths), (polar, azimuth, times), (xs, ys, zs), (thetas, phis, depths, paths) = particles
    species, momentum, mass = kinds
    reached, tracked, ionisation = known
    photons, deposits, thickness = responses
    number = 0
    for i in range(len(events)):
        region = region_at(thetas[i], parts)
        if not reached[i] or depths[i] >= thickness or region == OUTSIDE or region > LAST_PART:
            continue
        showering = species[i] in HADRONS and generator.random() < deposits.shower_probability
        if species[i] == ELECTRON:
            energy = draw_energy(momentum[i], region, photons, generator)
        else:
            energy = abs(deposits.mip_energy + deposits.mip_width * generator.standard_normal())
            if species[i] == MONOPOLE:
                energy *= ionisation[i]
            # A slow hadron has less than its kinetic energy to leave.
            kinetic = np.sqrt(momentum[i] ** 2 + mass[i] ** 2) - mass[i]
            if showering:
                energy += deposits.shower_fraction * generator.random() * kinetic
            energy = min(energy, kinetic)
        matched = tracked[i] and generator.random() >= deposits.unmatched_probability
        theta, phi = draw_direction(energy, thetas[i], phis[i], photons, generator)
        if energy > photons.threshold:
            time = draw_time(energy, photons, generator)
            if times[i] > 0.0:
                time += delay(times[i], (xs[i], ys[i], zs[i]), polar[i], azimuth[i], paths[i])
            moment = draw_width(photons, generator)
            if showering:
                moment *= deposits.hadron_second_moment / photons.second_moment_mean
            hadronic = 1.0 if showering else 0.0
            owner = i if matched else NOBODY
            _store(found, number, (events[i], truths[i], owner), (energy, theta, phi, time, moment, hadronic))
            number += 1
        if showering and generator.random() < deposits.split_off_probability:
            # The second, neutral cluster of an interacting hadron.
            energy = photons.threshold + deposits.split_off_energy * generator.standard_exponential()
            width = np.radians(deposits.split_off_angle)
            theta = min(max(theta + width * generator.standard_normal(), 0.0), np.pi)
            phi = wrapped(phi + width * generator.standard_normal() / max(np.sin(theta), 0.1))
            time, moment = draw_time(energy, photons, generator), draw_width(photons, generator)
            _store(found, number, (events[i], truths[i], NOBODY), (energy, theta, phi, time, moment, 1.0))
            number += 1
    return number


@compiled
def _fill_neutral(
    particles: Any,
    kinds: Any,
    parts: CalorimeterParts,
    responses: Any,
    numbers: Any,
    generator: np.random.Generator,
    found: Any,
) -> int:
    """Fill the same of neutral hadrons, and which of them pass; give the number (compiled)."""
    (events, truths), (polar, azimuth, times), (xs, ys, zs), (thetas, phis, depths, paths) = particles
    momentum, kinetic = kinds
    photons, deposits, thickness = responses
    smallest, probability, fraction = numbers
    number = 0
    for i in range(len(events)):
        region = region_at(thetas[i], parts)
        inside = region != OUTSIDE and region <= LAST_PART and depths[i] < thickness and momentum[i] > smallest
        energy = fraction * generator.random() * kinetic[i]
        showers = inside and generator.random() < probability and energy > photons.threshold
        found[2][i] = not showers
        if not showers:
            continue
        theta, phi = draw_direction(energy, thetas[i], phis[i], photons, generator)
        time = draw_time(energy, photons, generator)
        if times[i] > 0.0:
            time += delay(times[i], (xs[i], ys[i], zs[i]), polar[i], azimuth[i], paths[i])
        moment = deposits.hadron_second_moment / photons.second_moment_mean * draw_width(photons, generator)
        _store(found, number, (events[i], truths[i], NOBODY), (energy, theta, phi, time, moment, 1.0))
        number += 1
    return number


@shared
def _store(found: Any, number: int, whole: Any, real: Any) -> None:
    for k in range(3):
        found[0][k, number] = whole[k]
    for k in range(6):
        found[1][k, number] = real[k]
