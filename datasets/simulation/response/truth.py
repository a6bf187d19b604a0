"""From generated events to particles in the laboratory: boost, beam-energy spread, luminous region, flights."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ...frames import Beams
from ..amplitudes.compilation import compiled
from ..generated import STABLE, GeneratedEvents
from .drawing import normals
from .particles import MASSES, NEUTRINOS, PHOTON, Particles, TruthParticles

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
    scale = 1.0 + energy_spread / beams.sqrt_s * normals(generator, number)
    sizes = np.array([luminous_region.x, luminous_region.y, luminous_region.z])
    origin = normals(generator, number, 3) * sizes
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


def stable_particles(truth: TruthParticles) -> Particles:
    """Give the final state without its neutrinos, which leave nothing."""
    whole, real = np.empty((4, len(truth)), dtype=np.int64), np.empty((10, len(truth)))
    momenta, vertices = (truth.energy, truth.px, truth.py, truth.pz), (truth.vertex_x, truth.vertex_y, truth.vertex_z)
    columns = truth.event, truth.pdg, truth.status, truth.mother
    found = _fill_final_state(columns, momenta, (*vertices, truth.time), (CODES, MASS), whole, real)
    event, index, pdg, mother = whole[:, :found]
    momentum, transverse, px, py, pz, mass, x, y, z, time = real[:, :found]
    theta, phi = np.arctan2(transverse, pz), np.arctan2(py, px)
    return Particles(event, index, pdg, momentum, theta, phi, mass, x, y, z, time, mother)


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
def _fill_final_state(columns: Any, momenta: Any, origin: Any, table: Any, whole: Any, real: Any) -> int:
    """Fill event, index in it, PDG code, mother; momentum, mass, vertex, time; give the number (compiled).

    Momenta are the whole one, the transverse one, x, y and z: NumPy's angles of all of them take an eighth of the time
    of the loop's. Masses of particles that are not in the table of codes and masses follow from their energies.
    """
    event, pdg, status, mother = columns
    energy, px, py, pz = momenta
    first, row = 0, 0
    for i in range(len(event)):
        if event[i] != event[first]:
            first = i
        code = abs(pdg[i])
        if status[i] != STABLE or code in NEUTRINOS:
            continue
        squared = px[i] ** 2 + py[i] ** 2
        transverse, momentum = sqrt(squared), sqrt(squared + pz[i] ** 2)
        mass = 0.0
        if code != PHOTON:
            mass = sqrt(max(energy[i] ** 2 - momentum**2, 0.0))
            for k in range(len(table[0])):
                if code == table[0][k]:
                    mass = table[1][k]
        whole[0, row], whole[1, row], whole[2, row], whole[3, row] = event[i], i - first, pdg[i], mother[i]
        real[0, row], real[1, row] = momentum, transverse
        real[2, row], real[3, row], real[4, row] = px[i], py[i], pz[i]
        real[5, row] = mass
        for k in range(4):
            real[6 + k, row] = origin[k][i]
        row += 1
    return row
