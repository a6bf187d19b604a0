"""Photons measured back: resolution, tail, efficiency, gaps, losses, merging."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.clusters import NOBODY, Clusters, beam_background, merge
from darkbelle.datasets.simulation.response.columns import Booleans, Floats
from darkbelle.datasets.simulation.response.detector import Detector
from darkbelle.datasets.simulation.response.geometry import (
    calorimeter_parts,
    calorimeter_region,
    edge_distance_at,
    region_at,
)
from darkbelle.datasets.simulation.response.muon_system import photon_leaks
from darkbelle.datasets.simulation.response.particles import Particles
from darkbelle.datasets.simulation.response.photons import efficiency_at, photon_clusters
from darkbelle.datasets.simulation.response.propagation import calorimeter_impact
from scipy.stats import norm

Gun = Callable[..., Particles]
NUMBER = 100_000


def showers_of(photons: Particles, detector: Detector, generator: np.random.Generator) -> tuple[Clusters, Booleans]:
    response = detector.response
    impact = calorimeter_impact(photons, response.geometry)
    return photon_clusters(photons, impact, detector.acceptance, response.photons, response.geometry, generator)


def energies_of(photons: Particles, detector: Detector, generator: np.random.Generator, **changes: float) -> Floats:
    """Give the measured energies (GeV) of photons, with changes of the calorimeter's parameters."""
    changed = detector.response.photons.model_copy(update=changes)
    response = detector.response.model_copy(update={"photons": changed})
    return showers_of(photons, replace(detector, response=response), generator)[0].energy


@pytest.mark.parametrize(("energy", "resolution"), [(0.1, 0.02075), (1.0, 0.015672), (5.0, 0.014454)])
def test_energy_resolution_of_the_barrel(
    detector: Detector, generator: np.random.Generator, gun: Gun, energy: float, resolution: float
) -> None:
    """The upper half is Gaussian with sigma_E/E = 0.066%/E + 0.81%/E^(1/4) + 1.34% (computed by hand)."""
    by_hand = np.sqrt((0.00066 / energy) ** 2 + (0.0081 / energy**0.25) ** 2 + 0.0134**2)
    assert by_hand == pytest.approx(resolution, rel=2e-3)
    measured = energies_of(gun(NUMBER, 22, energy, 80.0), detector, generator, tail_fraction=0.0)
    assert np.std(measured / energy) == pytest.approx(by_hand, rel=0.01)
    assert np.mean(measured / energy) == pytest.approx(1.0, abs=4 * by_hand / np.sqrt(NUMBER))


