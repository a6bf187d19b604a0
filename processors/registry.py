"""The searches by name: darkbelle's own, those of installed packages, a user's file; imported when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from ..datasets.errors import UsageError
from .own_channel import is_file, load_channel_class

if TYPE_CHECKING:
    from .channel import Channel

GROUP = "darkbelle.channels"

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
_LOADED: dict[str, type[Channel]] = {}
"""Classes from users' files, by the channel's name."""


def channel_names() -> tuple[str, ...]:
    """List the names of darkbelle's own channels."""
    return tuple(_CLASSES)


def make_channels(names: Sequence[str] | None = None) -> tuple[Channel, ...]:
    """Make the channels `names`, each once and in that order; all of darkbelle's own for None.

    Parameters
    ----------
    names
        Names of darkbelle's channels, of entry points in the group `darkbelle.channels`, or paths of Python files with
        one channel's class.

    Raises
    ------
    UsageError
        There is no channel of one of the names, or a file holds no channel.
    """
    chosen = tuple(_CLASSES) if names is None else tuple(dict.fromkeys(channel_name(name) for name in names))
    installed = _installed()
    unknown = [name for name in chosen if name not in _CLASSES and name not in _LOADED and name not in installed]
    if unknown:
        known = ", ".join((*_CLASSES, *installed))
        raise UsageError(
            f"unknown channel {', '.join(map(repr, unknown))}; known are {known}, or give the path of a .py file."
        )
    return tuple(_find(name, installed)() for name in chosen)


def channel_name(name: str) -> str:
    """Give the name of the channel that `name` stands for; a file is loaded, and its channel known from then on."""
    if not is_file(name):
        return name
    found = load_channel_class(name)
    if found.name in _CLASSES:
        raise UsageError(f"{name}: the name {found.name!r} is a channel of darkbelle's; give the channel another.")
    _LOADED[found.name] = found
    return found.name


def _find(name: str, installed: dict[str, EntryPoint]) -> type[Channel]:
    if name in _CLASSES:
        found: type[Channel] = getattr(import_module(f".{name}", __package__), _CLASSES[name])
        return found
    if name in _LOADED:
        return _LOADED[name]
    loaded: type[Channel] = installed[name].load()
    return loaded


def _installed() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=GROUP)}
