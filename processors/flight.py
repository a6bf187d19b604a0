"""How far from the interaction point pairs of tracks come from: against conversions and V0s, or to look for decays."""

import numpy as np

from .chunk_events import ChunkEvents
from .objects import Array, Index

SIGNIFICANT = 3.0  # standard deviations


def pair_flight(events: ChunkEvents, found: Index) -> Array:
    """Give the largest significant vertex radius of each event (cm): 0 without a vertex off the interaction point.

    NaN where a vertex's position is not a number.
    """
    vertices = events.objects("vertices").of(found)
    radius = np.hypot(vertices["x"], vertices["y"])
    radius = np.where(radius < SIGNIFICANT * vertices["radius_error"], 0.0, radius)
    furthest = np.zeros(len(found))
    np.maximum.at(furthest, vertices.event, radius)
    return furthest
