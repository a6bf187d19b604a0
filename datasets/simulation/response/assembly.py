"""Putting the response's flat columns together as the event model's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import awkward as ak
import numpy as np
from awkward.contents import Content, ListOffsetArray, NumpyArray, RecordArray
from awkward.index import Index64
from numpy.typing import NDArray

from ...event_model import EVENT, KLM, PHOTONS, TRACKS, TRUTH, VERTICES, Collection
from .charged import Tracks
from .clusters import NOBODY, Clusters
from .columns import Floats, Integers, counts, position
from .geometry import direction
from .identification_parameters import SPECIES
from .muon_system import MuonSystemClusters
from .particles import TruthParticles
from .shapes import Shapes
from .vertexing import Vertices


@dataclass(frozen=True)
class Reconstructed:
    """What the detector found in a batch of events.

    Attributes
    ----------
    photons
        Neutral clusters, with `region` the calorimeter's part of each and `shapes` its shower's.
    tracks
        With, for each, likelihood ratios (N, 5), the energy (GeV) of the matched cluster, the number of `hits`,
        `ionisation` in minima and `bending` (1/cm) in the r-z plane.
    klm
        Clusters of the muon system.
    vertices
        Of two tracks.
    trigger
        (n,) booleans by line.
    """

    photons: Clusters
    region: NDArray[np.int32]
    shapes: Shapes
    tracks: Tracks
    ratios: Floats
    cluster_energy: Floats
    hits: Floats
    ionisation: Floats
    bending: Floats
    klm: MuonSystemClusters
    vertices: Vertices
    trigger: Mapping[str, NDArray[np.bool_]]


def assemble(first_event: int, weights: Floats, truth: TruthParticles, found: Reconstructed) -> ak.Array:
    """Give n records of the event model: scalars and all collections that a simulation has.

    Parameters
    ----------
    first_event
        Number of the first event.
    weights
        (n,) the events' weights.
    truth
        What was generated, laboratory frame.
    found
        What the detector made of it.
    """
    number = len(weights)
    zero = np.zeros(number)
    scalars = {"experiment": zero, "run": zero, "event": first_event + np.arange(number), "weight": weights}
    contents = {field.name: scalars[field.name].astype(field.dtype) for field in EVENT.fields if field.name in scalars}
    columns = {
        **{name: NumpyArray(values) for name, values in contents.items()},
        "photons": _jagged(PHOTONS, _photon_fields(found), found.photons.event, number),
        "tracks": _jagged(TRACKS, _track_fields(found), found.tracks.event, number),
        "klm": _jagged(KLM, _klm_fields(found, number), found.klm.event, number),
        "vertices": _jagged(VERTICES, _vertex_fields(found), found.vertices.event, number),
        "trigger": _record({line: NumpyArray(fired) for line, fired in found.trigger.items()}, number),
        "truth": _jagged(TRUTH, _truth_fields(truth), truth.event, number),
    }
    return ak.Array(_record(columns, number))


# Layouts are put together directly: zip and unflatten take a quarter of the whole response's time to check them.
def _record(columns: Mapping[str, Content], number: int) -> RecordArray:
    return RecordArray(list(columns.values()), list(columns), length=number)


def _jagged(of: Collection, fields: Mapping[str, NDArray[np.generic]], event: Integers, number: int) -> ListOffsetArray:
    """Cut flat columns into events, with the types of the event model."""
    columns = {
        field.name: NumpyArray(fields[field.name].astype(field.dtype, copy=False))
        for field in of.fields
        if field.name in fields
    }
    offsets = np.concatenate([[0], np.cumsum(counts(event, number))])
    return ListOffsetArray(Index64(offsets), _record(columns, len(event)))


def _momentum(size: Floats, directions: Floats) -> dict[str, NDArray[np.float64]]:
    return dict(zip(("px", "py", "pz"), size * directions, strict=True))


def _photon_fields(found: Reconstructed) -> dict[str, NDArray[np.generic]]:
    photons = found.photons
    return {
        **_momentum(photons.energy, photons.directions),
        "energy": photons.energy,
        "region": found.region,
        "time": photons.time,
        "second_moment": photons.second_moment,
        **found.shapes.fields,
        "truth": photons.truth,
    }


def _track_fields(found: Reconstructed) -> dict[str, NDArray[np.generic]]:
    tracks = found.tracks
    return {
        **_momentum(tracks.transverse / np.sin(tracks.theta), direction(tracks.theta, tracks.phi)),
        "charge": tracks.charge,
        "d0": tracks.d0,
        "z0": tracks.z0,
        **{f"{name}_id": ratio for name, ratio in zip(SPECIES, found.ratios.T, strict=True)},
        "cluster_energy": found.cluster_energy,
        "cdc_hits": found.hits,
        "ionisation": found.ionisation,
        "bending_rz": found.bending,
        "truth": tracks.truth,
    }


def _klm_fields(found: Reconstructed, number: int) -> dict[str, NDArray[np.generic]]:
    klm = found.klm
    # Rows of charged particles to indices among the event's tracks; -1 (no owner) looks up the last, spare place.
    index = np.full(max(found.tracks.owner.max(initial=-1), klm.owner.max(initial=-1)) + 2, NOBODY)
    index[found.tracks.owner] = position(found.tracks.event, number)
    return {
        "theta": klm.theta,
        "phi": klm.phi,
        "layers": klm.layers,
        "time": klm.time,
        "track": index[klm.owner],
        "truth": klm.truth,
    }


def _vertex_fields(found: Reconstructed) -> dict[str, NDArray[np.generic]]:
    vertices, tracks = found.vertices, found.tracks
    fields: dict[str, NDArray[np.generic]] = {
        name: getattr(vertices, name)
        for name in ("first", "second", "x", "y", "z", "radius_error", "probability", "truth")
    }
    before = np.concatenate([[0], np.cumsum(counts(tracks.event, int(tracks.event.max(initial=0)) + 1))])
    for side, index in (("first", vertices.first), ("second", vertices.second)):
        rows = before[vertices.event] + index
        transverse = tracks.transverse[rows]
        fields[f"{side}_px"] = transverse * getattr(vertices, f"{side}_cosine")
        fields[f"{side}_py"] = transverse * getattr(vertices, f"{side}_sine")
        fields[f"{side}_pz"] = transverse / np.tan(tracks.theta[rows])
    return fields


def _truth_fields(truth: TruthParticles) -> dict[str, NDArray[np.generic]]:
    return {field.name: getattr(truth, field.name) for field in TRUTH.fields}
