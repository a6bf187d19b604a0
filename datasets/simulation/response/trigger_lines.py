"""First-level trigger lines as data: conditions on counts, pairs and sums of what the trigger sees."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from ...documents import Document
from .quantities import Angle, NotNegative, Positive, Probability

Ring = Annotated[int, Field(ge=1)]


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Interval = Annotated[tuple[float | None, float | None], BeforeValidator(_frozen)]
"""Lower and upper bound, null for none; the lower one is inside, the upper one outside."""

Rings = Annotated[tuple[Ring, ...], BeforeValidator(_frozen)]


class ClusterCount(Document):
    """A number of clusters with certain properties.

    Attributes
    ----------
    at_least, at_most
        How many.
    energy, cm_energy
        Ranges in GeV, laboratory and centre-of-mass frame.
    rings
        Rings of trigger cells; all where left out.
    """

    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None
    energy: Interval = (None, None)
    cm_energy: Interval = (None, None)
    rings: Rings = ()


class ClusterPair(Document):
    """At least one pair of clusters with certain properties (angles in degrees, energies in GeV).

    Attributes
    ----------
    cm_delta_phi, cm_sum_theta
        Difference of the azimuths (0 to 180) and sum of the polar angles, centre-of-mass frame.
    lower_energy, higher_energy, lower_cm_energy, higher_cm_energy
        Ranges for the softer and the harder of the two, laboratory and centre-of-mass frame.
    """

    cm_delta_phi: Interval = (None, None)
    cm_sum_theta: Interval = (None, None)
    lower_energy: Interval = (None, None)
    higher_energy: Interval = (None, None)
    lower_cm_energy: Interval = (None, None)
    higher_cm_energy: Interval = (None, None)


class TrackCount(Document):
    """A number of trigger tracks: all full ones, or those with a vertex along z (neuro) and a momentum (GeV)."""

    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None
    neuro: bool = False
    momentum: Interval = (None, None)


class TrackPair(Document):
    """A pair of full tracks further apart in azimuth than an angle (degrees), some of them neuro tracks."""

    delta_phi: Interval = (None, None)
    neuro: Annotated[int, Field(ge=0, le=2)] = 0


class EnergySum(Document):
    """The summed energy (GeV, laboratory) of clusters in certain rings."""

    above: Positive
    rings: Rings = ()


class Line(Document):
    """One line: it fires when all conditions hold and no veto does.

    Attributes
    ----------
    clusters, cluster_pairs, tracks, track_pairs, energy_sum
        Conditions.
    require, veto
        Other lines that must, or must not, fire.
    source
        Where the definition comes from.
    """

    clusters: tuple[ClusterCount, ...] = ()
    cluster_pairs: tuple[ClusterPair, ...] = ()
    tracks: tuple[TrackCount, ...] = ()
    track_pairs: tuple[TrackPair, ...] = ()
    energy_sum: EnergySum | None = None
    require: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()
    source: str

    @model_validator(mode="after")
    def _not_empty(self) -> "Line":
        if not (self.clusters or self.cluster_pairs or self.tracks or self.track_pairs or self.energy_sum):
            raise ValueError("a line needs a condition")
        return self


class TriggerResponse(Document):
    """What the trigger sees, and its lines."""

    cluster_threshold: NotNegative
    ring_edges: Annotated[list[Angle], Field(min_length=2)]
    track_minimum_pt: NotNegative
    track_theta_low: Angle
    track_theta_high: Angle
    track_efficiency: Probability
    neuro_efficiency: Probability
    neuro_z0: Positive
    lines: Annotated[dict[str, Line], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> "TriggerResponse":
        if self.ring_edges != sorted(set(self.ring_edges)):
            raise ValueError("ring_edges must grow")
        known: set[str] = set()
        for name, line in self.lines.items():
            for other in (*line.require, *line.veto):
                if other not in known:
                    raise ValueError(f"line {name} names {other}, which is no line above it")
            known.add(name)
        return self
