"""Weight variations: how much an event's weight changes where an efficiency is a standard deviation higher or lower."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from ..datasets.documents import Document, load_yaml, validate
from .chunk_events import ChunkEvents
from .objects import Array, Index, Mask, Objects
from .sysvar import CorrectionTable

FILE = Path(__file__).parent / "uncertainties.yaml"
SOFT_SCALE = 0.5  # GeV, of the photon efficiency's uncertainty
BACKGROUND_ENERGY = 0.15  # GeV: softer clusters are taken for the beams'
BACKGROUND_MEAN = 1.0  # clusters an event, as simulated (datasets/simulation/response/belle2.yaml)


class Size(Document):
    """A relative uncertainty and where it comes from."""

    size: float
    source: str


@cache
def size_of(source: str) -> float:
    """Give the relative size of a source (`uncertainties.yaml`)."""
    return validate(load_yaml(FILE)[source], Size, f"{FILE}: {source}").size


def pair(source: str, up: Array, down: Array | None = None) -> dict[str, Array]:
    """Name the two factors of a source; the lower one is 2 - up, not below zero, unless it is given."""
    return {f"{source}_up": up, f"{source}_down": np.maximum(2.0 - up, 0.0) if down is None else down}


def flat(source: str, rows: int, times: Array | float = 1.0) -> dict[str, Array]:
    """Weigh each row by a source's size for each of `times` objects (tracks, leptons, ...)."""
    return pair(
        source, np.full(rows, 1.0) * (1.0 + size_of(source)) ** times, (1.0 - size_of(source)) ** times + np.zeros(rows)
    )


def identification(
    events: ChunkEvents, lepton: str, tracks: Objects, chosen: Mask, tables: Mapping[str, str]
) -> dict[str, Array]:
    """Weigh events by the identification of some of their tracks: by a correction table, else by a flat size.

    Parameters
    ----------
    events
        Their chunk, which keeps a table once it is read.
    lepton
        "muon" or "electron".
    tracks, chosen
        Tracks of the rows (one row an event), and which of them are the leptons.
    tables
        Paths of tables by lepton.

    Returns
    -------
    dict
        "nominal" (only with a table) and the pair of `<lepton>_identification`, (rows,) each.
    """
    source = f"{lepton}_identification"
    number = tracks.count(chosen).astype(np.float64)
    if lepton not in tables:
        return flat(source, tracks.events, number)
    table = events.once((source, tables[lepton]), lambda: CorrectionTable.read(tables[lepton]))
    momentum = np.sqrt(tracks["px"] ** 2 + tracks["py"] ** 2 + tracks["pz"] ** 2)
    theta = np.arctan2(np.hypot(tracks["px"], tracks["py"]), tracks["pz"])
    nominal, up, down = (
        _product(tracks, np.where(chosen, each, 1.0)) for each in table.corrections(momentum, theta, tracks["charge"])
    )
    return {"nominal": nominal} | pair(source, up / nominal, down / nominal)


def identifications(
    events: ChunkEvents, tracks: Objects, chosen: Mapping[str, Mask], tables: Mapping[str, str]
) -> dict[str, Array]:
    """Weigh events by the identification of several kinds of leptons, see `identification`; `chosen` by lepton."""
    found = [identification(events, lepton, tracks, mask, tables) for lepton, mask in chosen.items()]
    nominal = [each.pop("nominal") for each in found if "nominal" in each]
    together = {name: factor for each in found for name, factor in each.items()}
    return together | ({"nominal": np.prod(nominal, axis=0)} if nominal else {})


def _product(tracks: Objects, values: Array) -> Array:
    most = int(tracks.counts.max(initial=0))
    return np.asarray(np.nanprod(tracks.table(values, most), axis=-1)) if most else np.ones(tracks.events)


def photon_efficiency(energy: Array) -> dict[str, Array]:
    """Weigh photons of `energy` (GeV, laboratory): (rows,), or (rows, photons) of which a row needs all."""
    size = size_of("photon_efficiency") + size_of("soft_photon_efficiency") * np.exp(-energy / SOFT_SCALE)
    if size.ndim == 1:
        size = size[:, np.newaxis]
    return pair("photon_efficiency", np.prod(1.0 + size, axis=-1), np.prod(1.0 - size, axis=-1))


def beam_background(events: ChunkEvents, rows: Index) -> dict[str, Array]:
    """Weigh events as if the beams left more or fewer clusters: a Poisson distribution of another mean.

    With n soft clusters, k times the mean weighs an event by k^n exp(-(k - 1) mean); n is counted below 0.15 GeV.
    """
    number = events.once("soft clusters", lambda: _soft_clusters(events))[rows]
    factors = [(1.0 + shift) ** number * np.exp(-shift * BACKGROUND_MEAN) for shift in _shifts("beam_background")]
    return pair("beam_background", factors[0], factors[1])


def _soft_clusters(events: ChunkEvents) -> Array:
    photons = events.objects("photons")
    return photons.count(photons["energy"] < BACKGROUND_ENERGY).astype(np.float64)


def _shifts(source: str) -> tuple[float, float]:
    return size_of(source), -size_of(source)
