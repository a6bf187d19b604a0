"""Shower shapes tell photons, merged pairs and hadrons apart; times, distances to tracks and neutral hadrons."""

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.simulation.generated import prompt_events
from darkbelle.datasets.simulation.response.clusters import NOBODY, Clusters
from darkbelle.datasets.simulation.response.columns import Floats
from darkbelle.datasets.simulation.response.deposits import neutral_hadron_clusters
from darkbelle.datasets.simulation.response.detector import Detector, detect
from darkbelle.datasets.simulation.response.particles import Particles
from darkbelle.datasets.simulation.response.propagation import calorimeter_impact
from darkbelle.datasets.simulation.response.shapes import RATIOS, draw_shapes, nearest_track

Gun = Callable[..., Particles]
NUMBER = 20_000


def clusters(energy: float, moment: float, hadronic: float, number: int = NUMBER) -> Clusters:
    ones = np.ones(number)
    nothing = np.full(number, NOBODY)
    return Clusters(
        np.arange(number), energy * ones, ones, ones, 0.0 * ones, moment * ones, hadronic * ones, nothing, nothing
    )


def shapes(detector: Detector, found: Clusters) -> dict[str, Floats]:
    response, generator = detector.response, np.random.default_rng(1)
    far = np.full(len(found), np.inf)
    return draw_shapes(found, far, response.shapes, response.photons, generator).fields


def separation(one: Floats, other: Floats) -> float:
    """Give the area under the curve of efficiencies: the chance that a draw of the one exceeds one of the other."""
    ranks = np.argsort(np.argsort(np.concatenate([one, other])))
    return float((np.mean(ranks[: len(one)]) - (len(one) - 1) / 2) / len(other))


@pytest.mark.parametrize("name", ["e1_over_e9", "e9_over_e21", "lateral_energy", "zernike_40", "zernike_51"])
def test_shapes_tell_merged_pairs_and_hadrons_from_photons(detector: Detector, name: str) -> None:
    """Two photons 3 degrees apart have a second moment of 1 + (6.5 cm/2)^2 = 11.7 cm^2; hadrons one of 3 cm^2."""
    photon = shapes(detector, clusters(2.0, 1.0, 0.0))[name]
    merged = shapes(detector, clusters(2.0, 11.7, 0.0))[name]
    hadron = shapes(detector, clusters(2.0, 3.0, 1.0))[name]
    for other in (merged, hadron):
        assert abs(separation(photon, other) - 0.5) > 0.4
    assert 0.0 <= photon.min() <= photon.max() <= 1.0


def test_pulse_shape_sees_hadrons_and_not_merging(detector: Detector, babar: Detector) -> None:
    photon, merged, hadron = (
        shapes(detector, clusters(1.0, *kind))["pulse_shape"] for kind in ((1.0, 0.0), (11.7, 0.0), (3.0, 1.0))
    )
    assert np.mean(photon) == pytest.approx(0.95, abs=0.02)
    assert np.mean(merged) == pytest.approx(np.mean(photon), abs=0.002)
    assert separation(photon, hadron) > 0.999
    assert np.ptp(shapes(babar, clusters(1.0, 3.0, 1.0))["pulse_shape"]) == 0.0  # not measured there


def test_shapes_have_the_means_and_widths_of_the_file(detector: Detector) -> None:
    """At high energy, where nothing is clipped: mean + broadening ln(3) + hadron."""
    numbers = detector.response.shapes
    found = shapes(detector, clusters(100.0, 3.0, 1.0))
    for name in RATIOS:
        mean = getattr(numbers, f"{name}_mean") + getattr(numbers, f"{name}_broadening") * np.log(3.0)
        mean += getattr(numbers, f"{name}_hadron")
        width = getattr(numbers, f"{name}_width")
        assert np.mean(found[name]) == pytest.approx(mean, abs=5 * width / np.sqrt(NUMBER)), name
        assert np.std(found[name]) == pytest.approx(width, rel=0.03), name


@pytest.mark.parametrize("energy", [0.1, 1.0, 5.0])
def test_time_error_holds_99_percent_of_true_photons(detector: Detector, energy: float) -> None:
    number = 5000
    momenta = np.array([[energy, 0, energy, 0], [energy, 0, -energy, 0]])
    events = prompt_events(np.full((number, 2), 22, dtype=np.int32), np.tile(momenta, (number, 1, 1)))
    photons = ak.flatten(detect(events, detector, np.random.default_rng(2)).photons)
    true = photons[photons.truth >= 0]
    # Energies are measured, resolution goes by the true one: a little off at low energy.
    assert float(ak.mean(np.abs(true.time) < true.time_error)) == pytest.approx(0.99, abs=0.006)
    beam = photons[photons.truth < 0]
    assert float(ak.mean(np.abs(beam.time) < beam.time_error)) < 0.5


def test_distance_to_the_nearest_track_of_the_same_event(detector: Detector) -> None:
    """At 90 degrees, 0.1 rad in azimuth are 2 x 125 cm x sin(0.05); another event's track does not count."""
    one = clusters(1.0, 1.0, 0.0, 3)
    found = Clusters(
        one.event,
        one.energy,
        np.full(3, np.pi / 2),
        np.zeros(3),
        *(getattr(one, n) for n in ("time", "second_moment", "hadronic", "truth", "owner")),
    )
    events, phi = np.array([0, 0, 2]), np.array([0.1, -0.3, 3.0])
    distance = nearest_track(found, events, np.full(3, np.pi / 2), phi, detector.response.geometry)
    assert distance[0] == pytest.approx(250.0 * np.sin(0.05))
    assert np.isinf(distance[1])
    assert distance[2] == pytest.approx(250.0 * np.sin(1.5))


@pytest.mark.parametrize(("pdg", "mass"), [(130, 0.497611), (2112, 0.9395654)])
def test_neutral_hadrons_shower_or_reach_the_muon_system(
    detector: Detector, generator: np.random.Generator, gun: Gun, pdg: int, mass: float
) -> None:
    hadrons = gun(NUMBER, pdg, 2.0, mass=mass)
    impact = calorimeter_impact(hadrons, detector.response.geometry)
    found, passing = neutral_hadron_clusters(hadrons, impact, detector.acceptance, detector.response, generator)
    kinetic = np.hypot(2.0, mass) - mass
    # Half of them shower, but for the few below the threshold of 20 MeV.
    seen = 0.5 * (1 - 0.02 / (0.6 * kinetic))
    assert len(found) / NUMBER == pytest.approx(seen, abs=0.012)
    assert passing.sum() == NUMBER - len(found)
    assert np.mean(found.energy) == pytest.approx((0.02 + 0.6 * kinetic) / 2, rel=0.03)
    assert (found.hadronic == 1.0).all()


def test_neutral_hadrons_are_seen_in_whole_events(detector: Detector) -> None:
    """K_L of 2 GeV at 90 degrees: half shower, half of the others leave a cluster in the muon system."""
    number = 4000
    momenta = np.tile(np.array([[2.06, 0, 2.0, 0], [2.06, 0, -2.0, 0]]), (number, 1, 1))
    found = detect(
        prompt_events(np.full((number, 2), 130, dtype=np.int32), momenta), detector, np.random.default_rng(3)
    )
    assert float(ak.mean(ak.sum(found.photons.truth >= 0, axis=1))) / 2 == pytest.approx(0.49, abs=0.02)
    assert float(ak.mean(ak.num(found.klm))) / 2 == pytest.approx(0.25, abs=0.02)
    true = ak.flatten(found.photons[found.photons.truth >= 0])
    assert float(ak.mean(true.pulse_shape)) < 0.6