def test_endcaps_are_worse_by_their_factor(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    barrel, *endcaps = (
        np.std(energies_of(gun(NUMBER, 22, 1.0, theta), detector, generator, tail_fraction=0.0))
        for theta in (80.0, 22.0, 142.0)
    )
    assert np.array(endcaps) / barrel == pytest.approx(np.array([1.15, 1.15]), rel=0.02)


def test_tail_is_on_the_low_side_only(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    """An exponential of mean 1.5 sigma for 10 % of the photons, convolved with the Gaussian."""
    pulls = (energies_of(gun(NUMBER, 22, 1.0, 80.0), detector, generator) - 1.0) / 0.01574
    loss = generator.exponential(1.5, NUMBER) * (generator.random(NUMBER) < 0.1)
    expected = np.mean(generator.standard_normal(NUMBER) - loss < -3.0)
    assert np.mean(pulls < -3.0) == pytest.approx(expected, rel=0.1)
    assert np.mean(pulls < -3.0) > 5 * norm.cdf(-3.0)
    assert np.mean(pulls > 2.0) < 1.02 * norm.sf(2.0)


@pytest.mark.parametrize(("energy", "milliradian"), [(0.25, 8.14), (1.0, 4.27), (4.0, 2.5)])
def test_angular_resolution(
    detector: Detector, generator: np.random.Generator, gun: Gun, energy: float, milliradian: float
) -> None:
    """4 mrad/sqrt(E) and 1.5 mrad in quadrature, across the direction as well."""
    clusters, _ = showers_of(gun(NUMBER, 22, energy, 50.0), detector, generator)
    across = (clusters.phi - np.radians(30.0)) * np.sin(np.radians(50.0))
    assert 1e3 * np.std(clusters.theta) == pytest.approx(milliradian, rel=0.02)
    assert 1e3 * np.std(across) == pytest.approx(milliradian, rel=0.02)


def efficiency_of(energy: float, theta: float, detector: Detector) -> float:
    """Give the chance of a cluster at an energy (GeV) and a polar angle (degrees)."""
    parts, polar = calorimeter_parts(detector.acceptance), np.radians(theta)
    return efficiency_at(energy, polar, region_at(polar, parts), parts, detector.response.photons)


def test_hard_photons_are_lost_at_the_floor_and_soft_ones_more(detector: Detector) -> None:
    hard, soft, softest = (efficiency_of(energy, 80.0, detector) for energy in (5.0, 0.03, 0.019))
    assert 1 - hard == pytest.approx(5e-4, rel=0.01)
    assert soft == pytest.approx(0.995 * (1 - np.exp(-0.5)), rel=1e-3)
    assert softest == 0.0


@pytest.mark.parametrize("theta", [12.0, 31.8, 129.7, 155.5])
def test_no_cluster_in_gaps_and_outside(
    detector: Detector, generator: np.random.Generator, gun: Gun, theta: float
) -> None:
    photons = gun(1000, 22, 3.0, theta)
    clusters, lost = showers_of(photons, detector, generator)
    assert len(clusters) == 0
    assert lost.all()


def test_efficiency_halves_at_an_edge(detector: Detector) -> None:
    found = [efficiency_of(5.0, theta, detector) for theta in (32.2, 32.7, 36.2)]
    assert found == pytest.approx(0.9995 * np.array([0.5, 1 - 0.5 * np.exp(-1.0), 1 - 0.5 * np.exp(-8.0)]), rel=1e-4)


def test_regions_and_distances_to_edges(detector: Detector) -> None:
    degrees = np.array([5.0, 20.0, 31.8, 80.0, 129.7, 140.0, 170.0])
    region = calorimeter_region(np.radians(degrees), detector.acceptance)
    assert region.tolist() == [0, 1, 11, 2, 13, 3, 0]
    distances = [edge_distance_at(np.radians(each), calorimeter_parts(detector.acceptance)) for each in degrees[1::2]]
    assert distances == pytest.approx([7.6, 47.8, 9.3])


@pytest.mark.parametrize(("momentum", "theta", "share"), [(3.0, 31.8, 0.7), (0.9, 31.8, 0.0), (3.0, 14.0, 0.0)])
def test_muon_system_sees_hard_photons_that_are_lost(
    detector: Detector, generator: np.random.Generator, gun: Gun, momentum: float, theta: float, share: float
) -> None:
    lost = gun(20_000, 22, momentum, theta)
    impact = calorimeter_impact(lost, detector.response.geometry)
    found = photon_leaks(lost, impact, detector.acceptance, detector.response.muon_system, generator)
    assert len(found) / 20_000 == pytest.approx(share, abs=0.015)
    assert (found.layers >= 1).all()
    assert (found.owner == -1).all()


def make_pair(number: int, degrees: float, owners: tuple[int, int] = (NOBODY, NOBODY)) -> Clusters:
    """Give two showers of 2 and 1 GeV an event, apart in theta by an angle."""
    ones = np.ones(2 * number)
    return Clusters(
        event=np.repeat(np.arange(number), 2),
        energy=np.tile([2.0, 1.0], number),
        theta=np.tile(np.radians([80.0, 80.0 + degrees]), number),
        phi=ones,
        time=np.tile([1.0, 2.0], number),
        second_moment=ones,
        hadronic=np.zeros(2 * number),
        truth=np.tile([7, 8], number),
        owner=np.tile(owners, number),
    )


@pytest.mark.parametrize(("degrees", "share"), [(0.0, 1.0), (2.9, 1.0), (4.5, 0.5), (5.4, 0.2), (6.1, 0.0)])
def test_close_showers_merge(detector: Detector, generator: np.random.Generator, degrees: float, share: float) -> None:
    merged = merge(make_pair(5000, degrees), detector.response.photons, 125.0, generator)
    assert (10_000 - len(merged)) / 5000 == pytest.approx(share, abs=0.03)
    assert merged.energy.sum() == pytest.approx(15_000.0)


def test_merged_cluster_is_the_sum(detector: Detector, generator: np.random.Generator) -> None:
    """Energies add, the direction is their mean, the hardest tells the origin, the moment grows by z(1-z)d^2."""
    merged = merge(make_pair(1, 2.0), detector.response.photons, 125.0, generator)
    distance = 125.0 * np.radians(2.0)
    assert merged.energy.tolist() == [3.0]
    assert np.degrees(merged.theta[0]) == pytest.approx(80.0 + 2.0 / 3.0, abs=1e-3)
    assert merged.truth.tolist() == [7]
    assert merged.time.tolist() == [1.0]
    assert merged.second_moment[0] == pytest.approx(1.0 + 2.0 / 9.0 * distance**2, rel=1e-2)


def test_photon_joins_a_track_but_two_tracks_stay(detector: Detector, generator: np.random.Generator) -> None:
    joined = merge(make_pair(1, 1.0, (5, NOBODY)), detector.response.photons, 125.0, generator)
    apart = merge(make_pair(1, 1.0, (5, 6)), detector.response.photons, 125.0, generator)
    assert joined.owner.tolist() == [5]
    assert joined.energy.tolist() == [3.0]
    assert apart.owner.tolist() == [5, 6]


def test_chain_of_showers_becomes_one(detector: Detector, generator: np.random.Generator) -> None:
    """Neighbours 2.5 degrees apart join although the ends are 10 degrees apart."""
    one = make_pair(1, 2.5).select(np.array([0, 1, 0, 1, 0]))
    chain = replace(one, theta=np.radians(80.0 + 2.5 * np.arange(5)))
    merged = merge(chain, detector.response.photons, 125.0, generator)
    assert len(merged) == 1
    assert merged.energy.sum() == pytest.approx(chain.energy.sum())


def test_beams_leave_soft_clusters_at_any_time(detector: Detector, generator: np.random.Generator) -> None:
    response = detector.response
    found = beam_background(50_000, detector.acceptance, response.background, response.photons, generator)
    assert len(found) / 50_000 == pytest.approx(1.0, abs=0.05)
    assert found.energy.min() >= 0.03
    assert np.mean(found.energy) == pytest.approx(0.07, rel=0.03)
    assert np.std(found.time) == pytest.approx(200.0 / np.sqrt(12.0), rel=0.02)
    assert (found.truth == -1).all()
