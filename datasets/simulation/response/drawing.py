"""Compiled: Gaussian random numbers, and where values lie among a few edges, in less than half of NumPy's time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..amplitudes.compilation import compiled
from .columns import Floats, Integers


def normals(generator: np.random.Generator, *shape: int) -> Floats:
    """Draw standard normal numbers: the same as the generator's own."""
    drawn = np.empty(shape)
    _fill_normals(generator, drawn.reshape(-1))
    return drawn


def edges_below(edges: Any, values: Floats) -> Integers:
    """Count for each value the edges, which grow, that lie below it: `np.searchsorted` from the left."""
    found = np.empty(len(values), dtype=np.int64)
    _count_edges(np.asarray(edges, dtype=np.float64), values, found)
    return found


@compiled
def _fill_normals(generator: np.random.Generator, drawn: Any) -> None:
    """Fill (compiled)."""
    for i in range(len(drawn)):
        drawn[i] = generator.standard_normal()


@compiled
def _count_edges(edges: Any, values: Any, found: Any) -> None:
    """Fill the numbers of edges (compiled)."""
    for i in range(len(values)):
        number = 0
        while number < len(edges) and edges[number] < values[i]:
            number += 1
        found[i] = number
