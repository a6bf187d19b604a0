"""Reading a file of another generator: which format, whose beams, and its events in batches, or one clear message."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import DarkbelleError, InputError
from ...frames import Beams
from ..generated import GeneratedEvents
from ..response.particles import MASSES, NEUTRAL_HADRONS, PHOTON
from ..response.secondaries import DECAYS
from .event import FileEvent, pack
from .hepmc import hepmc_beams, hepmc_cross_section, hepmc_event, hepmc_events
from .lhe import lhe_beams, lhe_cross_section, lhe_events, open_lhe
from .streams import open_text

BATCH = 8_000  # events
ENERGY_TOLERANCE = 0.005  # of sqrt(s): generators differ in the last digits of the beams' energies
EXCESS = 1.001  # a final state may carry this much of the beams' energy: what generators round
LIBRARIES = {"lhe": "pylhe", "hepmc": "pyhepmc"}
LONG_LIVED = 1e4  # mm of c tau: what lives longer leaves the detector before it decays
END_OF_HEPMC = (b"HepMC::Asciiv3-END_EVENT_LISTING", b"HepMC::IO_GenEvent-END_EVENT_LISTING")


@dataclass(frozen=True)
class EventFile:
    """What a file tells about itself.

    Attributes
    ----------
    path, format
        Where it is, and "lhe" or "hepmc".
    beams
        In the frame of the file; None where it names no e- and e+: its momenta are then
        those of the laboratory.
    cross_section
        nb; None where it states none.
    """

    path: Path
    format: str
    beams: Beams | None
    cross_section: float | None


def describe_event_file(path: Path) -> EventFile:
    """Look into the head of an LHE or HepMC file (also compressed by gzip).

    Raises
    ------
    InputError
        The file is missing, of another format or broken, or the library that reads it is not installed.
    """
    kind = _format(path)
    if find_spec(LIBRARIES[kind]) is None:
        raise InputError(
            f"{path}: reading it needs {LIBRARIES[kind]}; install the extra: pip install 'darkbelle[generators]'."
        )
    if kind == "lhe":
        described: EventFile = _guarded(path, _describe_lhe, path)
        return described
    first = _guarded(path, lambda: next(iter(hepmc_events(path)), None))
    if first is None:
        raise InputError(f"{path}: holds no events.")
    return EventFile(path, kind, hepmc_beams(first), hepmc_cross_section(first))


def read_event_file(path: Path, beams: Beams, batch: int = BATCH) -> Iterator[GeneratedEvents]:
    """Read the events of another generator (KKMC, BabaYaga, MadGraph, ...), for the response to simulate.

    Momenta are brought from the file's frame, which its own beams tell, to the centre-of-mass frame with the electron
    beam along +z; a file without beams must be in the laboratory frame of `beams`. Weights are those of the file;
    mothers and decay lengths are kept.

    Parameters
    ----------
    path
        An LHE or HepMC (2 or 3, text) file, also compressed by gzip.
    beams
        Of the data-taking period that the events are to be simulated for.
    batch
        Number of events to give at once.

    Raises
    ------
    InputError
        The file cannot be read, breaks off, is of another centre-of-mass energy, or holds something that the response
        cannot take: a particle that decays within the detector, or more energy than the beams have.
    """
    file = describe_event_file(path)
    own = file.beams or beams
    if not math.isclose(own.sqrt_s, beams.sqrt_s, rel_tol=ENERGY_TOLERANCE):
        raise InputError(
            f"{path}: its beams give sqrt(s) = {own.sqrt_s:.4f} GeV, the period's {beams.sqrt_s:.4f} GeV; "
            "choose the period (or an experiment file) that the events were made for."
        )
    events = _events(file)
    limit = EXCESS * max(own.total[0], beams.total[0])
    first = 0
    while chunk := _guarded(path, lambda: list(islice(events, batch))):
        for number, event in enumerate(chunk, first):
            _check(path, number, event, limit)
        first += len(chunk)
        yield pack(chunk, own)
    if not first:
        raise InputError(f"{path}: holds no events.")


def _describe_lhe(path: Path) -> EventFile:
    with open_lhe(path) as file:
        return EventFile(path, "lhe", lhe_beams(file), lhe_cross_section(file))


def _events(file: EventFile) -> Iterator[FileEvent]:
    if file.format == "lhe":
        with open_lhe(file.path) as opened:
            yield from lhe_events(opened)
        return
    _require_end(file.path)
    for event in hepmc_events(file.path):
        yield hepmc_event(event)


def _check(path: Path, number: int, event: FileEvent, limit: float) -> None:
    """Refuse an event that the response would get wrong."""
    if not (math.isfinite(event.weight) and all(math.isfinite(x) for each in event.particles for x in each.momentum)):
        raise InputError(f"{path}: event {number} holds a number that is not finite.")
    if event.energy > limit:
        raise InputError(
            f"{path}: the final state of event {number} has {event.energy:.4g} GeV, more than the beams' {limit:.4g}; "
            "are its beams or its frame others than the file says?"
        )
    for each in event.particles:
        if each.stable and _undecayed(abs(each.pdg)):
            raise InputError(
                f"{path}: event {number} leaves particle {each.pdg} undecayed, which decays within the detector; "
                "let the generator (or Pythia, TAUOLA) decay it."
            )


@cache
def _undecayed(code: int) -> bool:
    """Tell whether a particle of the standard model decays before it leaves, and the response cannot do it."""
    from particle import Particle, ParticleNotFound

    if code in MASSES or code == PHOTON or code in NEUTRAL_HADRONS or code in DECAYS:
        return False
    try:
        flight = Particle.from_pdgid(code).ctau
    except ParticleNotFound:
        return False  # of a dark sector: invisible
    return flight is not None and flight < LONG_LIVED


def _format(path: Path) -> str:
    head = _guarded(path, _head, path)
    if b"<LesHouchesEvents" in head:
        return "lhe"
    if b"HepMC::" in head:
        return "hepmc"
    raise InputError(f"{path}: is neither an LHE nor a HepMC file (text, or compressed by gzip).")


def _head(path: Path) -> bytes:
    with open_text(path) as stream:
        return bytes(stream.read(4096))


def _require_end(path: Path) -> None:
    """Refuse a HepMC file without its last line: the reader would stop there without a word."""
    if not any(mark in _guarded(path, _tail, path) for mark in END_OF_HEPMC):
        raise InputError(f"{path}: breaks off before its last line; copy or generate it again.")


def _tail(path: Path, size: int = 4096) -> bytes:
    last = b""
    with open_text(path) as stream:
        while block := stream.read(1 << 20):
            last = (last + block)[-size:]
    return last


def _guarded(path: Path, function: Any, *arguments: Any) -> Any:
    """Call a library's reader; whatever it meets in a broken file becomes one message."""
    try:
        return function(*arguments)
    except DarkbelleError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file.") from error
    except Exception as error:  # each library has its own errors for each way to be broken
        reason = " ".join(str(error).split())[:150] or type(error).__name__
        raise InputError(f"{path}: cannot be read: {reason}") from error
