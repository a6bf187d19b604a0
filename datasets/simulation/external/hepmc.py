"""HepMC files (versions 2 and 3, text) by pyhepmc."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...frames import Beams
from .event import FileEvent, FileParticle, Momentum

FINAL, DECAYED, BEAM = 1, 2, 4
MILLIMETRE = 0.1  # cm


def hepmc_events(path: Path) -> Iterator[Any]:
    """Give a file's events as pyhepmc has them, in GeV and mm."""
    import pyhepmc

    with pyhepmc.open(path) as file:
        for event in file:
            event.set_units(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            yield event


def hepmc_beams(event: Any) -> Beams | None:
    """Give an event's beams, in the frame of the file; None if they are no e- and e+."""
    found = {each.pid: _momentum(each) for each in event.particles if each.status == BEAM}
    return Beams(found[11], found[-11]) if set(found) == {11, -11} else None


def hepmc_cross_section(event: Any) -> float | None:
    """Give the cross section in nb (HepMC has pb); None where the event states none."""
    found = event.cross_section
    return 1e-3 * found.xsec() if found is not None and found.xsec() > 0.0 else None


def hepmc_event(event: Any) -> FileEvent:
    """Give the final state and what decayed into it; a flight is the distance of a particle's two vertices."""
    kept = [each for each in event.particles if each.status in (FINAL, DECAYED)]
    place = {each.id: number for number, each in enumerate(kept)}
    return FileEvent(
        float(event.weight()) if event.weights else 1.0,
        tuple(
            FileParticle(each.pid, _momentum(each), _mother(each, place), each.status == FINAL, _flight(each))
            for each in kept
        ),
    )


def _momentum(particle: Any) -> Momentum:
    momentum = particle.momentum
    return momentum.e, momentum.px, momentum.py, momentum.pz


def _mother(particle: Any, place: dict[int, int]) -> int:
    """Give the place of the nearest ancestor that is kept: generators put notes of their own between."""
    parents = particle.parents
    while parents:
        if parents[0].id in place:
            return place[parents[0].id]
        parents = parents[0].parents
    return -1


def _flight(particle: Any) -> float:
    """Give c tau in cm."""
    begin, end = particle.production_vertex, particle.end_vertex
    if particle.status != DECAYED or begin is None or end is None:
        return 0.0
    start, stop = begin.position, end.position
    length = math.dist((start.x, start.y, start.z), (stop.x, stop.y, stop.z))
    energy, *vector = _momentum(particle)
    momentum = math.hypot(*vector)
    mass = math.sqrt(max(energy**2 - momentum**2, 0.0))
    if momentum > 1e-6 * energy:
        return MILLIMETRE * length * mass / momentum
    return MILLIMETRE * float(max(stop.t - start.t, 0.0))
