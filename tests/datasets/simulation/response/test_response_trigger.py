"""Trigger lines on events built by hand: clusters given in the CM frame, and tracks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.charged import Tracks
from darkbelle.datasets.simulation.response.clusters import NOBODY, Clusters
from darkbelle.datasets.simulation.response.columns import pairs, position
from darkbelle.datasets.simulation.response.detector import Detector, make_detector
from darkbelle.datasets.simulation.response.trigger import (
    TriggerClusters,
    TriggerTracks,
    TriggerView,
    fired_lines,
    phi_difference,
    trigger_clusters,
    trigger_tracks,
)
from numpy.typing import NDArray

Hit = tuple[float, float, float, float, int]
"""E, E* (GeV), theta*, phi* (degrees), ring."""


CALORIMETER = {"hie", "bha3d", *(f"lml{number}" for number in range(14))}
NO_TRACKS = TriggerTracks(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0), np.empty(0, dtype=bool))


def lines(detector: Detector, hits: Sequence[Hit]) -> set[str]:
    """Give the names of the lines that one event of these clusters fires."""
    energy, cm_energy, theta, phi, ring = (np.array(column) for column in zip(*hits, strict=True))
    found = TriggerClusters(np.zeros(len(hits), dtype=np.int64), energy, cm_energy, theta, phi, ring)
    fired = fired_lines(TriggerView(found, NO_TRACKS, 1), detector.response.trigger.lines)
    return {name for name, each in fired.items() if each[0]}


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        # one photon: 2 GeV* and more in the barrel, in the inner and outer endcap rings, then below
        ([(3.0, 2.5, 80, 0, 9)], {"lml1", "lml6", "lml13", "hie"}),
        ([(3.0, 2.5, 140, 0, 15)], {"lml2", "lml6"}),
        ([(3.0, 2.5, 30, 0, 3)], {"lml2", "lml7", "hie"}),
        ([(3.0, 2.5, 150, 0, 16)], {"lml2", "lml7"}),
        ([(3.0, 2.5, 20, 0, 1)], {"lml4", "hie"}),
        ([(3.0, 2.5, 160, 0, 17)], {"lml4"}),
        ([(1.5, 1.2, 80, 0, 9)], {"lml6", "lml13", "hie"}),
        ([(1.5, 1.2, 60, 0, 5)], {"lml6", "hie"}),
        ([(0.9, 0.7, 80, 0, 9)], {"lml13"}),
        ([(0.9, 0.4, 80, 0, 9)], set()),
        # a second cluster above 0.3 GeV ends the single-photon lines, one below does not
        ([(3.0, 2.5, 80, 0, 9), (0.4, 0.35, 60, 50, 6)], {"lml1", "hie"}),
        ([(3.0, 2.5, 80, 0, 9), (0.28, 0.25, 60, 50, 6)], {"lml1", "lml6", "lml13", "hie"}),
        # three clusters
        ([(0.4, 0.4, 80, 0, 9), (0.2, 0.2, 60, 50, 6), (0.2, 0.2, 60, 100, 6)], {"lml0"}),
        ([(0.6, 0.45, 80, 0, 9), (0.2, 0.2, 60, 50, 6), (0.2, 0.2, 60, 100, 6)], {"lml0", "lml12"}),
        # pairs opposite in phi*: both above 0.25, one below, and in theta* as well
        ([(0.4, 0.4, 60, 0, 7), (0.3, 0.3, 60, 178, 7)], {"lml8"}),
        ([(0.4, 0.4, 60, 0, 7), (0.2, 0.2, 60, 178, 7)], {"lml9"}),
        ([(0.4, 0.4, 80, 0, 7), (0.2, 0.2, 95, 165, 7)], {"lml10"}),
        ([(0.4, 0.4, 80, 0, 7), (0.2, 0.2, 95, 155, 7)], set()),
        ([(2.5, 2.4, 80, 0, 7), (0.2, 0.2, 95, 178, 7)], {"lml1", "lml6", "lml13", "hie"}),
        # a Bhabha pair vetoes all lines that know it and fires those that ask for it
        ([(6.0, 5.2, 90, 0, 8), (4.5, 5.1, 90, 180, 13)], {"lml1", "bha3d"}),
        ([(6.0, 5.2, 30, 0, 3), (4.5, 5.1, 150, 180, 16)], {"lml3", "bha3d"}),
        ([(6.0, 5.2, 20, 0, 1), (4.5, 5.1, 160, 180, 17)], {"lml5", "bha3d"}),
        ([(6.0, 5.2, 90, 0, 8), (3.5, 4.0, 90, 180, 13)], {"lml1", "bha3d"}),
        ([(4.2, 4.4, 90, 0, 8), (3.5, 4.0, 90, 180, 13)], {"lml1", "hie"}),
    ],
)
def test_calorimeter_lines(detector: Detector, hits: list[Hit], expected: set[str]) -> None:
    assert lines(detector, hits) & CALORIMETER == expected


def test_rings_and_cm_energies_of_clusters(detector: Detector) -> None:
    """Ring edges in degrees; a massless cluster along the boost has E* = E gamma (1 - beta) in the CM frame."""
    theta = np.radians([12.0, 15.0, 20.0, 31.0, 35.0, 80.0, 125.0, 135.0, 150.0, 156.0])
    size = len(theta)
    clusters = Clusters(
        event=np.zeros(size, dtype=np.int64),
        energy=np.full(size, 1.0),
        theta=theta,
        phi=np.zeros(size),
        time=np.zeros(size),
        second_moment=np.ones(size),
        hadronic=np.zeros(size),
        truth=np.zeros(size, dtype=np.int64),
        owner=np.full(size, NOBODY),
    )
    found = trigger_clusters(clusters, detector.beams, detector.response.trigger)
    assert found.ring.tolist() == [0, 1, 2, 3, 4, 9, 15, 16, 17, 0]
    energy, px, _, pz = 1.0, np.sin(theta), 0.0, np.cos(theta)
    total, mass = (11.007, 0.45665926, 0.0, 3.00441178), 10.579178883
    by_hand = (total[0] * energy - total[1] * px - total[3] * pz) / mass
    assert found.cm_energy == pytest.approx(by_hand, rel=1e-6)
    soft = trigger_clusters(clusters.select(np.array([1])), detector.beams, detector.response.trigger)
    assert len(soft) == 1


def tracks(pt: Sequence[float], theta: Sequence[float], phi: Sequence[float], number: int = 1) -> Tracks:
    """Give the same tracks in each of `number` events."""
    each, size = len(pt), number * len(pt)
    zeros = np.zeros(size)
    return Tracks(
        event=np.repeat(np.arange(number), each),
        transverse=np.tile(pt, number),
        theta=np.radians(np.tile(theta, number)),
        phi=np.radians(np.tile(phi, number)),
        charge=np.ones(size, dtype=np.int64),
        d0=zeros,
        z0=zeros,
        theta_error=zeros,
        phi_error=zeros,
        d0_error=zeros,
        z0_error=zeros,
        truth=np.zeros(size, dtype=np.int64),
        owner=np.zeros(size, dtype=np.int64),
    )


def track_lines(detector: Detector, found: Tracks, generator: np.random.Generator) -> dict[str, NDArray[np.bool_]]:
    """Give the lines of the events of these tracks, in which there are no clusters."""
    response = detector.response.trigger
    nothing = np.empty(0)
    no_clusters = TriggerClusters(
        np.empty(0, dtype=np.int64), nothing, nothing, nothing, nothing, np.empty(0, dtype=np.int64)
    )
    view = TriggerView(no_clusters, trigger_tracks(found, response, generator), int(found.event.max()) + 1)
    return fired_lines(view, response.lines)


@pytest.mark.parametrize(
    ("pt", "theta", "phi", "share"),
    [
        ([1.0, 1.0], [80, 80], [0, 95], 0.81),
        ([1.0, 1.0], [80, 80], [-170, 101], 0.0),
        ([1.0, 1.0], [80, 80], [-175, 90], 0.81),
        ([1.0, 0.25], [80, 80], [0, 180], 0.0),
        ([1.0, 1.0], [80, 25], [0, 180], 0.0),
        ([1.0], [80], [0], 0.0),
        ([1.0, 1.0, 1.0], [80, 80, 80], [0, 120, -120], 0.9**3 + 3 * 0.9**2 * 0.1),
    ],
)
def test_two_track_line(
    detector: Detector,
    generator: np.random.Generator,
    pt: list[float],
    theta: list[float],
    phi: list[float],
    share: float,
) -> None:
    """Two full tracks more than 90 degrees apart, each found with a chance of 0.9."""
    assert np.mean(track_lines(detector, tracks(pt, theta, phi, 20_000), generator)["ffo"]) == pytest.approx(
        share, abs=0.012
    )


def test_differences_of_azimuths() -> None:
    one, other = np.array([10.0, -170.0, 180.0, 0.0]), np.array([350.0, 170.0, -180.0, 180.0])
    assert phi_difference(one, other).tolist() == [20.0, 20.0, 0.0, 180.0]


def test_pairs_are_all_within_events_and_only_those() -> None:
    event = np.array([0, 0, 0, 2, 3, 3])
    first, second = pairs(event)
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == {(0, 1), (1, 2), (0, 2), (4, 5)}
    assert pairs(np.empty(0, dtype=np.int64))[0].tolist() == []
    assert position(event, 5).tolist() == [0, 1, 2, 0, 0, 1]


@pytest.mark.parametrize(
    ("hits", "fires", "silent"),
    [
        ([(0.2, 0.2, 60, 30 * k, 6) for k in range(4)], {"c4"}, {"lml12"}),
        ([(0.2, 0.2, 60, 30 * k, 6) for k in range(3)], set(), {"c4"}),
        ([(3.1, 2.5, 80, 0, 9)], {"lume", "hie"}, {"c4"}),
        ([(3.1, 2.5, 160, 0, 16)], set(), {"lume", "hie"}),
    ],
)
def test_lines_of_multiplicity_and_energy(
    detector: Detector, hits: list[Hit], fires: set[str], silent: set[str]
) -> None:
    fired = lines(detector, hits)
    assert fires <= fired
    assert not silent & fired


@pytest.mark.parametrize(
    ("pt", "theta", "phi", "line", "share"),
    [
        ([1.0, 1.0, 1.0], [80, 80, 80], [0, 10, 20], "fff", 0.9**3),
        ([1.0, 1.0], [80, 80], [0, 180], "fff", 0.0),
        # Two full tracks (0.9 each), at least one of them with a vertex along z (0.9 each).
        ([1.0, 1.0], [80, 80], [0, 180], "fyo", 0.81 * 0.99),
        ([0.8], [80], [0], "stt", 0.81),
        ([0.6], [80], [0], "stt", 0.0),
    ],
)
def test_lines_of_tracks(
    detector: Detector,
    generator: np.random.Generator,
    pt: list[float],
    theta: list[float],
    phi: list[float],
    line: str,
    share: float,
) -> None:
    fired = track_lines(detector, tracks(pt, theta, phi, 20_000), generator)[line]
    assert np.mean(fired) == pytest.approx(share, abs=0.012)


def test_tracks_from_far_along_the_axis_have_no_vertex_for_the_trigger(
    detector: Detector, generator: np.random.Generator
) -> None:
    far = replace(tracks([1.0], [80], [0], 1000), z0=np.full(1000, 16.0))
    assert not track_lines(detector, far, generator)["stt"].any()


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ([(3.5, 3.2, 80, 0, 2)], {"single_photon_low", "single_photon_high"}),
        ([(2.5, 2.0, 80, 0, 2)], {"single_photon_high"}),
        ([(1.5, 1.2, 80, 0, 2)], set()),
        ([(3.5, 3.2, 80, 0, 2), (2.5, 1.8, 60, 90, 2)], {"single_photon_low", "two_clusters"}),
        ([(5.5, 5.2, 85, 0, 2), (5.0, 5.1, 95, 180, 2)], {"bhabha", "gamma_gamma"}),
    ],
)
def test_babars_calorimeter_lines(babar: Detector, hits: list[Hit], expected: set[str]) -> None:
    assert lines(babar, hits) == expected


def test_babars_track_lines(babar: Detector, generator: np.random.Generator) -> None:
    """Each track is found with 0.97 and has a vertex with 0.95."""
    fired = track_lines(babar, tracks([1.0, 1.0], [80, 80], [0, 10], 20_000), generator)
    assert np.mean(fired["two_tracks"]) == pytest.approx((0.97 * 0.95) ** 2, abs=0.012)
    assert np.mean(fired["one_track"]) == pytest.approx(1 - (1 - 0.97 * 0.95) ** 2, abs=0.012)
    soft = track_lines(babar, tracks([0.4], [80], [0], 1000), generator)
    assert not soft["one_track"].any()


def test_a_line_of_the_users_own_is_evaluated(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "trigger: {lines: {mine: {source: me, clusters: [{at_least: 2, energy: [1.0, null], rings: [9]}], "
        "veto: [bha3d]}}}"
    )
    changed = make_detector("belle2", overrides=own)
    assert "mine" in lines(changed, [(1.5, 1.2, 80, 0, 9), (1.1, 1.0, 80, 50, 9)])
    assert "mine" not in lines(changed, [(1.5, 1.2, 80, 0, 9), (1.1, 1.0, 80, 50, 8)])
