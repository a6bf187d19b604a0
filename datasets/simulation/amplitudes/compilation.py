"""One source, two engines: functions of components that run on NumPy arrays and inside numba's compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numba
from numba.extending import register_jitable

Component: TypeAlias = Any
"""A number in compiled code, an array of numbers (one for each event) in NumPy."""

Vector: TypeAlias = tuple[Component, Component, Component, Component]
"""Components E, x, y, z of a four-vector, upper index, in GeV where it is a momentum."""

Spinor: TypeAlias = tuple[Component, Component, Component, Component]
"""Dirac spinor in the chiral basis: two left-handed components, then two right-handed ones."""

Function = TypeVar("Function", bound=Callable[..., Any])


def shared(function: Function) -> Function:
    """Let compiled loops call a function that stays plain Python for everybody else."""
    registered: Function = register_jitable(function)
    return registered


def compiled(function: Function) -> Function:
    """Compile a loop over events when it is first called, and keep the machine code on disk.

    numba notices a change of the file that holds the loop, not of the shared functions that it calls: after a change
    there, delete ``__pycache__``. Where neither the package's folder nor the user's cache can be written (a batch
    node), every process compiles for itself.
    """
    try:
        jitted: Function = numba.njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        jitted = numba.njit(error_model="numpy")(function)
    return jitted
