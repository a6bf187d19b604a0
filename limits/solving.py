"""One Newton step for many likelihoods: linear systems whose bin factors are eliminated first, bin by bin."""

import numpy as np
from numpy.typing import NDArray

from .batches import Point
from .histfactory import Array
from .objective import Curvature

Mask = NDArray[np.bool_]
RIDGE = 1e-11  # added to the scaled curvature: directions that the data do not constrain stay where they are
SMALL_CURVATURE = 1e-20


def solve(at: Curvature, frozen: Mask, frozen_bins: Mask, damping: float = 0.0) -> Point:
    """Solve curvature x step = -gradient; bin factors are eliminated first (Schur complement), bin by bin."""
    system, target = at.parameters, -at.by_parameter
    slots = at.by_bin.shape[1]
    if slots:
        free = ~frozen_bins
        slopes = np.where(free, at.by_bin, 0.0)
        inverse = _bin_inverse(at.bins, frozen_bins, damping)
        mixed = at.mixed * free[:, None]
        reduced = np.einsum("hgib,hbij->hgjb", mixed, inverse) if slots > 1 else mixed * inverse[:, None, None, :, 0, 0]
        flat, flat_mixed = reduced.reshape(*reduced.shape[:2], -1), mixed.reshape(*mixed.shape[:2], -1)
        system = system - flat @ flat_mixed.swapaxes(1, 2)
        target = target + (flat @ slopes.reshape(len(slopes), -1, 1))[:, :, 0]
    step = _scaled_solve(system, target, frozen, damping)
    if not slots:
        return Point(step, np.zeros_like(at.by_bin))
    right = slopes + np.einsum("hgib,hg->hib", mixed, step)
    return Point(step, -np.einsum("hbij,hjb->hib", inverse, right))


def _bin_inverse(bins: Array, frozen: Mask, damping: float) -> Array:
    """Invert the curvature of each bin's factors (h, bins, slot, slot); zero for those that are frozen."""
    slots = np.arange(bins.shape[2])
    free = ~frozen.swapaxes(1, 2)
    system = bins * free[..., :, None] * free[..., None, :]
    diagonal = system[..., slots, slots]
    system[..., slots, slots] = np.where(free, diagonal * (1 + damping + RIDGE) + SMALL_CURVATURE, 1.0)
    inverse: Array = 1 / system if len(slots) == 1 else np.asarray(np.linalg.inv(system), dtype=float)
    inverse[..., slots, slots] *= free
    return inverse


def _scaled_solve(system: Array, target: Array, frozen: Mask, damping: float) -> Array:
    diagonal = np.einsum("hgg->hg", system)
    scale = np.where(frozen, 0.0, 1 / np.sqrt(np.maximum(diagonal, SMALL_CURVATURE)))
    scaled = system * scale[:, :, None] * scale[:, None, :]
    number = np.arange(system.shape[1])
    scaled[:, number, number] = np.where(frozen, 1.0, scaled[:, number, number] + damping + RIDGE)
    bad = ~np.isfinite(scaled).all(axis=(1, 2))
    if bad.any():
        scaled[bad] = np.eye(system.shape[1])
    solved: Array = np.asarray(np.linalg.solve(scaled, (target * scale)[:, :, None]), dtype=float)
    step: Array = solved[:, :, 0] * scale
    step[bad] = np.nan
    return step
