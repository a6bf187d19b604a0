"""First-level trigger lines of calorimeter and tracks, as Belle II defines them (basf2 TrgEclMaster)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...frames import Beams
from .charged import Tracks
from .clusters import Clusters
from .columns import Booleans, Columns, Floats, Integers, any_in_event, counts, pairs, sums
from .geometry import direction, within_degrees
from .parameters import TriggerResponse
from .particles import transform

BARREL_RINGS = (4, 15)


@dataclass(frozen=True)
class TriggerClusters(Columns):
    """Clusters as the trigger sees them.

    Attributes
    ----------
    energy, cm_energy
        GeV, laboratory and centre-of-mass frame.
    cm_theta, cm_phi
        Degrees, centre-of-mass frame.
    ring
        Ring of trigger cells, 1 (forward) to 17 (backward), 0 outside.
    """

    energy: Floats
    cm_energy: Floats
    cm_theta: Floats
    cm_phi: Floats
    ring: Integers


def trigger_clusters(clusters: Clusters, beams: Beams, response: TriggerResponse) -> TriggerClusters:
    """Give the clusters above the trigger cells' threshold, those of tracks included."""
    hard = clusters.select(clusters.energy > response.cluster_threshold)
    massless = np.stack([np.ones(len(hard)), *direction(hard.theta, hard.phi)]) * hard.energy
    energy, px, py, pz = transform(beams.to_cm, massless)
    edges = np.array(response.ring_edges)
    ring = np.searchsorted(edges, np.degrees(hard.theta), side="right")
    return TriggerClusters(
        event=hard.event,
        energy=hard.energy,
        cm_energy=energy,
        cm_theta=np.degrees(np.arctan2(np.hypot(px, py), pz)),
        cm_phi=np.degrees(np.arctan2(py, px)),
        ring=np.where(ring == len(edges), 0, ring),
    )


def calorimeter_lines(found: TriggerClusters, number: int, response: TriggerResponse) -> dict[str, NDArray[np.bool_]]:
    """Give the calorimeter's lines of `number` events.

    Returns
    -------
    dict
        (number,) booleans by line, before prescale.
    """

    def count(chosen: Booleans) -> Integers:
        return counts(found.event[chosen], number)

    def some(chosen: Booleans) -> Booleans:
        return any_in_event(found.event[chosen], number)

    def rings(low: int, high: int) -> Booleans:
        return (found.ring >= low) & (found.ring <= high)

    bhabha, narrow, mixed, wide = _pair_lines(found, number, response)
    very_hard = found.cm_energy >= response.cm_high
    hard = found.cm_energy >= response.cm_middle
    near_barrel = rings(2, 3) | rings(16, 16)
    endcap = rings(2, 3) | rings(15, 16)
    outermost = rings(1, 1) | rings(17, 17)
    three = count(found.energy > 0.0) >= 3
    # One hard cluster and nothing else: the single-photon lines.
    lonely = (count(hard) == 1) & (count(found.energy > response.energy_middle) == 1)
    only = hard & (found.energy > response.energy_middle)
    soft_single = found.cm_energy > response.cm_low
    others = count((found.energy >= response.energy_middle) & ~soft_single)
    inner = (count(soft_single) == 1) & some(soft_single & rings(6, 11)) & (others == 0)
    in_sum = rings(response.sum_first_ring, response.sum_last_ring)
    summed = sums(found.event, found.energy * in_sum, number)
    calm = ~some(very_hard)
    return {
        "lml0": three & some(found.energy > response.energy_middle) & ~bhabha,
        "lml1": some(very_hard & rings(4, 14)),
        "lml2": some(very_hard & endcap) & ~bhabha,
        "lml3": some(very_hard & endcap) & bhabha,
        "lml4": some(very_hard & outermost) & ~bhabha,
        "lml5": some(very_hard & outermost) & bhabha,
        "lml6": lonely & some(only & rings(*BARREL_RINGS)),
        "lml7": lonely & some(only & near_barrel),
        "lml8": narrow & calm,
        "lml9": mixed & calm,
        "lml10": wide & calm,
        "lml12": three & some((found.energy > response.energy_high) & rings(2, 16)) & ~bhabha,
        "lml13": inner,
        "hie": (summed > response.sum_threshold) & ~bhabha,
        "bha3d": bhabha,
    }


def _pair_lines(
    found: TriggerClusters, number: int, response: TriggerResponse
) -> tuple[Booleans, Booleans, Booleans, Booleans]:
    """Tell which events hold a 3D Bhabha pair, and a pair of the lines lml8, lml9 and lml10."""
    first, second = pairs(found.event)
    opening = phi_difference(found.cm_phi[first], found.cm_phi[second])
    total = found.cm_theta[first] + found.cm_theta[second]
    low, high = np.sort(np.stack([found.cm_energy[first], found.cm_energy[second]]), axis=0)
    soft, other = np.sort(np.stack([found.energy[first], found.energy[second]]), axis=0)
    bhabha = (total > response.bhabha_sum_theta_low) & (total < response.bhabha_sum_theta_high)
    bhabha &= (opening > response.bhabha_delta_phi) & (low > response.bhabha_both) & (high > response.bhabha_one)
    narrow = opening > response.pair_delta_phi
    wide = (total > response.wide_pair_sum_theta_low) & (total < response.wide_pair_sum_theta_high)
    wide &= opening > response.wide_pair_delta_phi
    mixed = narrow & (soft < response.energy_low) & (other > response.energy_low)
    event = found.event[first]
    chosen = (bhabha, narrow & (soft > response.energy_low), mixed, wide)
    one, two, three, four = (any_in_event(event[each], number) for each in chosen)
    return one, two, three, four


def track_line(
    tracks: Tracks, number: int, response: TriggerResponse, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Tell which events fire the two-track line, up to the Bhabha veto.

    Two full tracks of the drift chamber's trigger, far apart in azimuth.
    """
    full = (tracks.transverse > response.track_minimum_pt) & within_degrees(
        tracks.theta, response.track_theta_low, response.track_theta_high
    )
    full &= generator.random(len(tracks)) < response.track_efficiency
    seen = tracks.select(full)
    first, second = pairs(seen.event)
    apart = phi_difference(np.degrees(seen.phi[first]), np.degrees(seen.phi[second])) > response.track_opening
    return any_in_event(seen.event[first[apart]], number)


def phi_difference(one: Floats, other: Floats) -> Floats:
    """Give the difference of two azimuths, 0 to 180 degrees."""
    return np.asarray(180.0 - np.abs(np.abs(one - other) % 360.0 - 180.0))
