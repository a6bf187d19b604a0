"""Charged particles measured back: resolution, efficiency, identification, deposits, muon system."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.charged import Tracks, find_tracks, measure_tracks, radiate
from darkbelle.datasets.simulation.response.clusters import Clusters
from darkbelle.datasets.simulation.response.deposits import charged_clusters
from darkbelle.datasets.simulation.response.detector import Detector
from darkbelle.datasets.simulation.response.identification import likelihood_ratios, passing_chances, true_species
from darkbelle.datasets.simulation.response.ionisation import ionisation
from darkbelle.datasets.simulation.response.muon_system import charged_hits
from darkbelle.datasets.simulation.response.particles import Particles
from darkbelle.datasets.simulation.response.propagation import Impact, calorimeter_impact

Gun = Callable[..., Particles]
NUMBER = 50_000


def impact_of(particles: Particles, detector: Detector) -> Impact:
    return calorimeter_impact(particles, detector.response.geometry)


def tracks_of(particles: Particles, detector: Detector, generator: np.random.Generator) -> Tracks:
    rows = find_tracks(particles, detector.acceptance, detector.response, generator)
    return measure_tracks(particles.select(rows), rows, detector.response, generator)


def clusters_of(particles: Particles, tracked: bool, detector: Detector, generator: np.random.Generator) -> Clusters:
    size, response = len(particles), detector.response
    minima = ionisation(particles, np.zeros(size), response.ionisation)
    impact = impact_of(particles, detector)
    return charged_clusters(particles, impact, np.full(size, tracked), minima, detector.acceptance, response, generator)


@pytest.mark.parametrize(("momentum", "theta"), [(0.3, 90.0), (1.0, 60.0), (5.0, 90.0), (4.0, 25.0)])
def test_momentum_resolution(
    detector: Detector, generator: np.random.Generator, gun: Gun, momentum: float, theta: float
) -> None:
    """sigma_pt/pt = 0.11% pt and 0.30%/beta in quadrature, Gaussian in 1/pt."""
    pt = momentum * np.sin(np.radians(theta))
    beta = momentum / np.hypot(momentum, 0.1056584)
    expected = np.hypot(0.0011 * pt, 0.0030 / beta)
    tracks = tracks_of(gun(NUMBER, 13, momentum, theta), detector, generator)
    assert np.std(pt / tracks.transverse) == pytest.approx(expected, rel=0.02)
    assert np.mean(pt / tracks.transverse) == pytest.approx(1.0, abs=5 * expected / np.sqrt(NUMBER))


def test_angles_and_impact_parameters(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    """A pion of 1 GeV at 90 degrees: constants and multiple scattering in quadrature."""
    hardness = 1.0 / np.hypot(1.0, 0.13957)
    tracks = tracks_of(gun(NUMBER, 211, 1.0, 90.0), detector, generator)
    assert 1e3 * np.std(tracks.theta) == pytest.approx(np.hypot(1.0, 2.0 / hardness), rel=0.02)
    assert 1e3 * np.std(tracks.phi) == pytest.approx(np.hypot(0.5, 2.0 / hardness), rel=0.02)
    assert 1e4 * np.std(tracks.d0) == pytest.approx(np.hypot(10.0, 15.0 / hardness), rel=0.02)
    assert 1e4 * np.std(tracks.z0) == pytest.approx(np.hypot(15.0, 20.0 / hardness), rel=0.02)


@pytest.mark.parametrize(
    ("pt", "theta", "expected"),
    [
        (1.0, 90.0, 0.985),
        (0.12, 90.0, 0.985 - 0.35 * np.exp(-1.5)),
        (0.09, 90.0, 0.0),
        (1.0, 16.9, 0.0),
        (1.0, 150.1, 0.0),
    ],
)
def test_track_efficiency(
    detector: Detector, generator: np.random.Generator, gun: Gun, pt: float, theta: float, expected: float
) -> None:
    tracks = tracks_of(gun(NUMBER, -13, pt / np.sin(np.radians(theta)), theta), detector, generator)
    assert len(tracks) / NUMBER == pytest.approx(expected, abs=0.006)
    assert (tracks.charge == 1).all()


@pytest.mark.parametrize(("pdg", "charge"), [(11, -1), (-11, 1), (13, -1), (-13, 1), (211, 1), (-321, -1), (2212, 1)])
def test_charges(gun: Gun, pdg: int, charge: int) -> None:
    assert gun(2, pdg).charge.tolist() == [charge, charge]


@pytest.mark.parametrize(
    ("pdg", "momentum", "theta", "electron", "muon"),
    [
        (13, 3.0, 80.0, 0.003, 0.93),
        (13, 3.0, 25.0, 0.003, 0.85),
        (13, 0.65, 80.0, 0.003, (0.453 + 0.684) / 2),  # half-way between two momenta of the table
        (13, 0.49, 80.0, 0.003, 0.0),
        (11, 3.0, 80.0, 0.94, 0.0002),
        (211, 3.0, 80.0, 0.006, 0.04),
        (321, 0.4, 80.0, 0.006, 0.0),
    ],
)
def test_identification_passes_as_often_as_stated(
    detector: Detector,
    generator: np.random.Generator,
    gun: Gun,
    pdg: int,
    momentum: float,
    theta: float,
    electron: float,
    muon: float,
) -> None:
    particles, numbers = gun(200_000, pdg, momentum, theta), detector.response.identification
    chances = passing_chances(particles, np.ones(len(particles), dtype=bool), detector.acceptance, numbers)
    ratios = likelihood_ratios(chances, true_species(particles), numbers, generator)
    for values, expected in ((ratios[:, 0], electron), (ratios[:, 1], muon)):
        assert np.mean(values > 0.9) == pytest.approx(expected, abs=4 * np.sqrt(expected / 200_000) + 1e-9)
        assert values.min() >= 0.0
        assert values.max() <= 1.0
    assert ratios.sum(axis=1) == pytest.approx(np.ones(len(particles)))


def test_electron_without_cluster_is_known_less_well(detector: Detector, gun: Gun) -> None:
    numbers = detector.response.identification
    chances = passing_chances(gun(2, 11), np.array([True, False]), detector.acceptance, numbers)
    assert chances[:, 0].tolist() == [0.94, 0.5]


def test_helix_meets_the_calorimeter_where_geometry_says(detector: Detector, gun: Gun) -> None:
    """At 90 degrees phi turns by asin(r/2R), clockwise for positive charge; below 0.3 B r/2 nothing arrives."""
    turned = np.degrees(np.arcsin(125.0 / (2.0 * 1.0 / (0.0029979 * 1.5))))
    positive, negative = (impact_of(gun(1, pdg, 1.0, 90.0), detector) for pdg in (211, -211))
    assert np.degrees(positive.phi[0]) == pytest.approx(30.0 - turned, abs=1e-9)
    assert np.degrees(negative.phi[0]) == pytest.approx(30.0 + turned, abs=1e-9)
    assert [bool(impact_of(gun(1, 13, pt, 90.0), detector).reached[0]) for pt in (0.275, 0.285)] == [False, True]


def test_stiff_tracks_point_where_they_go(detector: Detector, gun: Gun) -> None:
    for theta in (20.0, 60.0, 120.0, 140.0):
        impact = impact_of(gun(1, 13, 1e4, theta), detector)
        assert np.degrees(impact.theta[0]) == pytest.approx(theta, abs=1e-3)
        assert np.degrees(impact.phi[0]) == pytest.approx(30.0, abs=1e-2)


@pytest.mark.parametrize(("pdg", "low", "high"), [(13, 0.19, 0.21), (11, 2.9, 3.02), (211, 0.6, 0.9)])
def test_deposits(
    detector: Detector, generator: np.random.Generator, gun: Gun, pdg: int, low: float, high: float
) -> None:
    """Muons leave an ionisation's energy, electrons all of theirs, hadrons something between."""
    particles = gun(NUMBER, pdg, 3.0)
    found = clusters_of(particles, True, detector, generator)
    assert low < np.mean(found.energy[~found.neutral]) < high


