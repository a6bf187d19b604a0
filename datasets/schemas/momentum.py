"""Momenta of objects from whichever of basf2's kinematic variables a file has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frames import Beams

Vector = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
Find = Callable[[str], str | None]


@dataclass(frozen=True)
class Recipe:
    """One way to a momentum.

    Attributes
    ----------
    variables
        basf2's variables that it takes.
    make
        Gives (px, py, pz) in GeV, laboratory, from their values in the same order.
    massless
        Whether it holds for photons only.
    in_cm
        Whether the variables are in the CM frame.
    """

    variables: tuple[str, ...]
    make: Callable[..., Vector]
    massless: bool = False
    in_cm: bool = False


def _spherical(momentum: Any, theta: Any, phi: Any) -> Vector:
    across = momentum * np.sin(theta)
    return across * np.cos(phi), across * np.sin(phi), momentum * np.cos(theta)


def _by_cosine(momentum: Any, cosine: Any, phi: Any) -> Vector:
    return _spherical(momentum, np.arccos(np.clip(cosine, -1.0, 1.0)), phi)


def _transverse(momentum: Any, theta: Any, phi: Any) -> Vector:
    return _spherical(momentum / np.sin(theta), theta, phi)


RECIPES = (
    Recipe(("px", "py", "pz"), lambda px, py, pz: (px, py, pz)),
    Recipe(("p", "theta", "phi"), _spherical),
    Recipe(("p", "cosTheta", "phi"), _by_cosine),
    Recipe(("pt", "theta", "phi"), _transverse),
    Recipe(("E", "theta", "phi"), _spherical, massless=True),
    Recipe(("E", "cosTheta", "phi"), _by_cosine, massless=True),
    Recipe(("clusterE", "clusterTheta", "clusterPhi"), _spherical, massless=True),
)
"""In order of preference. Cluster angles are seen from the origin, so that they come last."""

CM_FIELDS = ("E", "px", "py", "pz")
CM_ANGLES: tuple[tuple[str, ...], ...] = (("E", "theta", "phi"), ("p", "theta", "phi"))


def recipe_for(find: Find, massless: bool, beams: Beams | None) -> Recipe | None:
    """Choose how to make a momentum.

    Parameters
    ----------
    find
        Gives the column of a variable, None if there is none.
    massless
        Whether the object is a photon.
    beams
        The period's, for momenta that a file has in the CM frame only; any will do to know that it can be made.
    """
    for each in RECIPES:
        if (massless or not each.massless) and all(find(variable) for variable in each.variables):
            return each
    in_cm = tuple(f"useCMSFrame({name})" for name in CM_FIELDS)
    if all(find(name) for name in in_cm):
        return Recipe(in_cm, lambda *momentum: _to_laboratory(beams, momentum), in_cm=True)
    for names in CM_ANGLES if massless else ():
        variables = tuple(f"useCMSFrame({name})" for name in names)
        if all(find(name) for name in variables):
            return Recipe(variables, partial(_massless_to_laboratory, beams), in_cm=True)
    return None


def _massless_to_laboratory(beams: Beams | None, energy: Any, theta: Any, phi: Any) -> Vector:
    return _to_laboratory(beams, (energy, *_spherical(energy, theta, phi)))


def _to_laboratory(beams: Beams | None, momentum: tuple[NDArray[Any], ...]) -> Vector:
    if beams is None:
        raise AssertionError  # only asked whether it can be made
    _, px, py, pz = np.einsum("ij,j...->i...", beams.to_laboratory, np.stack(momentum))
    return px, py, pz


def period_beams(metadata: Mapping[str, Any]) -> Beams | None:
    """Give the beams of the events' period, from their metadata."""
    if "beams" not in metadata:
        return None
    electron, positron = metadata["beams"]
    return Beams(tuple(electron), tuple(positron))
