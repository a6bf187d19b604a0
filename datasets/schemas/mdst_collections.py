"""The event model's collections from the arrays of a basf2 mdst."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .assembly import Records, Values
from .columns import Columns
from .mapping import InputMapping
from .mdst_helix import Helix
from .mdst_relations import Relation, starts
from .mdst_vertices import PairVertices

PHOTON_HYPOTHESIS = 0x10
"""Bit of ECLCluster's hypotheses: the cluster was made as one of n photons (0x20: of a neutral hadron)."""

REGIONS = ((12.4, 0), (31.4, 1), (32.2, 11), (128.7, 2), (130.7, 13), (155.1, 3), (180.0, 0))
"""Upper edge of the polar angle in degrees, and basf2's number of the ECL region below it."""

SHAPES = {
    "time": "time",
    "time_error": "deltaTime99",
    "second_moment": "secondMoment",
    "e1_over_e9": "E1oE9",
    "e9_over_e21": "E9oE21",
    "lateral_energy": "LAT",
    "zernike_40": "absZernike40",
    "zernike_51": "absZernike51",
    "crystals": "numberOfCrystals",
    "track_distance": "minTrkDistance",
    "pulse_shape": "PulseShapeDiscriminationMVA",
}
"""ECLCluster's members that are fields as they are; basf2 stored them with limited precision (docs/inputs.md)."""

HYPOTHESES = ("electron_id", "muon_id", "pion_id", "kaon_id", "proton_id", "deuteron_id")
"""The order of basf2's charged hypotheses."""

FIT_ORDER = (2, 1, 0, 3, 4, 5)
"""Which hypothesis' fit is taken, the first that there is: the pion's, else of the closest mass."""

HELIX = ("d0", "phi0", "omega", "z0", "tan_lambda")
CDC_HITS_SHIFT = 56  # HitPatternCDC: the top byte holds the number of hits, the rest the layers

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


class Array:
    """One array of an mdst, such as "ECLClusters".

    Parameters
    ----------
    columns
        The mdst's.
    name
        The array's.
    """

    def __init__(self, columns: Columns, name: str) -> None:
        self.columns = columns
        self.name = name

    def column(self, member: str) -> str:
        """Name a member's branch."""
        return f"{self.name}/{self.name}.m_{member}"

    def has(self, member: str) -> bool:
        """Tell whether the file has a member."""
        return self.column(member) in self.columns.table.names

    def flat(self, member: str) -> NDArray[Any]:
        """Give a member of all objects of all events in a row."""
        return self.columns.flat(self.column(member))

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Objects of each event."""
        return self.columns.flat(self.name).astype(np.int64)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Place of each event's first object among all."""
        return starts(self.counts)

    def absolute(self, local: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn indices within events, of objects that come `counts` an event, into places among all; -1 stays."""
        place = local + np.repeat(self.starts, counts)
        return np.where(local < 0, -1, place)


class Photons:
    """Clusters of the photon hypothesis that no track points to, as in basf2's list "gamma:all".

    Parameters
    ----------
    columns
        The mdst's.
    mapping
        Tells the interaction point.
    """

    def __init__(self, columns: Columns, mapping: InputMapping) -> None:
        self._clusters = Array(columns, "ECLClusters")
        self._point = mapping.interaction_point
        self._truth = Relation(columns, "ECLClustersToMCParticles")

    def records(self) -> Records:
        """Give the collection."""
        fields = {f"p{axis}": Values(partial(self._momentum, i)) for i, axis in enumerate("xyz")}
        fields |= {"energy": Values(lambda: self._energy), "region": Values(self._region)}
        present = {field: member for field, member in SHAPES.items() if self._clusters.has(member)}
        fields |= {field: Values(partial(self._member, member)) for field, member in present.items()}
        if self._truth.there:
            fields["truth"] = Values(lambda: self._truth.partners(self._clusters.counts)[self._chosen])
        return Records(fields, self._counts)

    @cached_property
    def _chosen(self) -> NDArray[np.bool_]:
        photons = (self._clusters.flat("hypotheses") & PHOTON_HYPOTHESIS) != 0
        return np.asarray(photons & ~self._clusters.flat("isTrack").astype(bool))

    def _counts(self) -> NDArray[np.int64]:
        total = np.concatenate([[0], np.cumsum(self._chosen)])
        return np.asarray(total[self._clusters.starts + self._clusters.counts] - total[self._clusters.starts])

    def _member(self, member: str) -> NDArray[Any]:
        return self._clusters.flat(member)[self._chosen]

    @cached_property
    def _energy(self) -> NDArray[np.float64]:
        return np.asarray(np.exp(self._member("logEnergy")))

    @cached_property
    def _direction(self) -> tuple[NDArray[np.float64], ...]:
        """Unit vectors from the interaction point to the clusters; their angles and distance are the origin's."""
        theta, phi = self._member("theta"), self._member("phi")
        unit = (np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta))
        if not any(self._point):
            return unit
        radius = self._member("r")
        ray = [radius * component - own for component, own in zip(unit, self._point, strict=True)]
        length = np.sqrt(sum(component**2 for component in ray))
        return tuple(component / length for component in ray)

    def _momentum(self, axis: int) -> NDArray[np.float64]:
        return self._energy * self._direction[axis]

    def _region(self) -> NDArray[np.int64]:
        edges, numbers = zip(*REGIONS, strict=True)
        place = np.searchsorted(edges, np.degrees(self._member("theta")), side="right")
        return np.asarray(np.asarray(numbers)[np.minimum(place, len(numbers) - 1)])


