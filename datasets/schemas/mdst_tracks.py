"""Tracks of the event model from a basf2 mdst: fits, identification, matched clusters."""

from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from .assembly import Records, Values
from .columns import Columns
from .mapping import InputMapping
from .mdst_arrays import PHOTON_HYPOTHESIS, Array, fixed_arrays, helices
from .mdst_helix import Helix
from .mdst_relations import Relation

HYPOTHESES = ("electron_id", "muon_id", "pion_id", "kaon_id", "proton_id", "deuteron_id")
"""The order of basf2's charged hypotheses."""

FIT_ORDER = (2, 1, 0, 3, 4, 5)
"""Which hypothesis' fit is taken, the first that there is: the pion's, else of the closest mass."""

CDC_HITS_SHIFT = 56  # HitPatternCDC: the top byte holds the number of hits, the rest the layers


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
