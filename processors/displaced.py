"""Displaced vertices as pairs of tracks: masses under hypotheses, flight, and what else they could be."""

from dataclasses import dataclass

import numpy as np

from .chunk_events import ChunkEvents, metadata
from .momenta import ELECTRON_MASS, KAON_MASS, MUON_MASS, PION_MASS, PROTON_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import identified
from .shifts import shifted_tracks

KAON_SHORT = 0.497611  # GeV, PDG 2024
LAMBDA = 1.115683  # GeV, PDG 2024


@dataclass(frozen=True)
class Displaced:
    """Vertices of some events, (vertices,) each.

    Attributes
    ----------
    objects
        The vertices.
    event
        Position of each one's event.
    first, second
        Positions of the positive and negative track in the event.
    momentum
        Of the pair (GeV, laboratory), under the hypothesis that its identification asks for.
    mass, pion_pair_mass, electron_pair_mass, lambda_mass
        GeV, under that hypothesis and under fixed ones; the Lambda's is the one of p pi and pi p that lies nearer.
    radius
        Transverse distance from the interaction point in cm.
    pointing
        Angle between momentum and flight, degrees.
    """

    objects: Objects
    event: Index
    first: Array
    second: Array
    momentum: Momenta
    mass: Array
    pion_pair_mass: Array
    electron_pair_mass: Array
    lambda_mass: Array
    radius: Array
    pointing: Array

    @property
    def kaon_short_distance(self) -> Array:
        """|m(pi pi) - m(K_S)| in GeV."""
        return np.asarray(np.abs(self.pion_pair_mass - KAON_SHORT))

    @property
    def lambda_distance(self) -> Array:
        """|m(p pi) - m(Lambda)| in GeV."""
        return np.asarray(np.abs(self.lambda_mass - LAMBDA))

    def without(self, tracks: Objects, vertex: Index, track: Index) -> Mask:
        """Tell which combinations of a vertex and a track are not of one of the vertex's own tracks."""
        index = tracks["index"][track]
        return np.asarray((index != self.first[vertex]) & (index != self.second[vertex]))


def displaced_pairs(
    events: ChunkEvents, chosen: Objects, found: Index, identification: float, variation: str
) -> Displaced:
    """Look at the vertices of some events.

    Parameters
    ----------
    events, chosen, found
        The chunk, those of its vertices that matter, and the numbers of the events.
    identification
        Likelihood ratio above which both tracks make the pair one of muons, electrons or kaons; one of pions else.
    variation
        Of tracks, whose momenta are shifted at the vertices.
    """
    vertices = chosen.of(found)
    for which in ("first", "second"):
        vertices = shifted_tracks(vertices, variation, metadata(events, "experiment"), f"{which}_")
    positive, negative = ([vertices[f"{which}_p{axis}"] for axis in "xyz"] for which in ("first", "second"))
    tracks = events.objects("tracks").of(found)
    muons = _both(tracks, vertices, "muon_id", identification)
    electrons = _both(tracks, vertices, "electron_id", identification)
    kaons = _both(tracks, vertices, "kaon_id", identification)
    mass = np.select([muons, electrons, kaons], [MUON_MASS, ELECTRON_MASS, KAON_MASS], PION_MASS)
    pair = _pair(positive, negative, mass, mass)
    lambdas = np.stack([_pair(positive, negative, *masses).mass for masses in _LAMBDA_HYPOTHESES])
    nearer = np.abs(lambdas - LAMBDA).argmin(axis=0)
    radius = np.hypot(vertices["x"], vertices["y"])
    flight = Momenta(vertices["x"], vertices["y"], vertices["z"], radius)
    return Displaced(
        objects=vertices,
        event=vertices.event,
        first=vertices["first"],
        second=vertices["second"],
        momentum=pair,
        mass=pair.mass,
        pion_pair_mass=_pair(positive, negative, PION_MASS, PION_MASS).mass,
        electron_pair_mass=_pair(positive, negative, ELECTRON_MASS, ELECTRON_MASS).mass,
        lambda_mass=np.take_along_axis(lambdas, nearer[np.newaxis], axis=0)[0],
        radius=radius,
        pointing=pair.angle(flight),
    )


_LAMBDA_HYPOTHESES = ((PROTON_MASS, PION_MASS), (PION_MASS, PROTON_MASS))


def _pair(positive: list[Array], negative: list[Array], first: float | Array, second: float | Array) -> Momenta:
    (px, py, pz), (qx, qy, qz) = positive, negative
    return Momenta.massive(px, py, pz, first) + Momenta.massive(qx, qy, qz, second)


def _both(tracks: Objects, vertices: Objects, name: str, threshold: float) -> Mask:
    """Tell which vertices have two tracks identified as `name`; an index that names no track identifies nothing."""
    result = np.ones(len(vertices), dtype=bool)
    for which in ("first", "second"):
        index = vertices[which]
        there = (index >= 0) & (index < tracks.counts[vertices.event])
        result[~there] = False
        place = (tracks.first[vertices.event[there]] + index[there]).astype(np.int64)
        result[there] &= identified(tracks[name], threshold)[place]
    return result
