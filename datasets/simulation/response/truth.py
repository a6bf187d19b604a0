"""From generated events to particles in the laboratory: boost, beam-energy spread, luminous region, flights."""

from __future__ import annotations

from math import atan2, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ...frames import Beams
from ..amplitudes.compilation import compiled
from ..generated import STABLE, GeneratedEvents
from .columns import position
from .particles import MASSES, Particles, TruthParticles

if TYPE_CHECKING:
    from ...experiment import LuminousRegion

LIGHT = 29.9792458  # cm/ns
CODES = np.array(list(MASSES), dtype=np.int64)
MASS = np.array(list(MASSES.values()))


def truth_particles(
    events: GeneratedEvents,
    beams: Beams,
    energy_spread: float,
    luminous_region: LuminousRegion,
    generator: np.random.Generator,
) -> TruthParticles:
    """Flatten generated events and take them to the laboratory, as the beams spread in energy and position.

    The spread of sqrt(s) scales all four-momenta of an event by one Gaussian factor. It is 5e-4 at Belle II, so that
    masses, which are scaled too, stay right within what any resolution shows. The spread of the boost is left out.
    A decayed particle's flight length, which is invariant in proper time, is followed along its laboratory momentum.

    Parameters
    ----------
    events
        Generated in the centre-of-mass frame.
    beams
        The mean beams.
    energy_spread
        Standard deviation of sqrt(s), GeV.
    luminous_region
        Where they collide.
    """
    number = len(events)
    scale = 1.0 + energy_spread / beams.sqrt_s * generator.standard_normal(number)
    sizes = np.array([luminous_region.x, luminous_region.y, luminous_region.z])
    origin = generator.standard_normal((number, 3)) * sizes
    present = events.pdg != 0
    # Empty slots go, so that a mother's index is the number of filled slots before hers.
    index = np.cumsum(present, axis=1) - 1
    filled = present.sum(axis=1)
    whole = np.empty((3, int(filled.sum())), dtype=np.int64)
    real = np.empty((8, whole.shape[1]))
    generated = (events.pdg, events.momenta, events.mothers, events.status, index)
    _flatten(generated, (scale, origin, beams.to_laboratory), whole, real)
    if events.vertices is not None:
        _add_flights(generated, events.vertices, scale, np.cumsum(filled) - filled, real)
    event = np.repeat(np.arange(number), filled)
    return TruthParticles(event, whole[0].astype(np.int32), whole[1].astype(np.int8), whole[2], *real)


def stable_particles(truth: TruthParticles, number: int) -> Particles:
    """Give the final state of `number` events."""
    stable = truth.status == STABLE
    found = truth.select(stable)
    pdg = found.pdg.astype(np.int64)
    real = np.empty((4, len(found)))
    _polar(pdg, (found.energy, found.px, found.py, found.pz), CODES, MASS, real)
    return Particles(
        event=found.event,
        truth=position(truth.event, number)[stable],
        pdg=pdg,
        momentum=real[0],
        theta=real[1],
        phi=real[2],
        mass=real[3],
        x=found.vertex_x,
        y=found.vertex_y,
        z=found.vertex_z,
        time=found.time,
        parent=found.mother,
    )


@compiled
def _flatten(generated: Any, lift: Any, whole: Any, real: Any) -> None:
    """Fill PDG code, status, mother, momentum and the collision's vertex and time of filled slots (compiled)."""
    pdg, momenta, mothers, status, index = generated
    scale, origin, matrix = lift
    row = 0
    for event in range(pdg.shape[0]):
        for slot in range(pdg.shape[1]):
            if pdg[event, slot] == 0:
                continue
            mother = mothers[event, slot]
            whole[0, row], whole[1, row] = pdg[event, slot], status[event, slot]
            whole[2, row] = index[event, mother] if mother >= 0 else -1
            for k in range(4):
                total = 0.0
                for j in range(4):
                    total += matrix[k, j] * momenta[event, slot, j]
                real[k, row] = total * scale[event]
            for k in range(3):
                real[4 + k, row] = origin[event, k]
            real[7, row] = 0.0
            row += 1


@compiled
def _add_flights(generated: Any, vertices: Any, scale: Any, first: Any, real: Any) -> None:
    """Add the flights of all its ancestors to each particle's vertex and time (compiled)."""
    pdg, momenta, mothers, _, index = generated
    for event in range(pdg.shape[0]):
        for slot in range(pdg.shape[1]):
            here = first[event] + index[event, slot]
            child, mother = slot, mothers[event, slot]
            while pdg[event, slot] != 0 and mother >= 0:
                flight, momentum = 0.0, 0.0
                for k in range(3):
                    flight += (vertices[event, child, k] - vertices[event, mother, k]) ** 2
                    momentum += momenta[event, mother, 1 + k] ** 2
                if flight > 0.0 and momentum > 0.0:
                    # Laboratory flight = proper time times p/m, and so is the one in the centre of mass.
                    ratio = sqrt(flight / momentum) / scale[event]
                    above = first[event] + index[event, mother]
                    for k in range(3):
                        real[4 + k, here] += ratio * real[1 + k, above]
                    real[7, here] += ratio * real[0, above] / LIGHT
                child, mother = mother, mothers[event, mother]


@compiled
def _polar(pdg: Any, momenta: Any, codes: Any, masses: Any, real: Any) -> None:
    """Fill momentum, theta, phi and mass (compiled); masses of unknown particles follow from their energies."""
    energy, px, py, pz = momenta
    for i in range(len(pdg)):
        squared = px[i] ** 2 + py[i] ** 2
        transverse, momentum = sqrt(squared), sqrt(squared + pz[i] ** 2)
        real[0, i], real[1, i], real[2, i] = momentum, atan2(transverse, pz[i]), atan2(py[i], px[i])
        code = abs(pdg[i])
        mass = 0.0
        if code != 22:
            mass = sqrt(max(energy[i] ** 2 - momentum**2, 0.0))
            for k in range(len(codes)):
                if code == codes[k]:
                    mass = masses[k]
        real[3, i] = mass
