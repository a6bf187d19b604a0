"""From generated events to the event model: the response's steps in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance, LuminousRegion, load_experiment
from ...frames import Beams
from ..generated import GeneratedEvents
from .assembly import Reconstructed, assemble
from .charged import Tracks, find_tracks, is_charged, measure_tracks, radiate
from .clusters import Clusters, beam_background, merge
from .columns import Floats, concatenate, is_one_of, length, sums
from .deposits import charged_clusters, neutral_hadron_clusters
from .drawing import normals
from .geometry import calorimeter_region
from .identification import likelihood_ratios, passing_chances, true_species
from .ionisation import bending, chamber_hits, ionisation
from .loading import load_response
from .muon_system import MuonSystemClusters, charged_hits, neutral_hadron_hits, photon_leaks
from .parameters import Response
from .particles import NEUTRAL_HADRONS, PHOTON, Particles
from .photons import photon_clusters
from .propagation import Impact, calorimeter_impact
from .secondaries import DECAYS, convert, decay_in_flight
from .shapes import draw_shapes, nearest_track
from .trigger import TriggerView, fired_lines, trigger_clusters, trigger_tracks
from .truth import stable_particles, truth_particles
from .vertexing import fit_vertices


@dataclass(frozen=True)
class Detector:
    """Everything the response depends on.

    Attributes
    ----------
    beams
        Mean beams, laboratory.
    energy_spread
        Standard deviation of sqrt(s), GeV.
    luminous_region
        Where the beams collide.
    acceptance
        Polar-angle ranges (degrees) of the subdetectors.
    response
        The response's parameters.
    """

    beams: Beams
    energy_spread: float
    luminous_region: LuminousRegion
    acceptance: Mapping[str, Acceptance]
    response: Response


@dataclass(frozen=True)
class Arriving:
    """What enters the detector: particles by kind, after decays and conversions on their way.

    Attributes
    ----------
    charged, photons, hadrons
        Charged particles and monopoles; photons; K_L and neutrons.
    magnetic_charge
        Of each charged particle, in e.
    number
        Of events.
    """

    charged: Particles
    photons: Particles
    hadrons: Particles
    magnetic_charge: Floats
    number: int


def make_detector(experiment: str, period: str | None = None, overrides: Path | None = None) -> Detector:
    """Give the detector of an experiment in a data-taking period, with a user's own parameters on top."""
    found = load_experiment(experiment)
    chosen = found.period(period)
    return Detector(
        beams=found.beams(period),
        energy_spread=chosen.energy_spread,
        luminous_region=chosen.luminous_region,
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
        n events in the centre-of-mass frame. Their neutrinos and dark particles leave nothing.
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
    truth = truth_particles(events, detector.beams, detector.energy_spread, detector.luminous_region, generator)
    arriving = arrive(stable_particles(truth), events, detector.response, generator)
    return assemble(first_event, events.weights, truth, reconstruct(arriving, detector, generator))


def arrive(
    particles: Particles, events: GeneratedEvents, response: Response, generator: np.random.Generator
) -> Arriving:
    """Let particles decay, convert and radiate before the tracker's gas, and sort them by kind."""
    unstable = is_one_of(particles.species, DECAYS)
    # What decays is little: its daughters, the others' photons and electrons come together only at the end.
    groups = [particles]
    if unstable.any():
        groups.append(decay_in_flight(particles.select(unstable), generator))
    charged, photons, hadrons = [], [], []
    for group in groups:
        left, electrons = convert(
            group.select(group.species == PHOTON), response.material, response.geometry, generator
        )
        charged += [group.select(is_charged(group)), electrons]
        photons.append(left)
        hadrons.append(group.select(is_one_of(group.species, NEUTRAL_HADRONS)))
    radiating, radiated = radiate(concatenate(charged), response.material, generator)
    charge = np.zeros(len(radiating)) if events.magnetic_charge is None else events.magnetic_charge[radiating.event]
    return Arriving(radiating, concatenate([*photons, radiated]), concatenate(hadrons), charge, len(events))


def reconstruct(arriving: Arriving, detector: Detector, generator: np.random.Generator) -> Reconstructed:
    """Simulate tracks, vertices, clusters and trigger."""
    acceptance, response = detector.acceptance, detector.response
    charged, number = arriving.charged, arriving.number
    rows = find_tracks(charged, acceptance, response, generator)
    owners, strength = charged.select(rows), arriving.magnetic_charge[rows]
    tracks = measure_tracks(owners, rows, response, generator)
    impact = calorimeter_impact(charged, response.geometry)
    mean_ionisation = ionisation(charged, arriving.magnetic_charge, response.ionisation)
    clusters, klm = _calorimeter(arriving, impact, tracks, mean_ionisation, detector, generator)
    matched = np.flatnonzero(~clusters.neutral)
    cluster_energy = sums(clusters.owner[matched], clusters.energy[matched], len(charged))[tracks.owner]
    chances = passing_chances(owners, cluster_energy > 0.0, acceptance, response.identification)
    neutral = clusters.select(clusters.neutral)
    reached = impact.reached[tracks.owner]
    meets = tracks.owner[reached]
    distance = nearest_track(neutral, tracks.event[reached], impact.theta[meets], impact.phi[meets], response.geometry)
    seen = trigger_clusters(clusters, detector.beams, response.trigger)
    view = TriggerView(seen, trigger_tracks(tracks, response.trigger, generator), number)
    spread = response.ionisation.resolution * normals(generator, len(tracks))
    return Reconstructed(
        photons=neutral,
        region=calorimeter_region(neutral.theta, acceptance),
        shapes=draw_shapes(neutral, distance, response.shapes, response.photons, generator),
        tracks=tracks,
        ratios=likelihood_ratios(chances, true_species(owners), response.identification, generator),
        cluster_energy=cluster_energy,
        hits=chamber_hits(owners, response.tracks, response.geometry, generator),
        ionisation=mean_ionisation[tracks.owner] * np.maximum(1.0 + spread, 0.05),
        bending=bending(owners, strength, response.tracks, response.geometry, generator),
        klm=klm,
        vertices=fit_vertices(tracks, charged, number, response.geometry.magnetic_field, response.vertices),
        trigger=fired_lines(view, response.trigger.lines),
    )


def _calorimeter(
    arriving: Arriving,
    impact: Impact,
    tracks: Tracks,
    mean_ionisation: Floats,
    detector: Detector,
    generator: np.random.Generator,
) -> tuple[Clusters, MuonSystemClusters]:
    """Simulate the calorimeter's clusters, and with what it lets pass those of the muon system."""
    acceptance, response, geometry = detector.acceptance, detector.response, detector.response.geometry
    charged, photons, hadrons = arriving.charged, arriving.photons, arriving.hadrons
    tracked = np.zeros(len(charged), dtype=bool)
    tracked[tracks.owner] = True
    deposits = charged_clusters(charged, impact, tracked, mean_ionisation, acceptance, response, generator)
    met, struck = calorimeter_impact(photons, geometry), calorimeter_impact(hadrons, geometry)
    showers, lost = photon_clusters(photons, met, acceptance, response.photons, geometry, generator)
    hadronic, passing = neutral_hadron_clusters(hadrons, struck, acceptance, response, generator)
    background = beam_background(arriving.number, acceptance, response.background, response.photons, generator)
    parts = [deposits, showers, hadronic, background]
    clusters = merge(concatenate(parts), response.photons, geometry.calorimeter_radius, generator)
    # What is made behind the muon system is gone.
    lost &= _distance(photons) < geometry.muon_system_radius
    passing &= _distance(hadrons) < geometry.muon_system_radius
    klm = [
        charged_hits(charged, impact, acceptance, response.muon_system, generator),
        photon_leaks(photons.select(lost), met.select(lost), acceptance, response.muon_system, generator),
        neutral_hadron_hits(
            hadrons.select(passing),
            struck.select(passing),
            acceptance,
            response.neutral_hadrons,
            response.muon_system,
            generator,
        ),
    ]
    return clusters, concatenate(klm)


def _distance(particles: Particles) -> NDArray[np.float64]:
    """Give the distance (cm) of the production vertices from the interaction point."""
    return length(particles.radius, particles.z)
