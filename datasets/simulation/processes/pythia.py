"""Pythia as an optional generator of hadrons: starting it, and turning its event records into ours."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
from .process import ProcessError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

VERSION = "8.317.2"
LARGEST_SEED = 900_000_000
DISPLACED = (310, 3122, 3112, 3222, 3312, 3322, 3334)
"""K_S, Lambda, Sigma-, Sigma+, Xi-, Xi0, Omega-: kept as mothers, so that what they decay to has a vertex."""

# Belle II's tune (pythia_belle2.dat of basf2) of what hadronises at these energies.
TUNE = (
    "StringFlav:etaSup = 0.27",
    "StringFlav:etaPrimeSup = 0.12",
    "StringFragmentation:stopMass = 0.3",
    "StringZ:aLund = 0.32",
    "StringZ:bLund = 0.62",
    "StringZ:rFactC = 1.0",
)


def require_pythia() -> None:
    """Raise ProcessError where Pythia is not installed; it is not loaded."""
    if "pythia8mc" not in sys.modules and find_spec("pythia8mc") is None:
        raise ProcessError(
            "quarks and B mesons come from Pythia (GPL), an extra of its own: pip install 'darkbelle[pythia]', "
            f"that is pythia8mc=={VERSION}; or leave these samples out (--samples)."
        )


def start_pythia(settings: Sequence[str], generator: np.random.Generator) -> Any:
    """Start Pythia with settings of its own language and a seed from a random generator.

    Raises
    ------
    ProcessError
        It refuses a setting.
    """
    import pythia8mc  # 29 MB that only these processes pay for

    pythia = pythia8mc.Pythia("", False)
    seed = int(generator.integers(1, LARGEST_SEED))
    for line in ("Print:quiet = on", "Random:setSeed = on", f"Random:seed = {seed}", *TUNE, *settings):
        if not pythia.readString(line):
            raise ProcessError(f"Pythia refuses the setting {line!r}")
    if not pythia.init():
        raise ProcessError("Pythia could not be started with these settings")
    return pythia


def from_records(records: ak.Array) -> GeneratedEvents:
    """Keep the final state of event records and the long-lived mothers of what decays far from the collision.

    Parameters
    ----------
    records
        Events of particles with id, status (positive in the final state), mother (its index), momenta px, py, pz, e
        (GeV, CM frame, the electron beam along +z) and production vertices x, y, z (mm).
    """
    counts = ak.to_numpy(ak.num(records.id))
    starts = np.repeat(np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    codes, status, mother = (_flat(records[name]).astype(np.int64) for name in ("id", "status", "mother"))
    mother = np.where(mother > 0, mother + starts, -1)
    ancestor = _displaced_ancestor(codes, mother)
    kept = (status > 0) | np.isin(np.arange(len(codes)), ancestor[status > 0])
    events = np.repeat(np.arange(len(counts)), counts)[kept]
    order = np.arange(kept.sum()) - np.searchsorted(events, events)
    slot = np.full(len(codes) + 1, NO_MOTHER)  # the last entry answers for no mother
    slot[:-1][kept] = order
    shape = len(counts), int(order.max(initial=-1)) + 1
    pdg = np.zeros(shape, dtype=np.int32)
    states = np.zeros(shape, dtype=np.int8)
    mothers = np.full(shape, NO_MOTHER, dtype=np.int16)
    momenta, vertices = np.zeros((*shape, 4)), np.zeros((*shape, 3))
    pdg[events, order] = codes[kept]
    states[events, order] = np.where(status[kept] > 0, STABLE, DECAYED)
    mothers[events, order] = slot[ancestor[kept]]
    momenta[events, order] = np.stack([_flat(records[name])[kept] for name in ("e", "px", "py", "pz")], axis=1)
    # Vertices of what has a displaced ancestor, in cm; the rest comes from the collision within 0.2 mm.
    far = (ancestor[kept] >= 0)[:, np.newaxis]
    vertices[events, order] = 0.1 * far * np.stack([_flat(records[name])[kept] for name in ("x", "y", "z")], axis=1)
    return GeneratedEvents(pdg, momenta, mothers, states, np.ones(len(counts)), vertices)


def _displaced_ancestor(codes: Integers, mother: Integers) -> Integers:
    """Return the index of each particle's nearest long-lived ancestor, -1 for none."""
    ancestor = mother.copy()
    while True:
        passing = (ancestor >= 0) & ~np.isin(np.abs(codes[ancestor]), DISPLACED)
        if not passing.any():
            return ancestor
        ancestor[passing] = mother[ancestor[passing]]


def _flat(values: ak.Array) -> Floats:
    return np.asarray(ak.to_numpy(ak.flatten(values, axis=None)), dtype=np.float64)
