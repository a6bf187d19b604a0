"""Boosts and rotations of arrays of four-momenta (E, px, py, pz)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mass_squared(momenta: Floats) -> Floats:
    """Return E^2 - p^2 in GeV^2 of (..., 4) momenta."""
    squared: Floats = momenta[..., 0] ** 2 - _product(momenta, momenta)
    return squared


def boost_from_rest(momenta: Floats, parent: Floats) -> Floats:
    """Boost (..., 4) momenta from the rest frame of `parent` to the frame in which `parent` is given.

    Parameters
    ----------
    momenta
        In the parent's rest frame, GeV.
    parent
        (..., 4) timelike momenta, broadcast against `momenta`.
    """
    mass = np.sqrt(mass_squared(parent))[..., np.newaxis]
    projection = _product(parent, momenta)[..., np.newaxis]
    energy = (parent[..., :1] * momenta[..., :1] + projection) / mass
    factor = (projection / (parent[..., :1] + mass) + momenta[..., :1]) / mass
    return np.concatenate([energy, momenta[..., 1:] + factor * parent[..., 1:]], axis=-1)


def boost_to_rest(momenta: Floats, parent: Floats) -> Floats:
    """Boost (..., 4) momenta into the rest frame of `parent`: the inverse of `boost_from_rest`."""
    mirrored = parent * np.array([1.0, -1.0, -1.0, -1.0])
    return boost_from_rest(momenta, mirrored)


def direction(cosine: Floats, azimuth: Floats) -> Floats:
    """Return (..., 3) unit vectors at a polar angle's cosine and an azimuth in rad."""
    sine = np.sqrt(np.maximum(1.0 - cosine**2, 0.0))
    return np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=-1)


def around(axis: Floats, cosine: Floats, azimuth: Floats) -> Floats:
    """Return (n, 3) unit vectors at the given polar angle's cosine and azimuth (rad) around (n, 3) unit vectors."""
    first, second = transverse_axes(axis)
    local = direction(cosine, azimuth)
    return local[:, :1] * first + local[:, 1:2] * second + local[:, 2:] * axis


def transverse_axes(axis: Floats) -> tuple[Floats, Floats]:
    """Return two (n, 3) unit vectors that make right-handed frames with (n, 3) unit vectors `axis`."""
    helper = np.where(np.abs(axis[:, 2:]) < 0.9, np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]))
    first = np.cross(helper, axis)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(axis, first)


def massive(vectors: Floats, mass: Floats | float) -> Floats:
    """Return (..., 4) four-vectors of the given masses (GeV) from (..., 3) momenta."""
    energy = np.sqrt((vectors**2).sum(axis=-1) + np.asarray(mass) ** 2)
    return np.concatenate([energy[..., np.newaxis], vectors], axis=-1)


def _product(first: Floats, second: Floats) -> Floats:
    """Return the product of the three-momenta; written out, since a sum over an axis of three is slow."""
    product: Floats = first[..., 1] * second[..., 1] + first[..., 2] * second[..., 2] + first[..., 3] * second[..., 3]
    return product
