"""The event model's other collections from a basf2 mdst: muon system, vertices, truth, trigger."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .assembly import Records, Values
from .columns import Columns
from .mapping import InputMapping
from .mdst_arrays import Array
from .mdst_relations import Relation
from .mdst_tracks import Tracks
from .mdst_vertices import PairVertices

TRUTH = {
    "px": "momentum_x",
    "py": "momentum_y",
    "pz": "momentum_z",
    "energy": "energy",
    "pdg": "pdg",
    "vertex_x": "productionVertex_x",
    "vertex_y": "productionVertex_y",
    "vertex_z": "productionVertex_z",
}
PRIMARY, STABLE = 0x1, 0x2  # MCParticle's status bits


def klm(columns: Columns) -> Records:
    """Give the clusters of the muon system, seen from the origin."""
    clusters = Array(columns, "KLMClusters")
    position = {axis: partial(clusters.flat, f"global{axis.upper()}") for axis in "xyz"}
    fields = {
        "theta": Values(lambda: np.arctan2(np.hypot(position["x"](), position["y"]()), position["z"]())),
        "phi": Values(lambda: np.arctan2(position["y"](), position["x"]())),
        "layers": Values(partial(clusters.flat, "layers")),
        "time": Values(partial(clusters.flat, "time")),
    }
    tracks, truth = Relation(columns, "TracksToKLMClusters"), Relation(columns, "KLMClustersToMCParticles")
    if tracks.there:
        fields["track"] = Values(lambda: tracks.partners(clusters.counts, reverse=True))
    if truth.there:
        fields["truth"] = Values(lambda: truth.partners(clusters.counts))
    return Records(fields, lambda: clusters.counts)


def vertices(tracks: Tracks, columns: Columns, mapping: InputMapping) -> Records:
    """Give the pairs of oppositely charged tracks that meet, wherever that is."""
    matched = Relation(columns, "TracksToMCParticles")
    particles = Array(columns, "MCParticles")

    def mothers() -> NDArray[np.int64]:
        place = particles.absolute(matched.partners(tracks.tracks.counts), tracks.tracks.counts)
        return np.append(particles.flat("mother").astype(np.int64) - 1, -1)[place]

    pairs = PairVertices(
        lambda: tracks.helix,
        lambda: tracks.covariance,
        lambda: tracks.tracks.counts,
        mapping.interaction_point,
        mothers if matched.there else None,
    )
    return pairs.records()


def truth(columns: Columns) -> Records:
    """Give the simulation's particles, those that the detector's simulation made included (status 0)."""
    particles = Array(columns, "MCParticles")
    fields = {field: Values(partial(particles.flat, member)) for field, member in TRUTH.items()}
    fields["mother"] = Values(lambda: particles.flat("mother").astype(np.int64) - 1)  # counted from 1, 0 for none
    fields["status"] = Values(lambda: _status(particles.flat("status")))
    return Records(fields, lambda: particles.counts)


def _status(bits: NDArray[Any]) -> NDArray[np.int64]:
    return np.where(bits & PRIMARY == 0, 0, np.where(bits & STABLE != 0, 1, 2))


def trigger(columns: Columns, lines: Mapping[str, int], data: bool) -> dict[str, Values]:
    """Give trigger lines from the bits of TRGSummary: of data after prescale, of simulation before."""
    name = f"TRGSummary/m_{'psnm' if data else 'ftdl'}Bits[10]"

    def fired(bit: int) -> NDArray[np.bool_]:
        words = np.asarray(columns.array(name)).reshape(-1, 10)
        return np.asarray((words[:, bit // 32] >> np.uint32(bit % 32)) & 1 == 1)

    return {line: Values(partial(fired, bit)) for line, bit in lines.items()}
