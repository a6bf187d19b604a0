"""Parameters that the data cannot tell apart, from the curvature of the likelihood before any fit."""

import numpy as np

from .batches import Batch
from .curves import asimov
from .objective import curvature

SINGULAR = 1e-9  # eigenvalue of the curvature, each parameter in units of its own error, that is no curvature
TAKES_PART = 0.1  # component of a singular direction that names a parameter


def degenerate(batch: Batch) -> list[tuple[int, ...]]:
    """List for each model the numbers of global parameters that can be changed together without any effect.

    The curvature is taken at the parameters' start for the data expected there; bin factors are held.
    """
    data = asimov(batch, batch.start)
    at = curvature(batch, data, batch.start)
    diagonal = np.einsum("hgg->hg", at.parameters)
    moving = batch.low.parameters < batch.high.parameters
    free = moving & (diagonal > 0)
    scale = np.where(free, 1 / np.sqrt(np.where(free, diagonal, 1.0)), 0.0)
    scaled = at.parameters * scale[:, :, None] * scale[:, None, :]
    number = np.arange(scaled.shape[1])
    scaled[:, number, number] = np.where(free, scaled[:, number, number], 1.0)
    values, vectors = np.linalg.eigh(scaled)
    weak = values[:, 0] < SINGULAR
    named = (np.abs(vectors[:, :, 0]) > TAKES_PART) & weak[:, None] | (moving & (diagonal <= 0))
    return [tuple(int(each) for each in np.flatnonzero(row)) for row in named]
