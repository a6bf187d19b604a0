"""Photons of the event model from a basf2 mdst's ECL clusters."""

from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .assembly import Records, Values
from .columns import Columns
from .mapping import InputMapping
from .mdst_arrays import PHOTON_HYPOTHESIS, Array
from .mdst_relations import Relation

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
