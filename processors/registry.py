"""The searches by name; a search's code is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from ..datasets.errors import UsageError

if TYPE_CHECKING:
    from .channel import Channel

_CLASSES = {
    "dark_photon_invisible": "DarkPhotonInvisible",
    "dark_photon_visible": "DarkPhotonVisible",
    "muonic_dark_force": "MuonicDarkForce",
    "zprime_invisible": "ZprimeInvisible",
    "lfv_zprime_invisible": "LfvZprimeInvisible",
    "alp_three_photon": "AlpThreePhoton",
    "alp_invisible": "AlpInvisible",
    "upsilon_invisible": "UpsilonInvisible",
    "dark_higgsstrahlung": "DarkHiggsstrahlung",
    "long_lived": "LongLived",
    "magnetic_monopole": "MagneticMonopole",
    "control": "Control",
}


def channel_names() -> tuple[str, ...]:
    """List the names of all channels."""
    return tuple(_CLASSES)


def make_channels(names: Sequence[str] | None = None) -> tuple[Channel, ...]:
    """Make the channels `names`, each once and in that order; all of them for None.

    Raises
    ------
    UsageError
        There is no channel of one of the names.
    """
    chosen = tuple(_CLASSES) if names is None else tuple(dict.fromkeys(names))
    unknown = [name for name in chosen if name not in _CLASSES]
    if unknown:
        raise UsageError(f"unknown channel {', '.join(map(repr, unknown))}; known are {', '.join(_CLASSES)}.")
    return tuple(getattr(import_module(f".{name}", __package__), _CLASSES[name])() for name in chosen)
