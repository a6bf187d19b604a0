"""The narrow resonances, as validated data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ...documents import Document, load_yaml, validate
from .process import ProcessError

TABLE = Path(__file__).parent / "resonances.yaml"

Positive = Annotated[float, Field(gt=0)]


class Resonance(Document):
    """A narrow vector meson that couples to a virtual photon.

    Attributes
    ----------
    code
        PDG code.
    mass, width, electron_width
        GeV.
    peak
        Visible cross section (nb) at a collider that runs on it.
    decays
        Branching fractions of the decays that can be generated.
    """

    code: int
    mass: Positive
    width: Positive
    electron_width: Positive
    peak: Positive | None = None
    decays: dict[str, Positive]


class ResonanceTable(Document):
    """All of them by name."""

    resonances: dict[str, Resonance]


@cache
def resonance_table() -> ResonanceTable:
    """Read the resonances that darkbelle ships."""
    return validate({"resonances": load_yaml(TABLE)}, ResonanceTable, str(TABLE))


def find_resonance(name: str) -> Resonance:
    """Give a resonance; ProcessError names what there is."""
    known = resonance_table().resonances
    if name not in known:
        raise ProcessError(f"unknown resonance {name!r}; known are {', '.join(known)}")
    return known[name]


def fraction(name: str, decay: str) -> float:
    """Give a branching fraction; ProcessError names the decays that there are."""
    decays = find_resonance(name).decays
    if decay not in decays:
        raise ProcessError(f"unknown decay {decay!r} of {name}; known are {', '.join(decays)}")
    return decays[decay]