def test_unmatched_and_split_off_clusters_look_neutral(
    detector: Detector, generator: np.random.Generator, gun: Gun
) -> None:
    share = {}
    for pdg in (13, 211):
        found = clusters_of(gun(NUMBER, pdg, 3.0), True, detector, generator)
        share[pdg] = found.neutral.sum() / NUMBER
    assert share[13] == pytest.approx(0.002, abs=0.0008)
    assert share[211] == pytest.approx(0.002 + 0.55 * 0.05, rel=0.1)


def test_particle_without_track_leaves_a_neutral_cluster(
    detector: Detector, generator: np.random.Generator, gun: Gun
) -> None:
    """An electron that the tracker lost looks like a photon of its energy."""
    electrons = gun(1000, 11, 4.0)
    found = clusters_of(electrons, False, detector, generator)
    assert len(found) == 1000
    assert found.neutral.all()
    assert np.median(found.energy) == pytest.approx(4.0, rel=0.01)


def test_electrons_radiate_and_keep_the_rest(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    """1 - exp(-(4/3) t ln(1/k)) of the electrons, energies add up, muons do not."""
    electrons, muons = gun(NUMBER, 11, 4.0), gun(NUMBER, 13, 4.0)
    left, photons = radiate(electrons, detector.response.material, generator)
    assert len(photons) / NUMBER == pytest.approx(1 - np.exp(-4 / 3 * 0.03 * np.log(100.0)), abs=0.008)
    assert left.momentum[photons.event] + photons.momentum == pytest.approx(np.full(len(photons), 4.0))
    assert (photons.pdg == 22).all()
    assert photons.momentum.min() >= 0.04 - 1e-9
    same, none = radiate(muons, detector.response.material, generator)
    assert len(none) == 0
    assert (same.momentum == 4.0).all()


@pytest.mark.parametrize(
    ("pdg", "pt", "theta", "expected"),
    [
        (13, 1.0, 80.0, 0.97),
        (13, 0.59, 80.0, 0.0),
        (13, 1.0, 30.0, 0.97),
        (13, 1.0, 15.0, 0.0),
        (211, 2.0, 80.0, 0.08),
        (11, 3.0, 80.0, 0.0),
    ],
)
def test_muon_system_efficiency(
    detector: Detector, generator: np.random.Generator, gun: Gun, pdg: int, pt: float, theta: float, expected: float
) -> None:
    particles = gun(NUMBER, pdg, pt / np.sin(np.radians(theta)), theta)
    found = charged_hits(
        particles, impact_of(particles, detector), detector.acceptance, detector.response.muon_system, generator
    )
    assert len(found) / NUMBER == pytest.approx(expected, abs=0.006)


def test_harder_muons_go_deeper(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    depth = []
    for pt in (0.65, 1.0, 3.0):
        muons = gun(1000, 13, pt, 90.0)
        found = charged_hits(
            muons, impact_of(muons, detector), detector.acceptance, detector.response.muon_system, generator
        )
        depth.append(np.mean(found.layers))
    assert depth[0] < depth[1] < depth[2] == 14.0


def test_selection_of_columns_keeps_records_together(gun: Gun) -> None:
    shot = replace(gun(3), momentum=np.array([1.0, 2.0, 3.0]))
    chosen = shot.select(np.array([True, False, True]))
    assert chosen.event.tolist() == [0, 2]
    assert chosen.momentum.tolist() == [1.0, 3.0]
