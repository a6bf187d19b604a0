"""Vertices of two oppositely charged tracks: a least-squares fit of their helices to a common point.

Each track measures a transverse and a longitudinal distance from the point, with uncertainties that grow along the
helix with those of its angles; four measurements less three coordinates leave one degree of freedom. Resolution,
uncertainty and p-value thus follow from the tracks' own parameters, for prompt, displaced and accidental pairs alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .charged import Tracks
from .columns import Columns, Floats, Integers, counts, position
from .particles import Particles
from .tracking_parameters import VertexResponse
from .vertex_fit import fit_pairs, helix_rows


@dataclass(frozen=True)
class Vertices(Columns):
    """Fitted vertices, laboratory frame.

    Attributes
    ----------
    first, second
        Index among the event's tracks of the positive and the negative one.
    x, y, z
        Relative to the mean interaction point, cm.
    radius_error
        Uncertainty (cm) of the transverse distance from it.
    probability
        p-value of the fit.
    first_cosine, first_sine, second_cosine, second_sine
        Of the momenta's azimuths at the vertex.
    truth
        Index of the generated particle that decayed there into both, -1 for none.
    """

    first: Integers
    second: Integers
    x: Floats
    y: Floats
    z: Floats
    radius_error: Floats
    probability: Floats
    first_cosine: Floats
    first_sine: Floats
    second_cosine: Floats
    second_sine: Floats
    truth: Integers


def fit_vertices(
    tracks: Tracks, charged: Particles, number: int, magnetic_field: float, response: VertexResponse
) -> Vertices:
    """Fit all pairs of opposite charge of each of `number` events, but for events with too many tracks.

    Parameters
    ----------
    tracks
        Measured tracks.
    charged
        The particles behind them.
    magnetic_field
        T.
    """
    positive, negative = _pairs(tracks, number, response.maximum_tracks)
    found = np.empty((9, len(positive)))
    fit_pairs((positive, negative), helix_rows(tracks, magnetic_field), response.maximum_radius, found)
    x, y, z, radius_error, probability = found[:5]
    parent = charged.parent[tracks.owner]
    same = (parent[positive] == parent[negative]) & (parent[positive] >= 0)
    place = position(tracks.event, number)
    fitted = Vertices(
        event=tracks.event[positive],
        first=place[positive],
        second=place[negative],
        x=x,
        y=y,
        z=z,
        radius_error=radius_error,
        probability=probability,
        first_cosine=found[5],
        first_sine=found[6],
        second_cosine=found[7],
        second_sine=found[8],
        truth=np.where(same, parent[positive], -1),
    )
    return fitted.select(probability >= response.minimum_probability)


def _pairs(tracks: Tracks, number: int, maximum: int) -> tuple[Integers, Integers]:
    """Give rows of positive and negative tracks of the same event, in pairs."""
    allowed = counts(tracks.event, number)[tracks.event] <= maximum
    positive = np.flatnonzero((tracks.charge > 0) & allowed)
    negative = np.flatnonzero((tracks.charge < 0) & allowed)
    partners = counts(tracks.event[negative], number)
    first = np.concatenate([[0], np.cumsum(partners)])
    each = partners[tracks.event[positive]]
    one = np.repeat(positive, each)
    within = np.arange(len(one)) - np.repeat(np.cumsum(each) - each, each)
    return one, negative[first[tracks.event[one]] + within]
