"""Les Houches event files (hep-ph/0609017) by pylhe."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...experiment import ELECTRON_MASS
from ...frames import Beams
from .event import FileEvent, FileParticle
from .streams import open_text

if TYPE_CHECKING:
    import pylhe

FINAL, RESONANCE = 1, 2
MILLIMETRE = 0.1  # cm


@contextmanager
def open_lhe(path: Path) -> Iterator[pylhe.LHEFile]:
    """Open a file, compressed or not; events are read as they are asked for."""
    import pylhe

    # pylhe closes no file that it opens.
    with open_text(path) as stream:
        yield pylhe.LHEFile.frombuffer(stream, with_attributes=False)


def lhe_beams(file: Any) -> Beams | None:
    """Give the beams of the file's head, one along +z and one along -z; None if they are no e- and e+."""
    head = file.init.initInfo
    first = (head.beamA, head.energyA, 1.0)
    second = (head.beamB, head.energyB, -1.0)
    momenta = {
        int(code): (energy, 0.0, 0.0, sign * math.sqrt(max(energy**2 - ELECTRON_MASS**2, 0.0)))
        for code, energy, sign in (first, second)
    }
    if set(momenta) != {11, -11} or not all(momentum[0] > 0.0 for momentum in momenta.values()):
        return None
    return Beams(momenta[11], momenta[-11])


def lhe_cross_section(file: Any) -> float | None:
    """Give the cross section in nb (the file has pb); None where it states none."""
    total = sum(process.xSection for process in file.init.procInfo)
    return 1e-3 * total if total > 0.0 else None


def lhe_events(file: Any) -> Iterator[FileEvent]:
    """Give the events: final particles and resonances; VTIMUP is c tau in mm."""
    for event in file.events:
        kept = [index for index, each in enumerate(event.particles) if int(each.status) in (FINAL, RESONANCE)]
        place = {index: number for number, index in enumerate(kept)}
        yield FileEvent(
            float(event.eventinfo.weight),
            tuple(
                FileParticle(
                    pdg=int(each.id),
                    momentum=(each.e, each.px, each.py, each.pz),
                    mother=place.get(int(each.mother1) - 1, -1),
                    stable=int(each.status) == FINAL,
                    flight=MILLIMETRE * each.lifetime if int(each.status) == RESONANCE else 0.0,
                )
                for each in (event.particles[index] for index in kept)
            ),
        )
