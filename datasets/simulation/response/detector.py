"""From generated events to the event model: the response's steps in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance, load_experiment
from ...frames import Beams
from ..generated import GeneratedEvents
from .assembly import Reconstructed, assemble
from .charged import Tracks, measure_tracks, radiate
from .clusters import Clusters, beam_background, merge
from .columns import Floats, concatenate, sums
from .deposits import charged_clusters
from .geometry import calorimeter_impact, calorimeter_region
from .identification import electron_chance, likelihood_ratios, muon_chance
from .loading import load_response
from .muon_system import charged_hits, photon_leaks
from .parameters import Response
from .particles import MASSES, PHOTON, Particles, stable_particles, truth_particles
from .photons import photon_clusters
from .trigger import calorimeter_lines, track_line, trigger_clusters


@dataclass(frozen=True)
class Detector:
    """Everything the response depends on.

    Attributes
    ----------
    beams
        Mean beams, laboratory.
    energy_spread
        Standard deviation of sqrt(s), GeV.
    acceptance
        Polar-angle ranges (degrees) of the subdetectors.
    response
        The response's parameters.
    """

    beams: Beams
    energy_spread: float
    acceptance: Mapping[str, Acceptance]
    response: Response


def make_detector(experiment: str, period: str | None = None, overrides: Path | None = None) -> Detector:
    """Give the detector of an experiment in a data-taking period, with a user's own parameters on top."""
    found = load_experiment(experiment)
    return Detector(
        beams=found.beams(period),
        energy_spread=found.period(period).energy_spread,
        acceptance=found.acceptance,
        response=load_response(found.name, overrides),
    )


def detect(
    events: GeneratedEvents, detector: Detector, generator: np.random.Generator, first_event: int = 0
) -> ak.Array:
    """Simulate what the detector makes of generated events.

    Parameters
    ----------
    events
        n events in the centre-of-mass frame. Their neutrinos, neutral hadrons and dark particles leave nothing.
    detector
        Beams, acceptance and response.
    generator
        Source of random numbers.
    first_event
        Number of the first event.

    Returns
    -------
    ak.Array
        n records with the event model's fields (laboratory frame).
    """
    truth = truth_particles(events, detector.beams, detector.energy_spread, generator)
    particles = stable_particles(truth, len(events))
    species = particles.species
    charged = particles.select(np.isin(species, list(MASSES)))
    photons = particles.select(species == PHOTON)
    charged, radiated = radiate(charged, detector.response.tracks, generator)
    photons = concatenate([photons, radiated])
    found = reconstruct(charged, photons, len(events), detector, generator)
    return assemble(first_event, events.weights, truth, found)


def reconstruct(
    charged: Particles, photons: Particles, number: int, detector: Detector, generator: np.random.Generator
) -> Reconstructed:
    """Simulate tracks, clusters and trigger of `number` events with these charged particles and photons."""
    acceptance, response = detector.acceptance, detector.response
    tracks = measure_tracks(charged, acceptance, response.tracks, generator)
    tracked = np.zeros(len(charged), dtype=bool)
    tracked[tracks.owner] = True
    impact = calorimeter_impact(charged.theta, charged.phi, charged.transverse, charged.charge, response.tracks)
    deposits = charged_clusters(charged, impact, tracked, acceptance, response, generator)
    showers, lost = photon_clusters(photons, acceptance, response.photons, generator)
    background = beam_background(number, acceptance, response.background, response.photons, generator)
    # Within an event merging wants the tracks' clusters first.
    parts = [deposits.select(~deposits.neutral), deposits.select(deposits.neutral), showers, background]
    clusters = merge(concatenate(parts), response.photons, response.tracks.calorimeter_radius, generator)
    matched = clusters.select(~clusters.neutral)
    cluster_energy = sums(matched.owner, matched.energy, len(charged))[tracks.owner]
    electron_id, muon_id = _identify(charged.select(tracks.owner), cluster_energy, detector, generator)
    hits = charged_hits(charged, impact, acceptance, response.muon_system, generator)
    leaks = photon_leaks(photons.select(lost), acceptance, response.muon_system, generator)
    neutral = clusters.select(clusters.neutral)
    return Reconstructed(
        photons=neutral,
        region=calorimeter_region(neutral.theta, acceptance),
        tracks=tracks,
        electron_id=electron_id,
        muon_id=muon_id,
        cluster_energy=cluster_energy,
        klm=concatenate([hits, leaks]),
        trigger=_trigger(clusters, tracks, number, detector, generator),
    )


def _identify(
    particles: Particles, cluster_energy: Floats, detector: Detector, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    numbers = detector.response.identification
    electron = electron_chance(particles, cluster_energy > 0.0, numbers)
    muon = muon_chance(particles, detector.acceptance, numbers)
    return likelihood_ratios(electron, muon, numbers, generator)


def _trigger(
    clusters: Clusters, tracks: Tracks, number: int, detector: Detector, generator: np.random.Generator
) -> dict[str, NDArray[np.bool_]]:
    response = detector.response.trigger
    lines = calorimeter_lines(trigger_clusters(clusters, detector.beams, response), number, response)
    return {**lines, "ffo": track_line(tracks, number, response, generator) & ~lines["bha3d"]}