class Tracks:
    """Tracks with their fit as pions, or of the mass closest to it.

    Parameters
    ----------
    columns
        The mdst's.
    mapping
        Tells the interaction point.
    """

    def __init__(self, columns: Columns, mapping: InputMapping) -> None:
        self.tracks = Array(columns, "Tracks")
        self._fits = Array(columns, "TrackFitResults")
        self._clusters = Array(columns, "ECLClusters")
        self._likelihoods = Array(columns, "PIDLikelihoods")
        self._columns = columns
        self._point = mapping.interaction_point

    def records(self) -> Records:
        """Give the collection."""
        fields = {f"p{axis}": Values(partial(self._component, i)) for i, axis in enumerate("xyz")}
        fields["charge"] = Values(lambda: self.helix.charge)
        fields["d0"] = Values(lambda: self._impact[0])
        fields["z0"] = Values(lambda: self._impact[1])
        if Relation(self._columns, "TracksToPIDLikelihoods").there:
            fields |= {name: Values(partial(self._identification, i)) for i, name in enumerate(HYPOTHESES[:5])}
        if Relation(self._columns, "TracksToECLClusters").there:
            fields["cluster_energy"] = Values(self._cluster_energy)
        if self._fits.has("hitPatternCDCInitializer"):
            fields["cdc_hits"] = Values(self._cdc_hits)
        truth = Relation(self._columns, "TracksToMCParticles")
        if truth.there:
            fields["truth"] = Values(lambda: truth.partners(self.tracks.counts))
        return Records(fields, lambda: self.tracks.counts)

    @cached_property
    def _fit(self) -> NDArray[np.int64]:
        """Place of each track's fit among all fits."""
        indices = self._columns.array(self.tracks.column("trackFitIndices[6]"))
        table = fixed_arrays(indices, 6).astype(np.int64)
        local = np.full(len(table), -1, dtype=np.int64)
        for hypothesis in reversed(FIT_ORDER):
            local = np.where(table[:, hypothesis] >= 0, table[:, hypothesis], local)
        return self._fits.absolute(local, self.tracks.counts)

    @cached_property
    def helix(self) -> Helix:
        """The tracks' helices."""
        return helices(self._fits, self._fit)

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance matrices (n, 5, 5) of the helices' parameters; stored are the 15 elements with row <= column."""
        name = self._fits.column("cov5[15]")
        stored = fixed_arrays(self._columns.array(name), 15).astype(np.float64)
        matrix = np.empty((len(stored), 5, 5))
        rows, columns = np.triu_indices(5)
        matrix[:, rows, columns] = matrix[:, columns, rows] = stored
        return matrix[self._fit]

    def _component(self, axis: int) -> NDArray[np.float64]:
        return self.helix.momentum[axis]

    @cached_property
    def _impact(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.helix.impact(self._point)

    def _cdc_hits(self) -> NDArray[np.int64]:
        pattern = self._fits.flat("hitPatternCDCInitializer")[self._fit]
        return np.asarray(pattern >> np.uint64(CDC_HITS_SHIFT))

    @cached_property
    def _ratios(self) -> NDArray[np.float64]:
        """Likelihood ratios L_i / sum L over all six hypotheses and all detectors; NaN without any detector."""
        log = self._columns.array(self._likelihoods.column("logl[6][6]"))
        total = fixed_arrays(log, 36).reshape(-1, 6, 6).astype(np.float64).sum(axis=1)
        likelihood = np.exp(total - total.max(axis=1, keepdims=True, initial=-np.inf))
        ratios = likelihood / likelihood.sum(axis=1, keepdims=True)
        ratios[self._likelihoods.flat("detectors.m_bits") == 0] = np.nan
        return np.asarray(ratios)

    def _identification(self, hypothesis: int) -> NDArray[np.float64]:
        local = Relation(self._columns, "TracksToPIDLikelihoods").partners(self.tracks.counts)
        place = self._likelihoods.absolute(local, self.tracks.counts)
        return np.append(self._ratios[:, hypothesis], np.nan)[place]

    def _cluster_energy(self) -> NDArray[np.float64]:
        """Give the energy of the most energetic cluster of the photon hypothesis that a track points to, GeV."""
        event, track, cluster, _ = Relation(self._columns, "TracksToECLClusters").links()
        place = self._clusters.starts[event] + cluster
        energy = np.exp(self._clusters.flat("logEnergy")[place])
        energy[(self._clusters.flat("hypotheses")[place] & PHOTON_HYPOTHESIS) == 0] = 0.0
        most = np.zeros(int(self.tracks.counts.sum()))
        np.maximum.at(most, self.tracks.starts[event] + track, energy)
        return most


def fixed_arrays(member: ak.Array, length: int) -> NDArray[Any]:
    """Give a member that is an array of fixed length, one row an object."""
    return np.asarray(ak.flatten(member, axis=None)).reshape(-1, length)


def helices(fits: Array, place: NDArray[np.int64]) -> Helix:
    """Give the helices of the fits at `place`; NaN for -1."""
    parameters = fixed_arrays(fits.columns.array(fits.column("tau[5]")), 5).astype(np.float64)
    chosen = np.vstack([parameters, np.full(5, np.nan)])[place]
    return Helix(*chosen.T)


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
