"""The identity of what histograms were made with: equal only where nothing that matters differs, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import Any

FULL = 64  # characters of a SHA-256
SHORT = 12  # characters of one that are kept for comparison: a run has many, and what counts are the full ones
MARK = "#"  # before a shortened digest, which tells a reader nothing


@dataclass(frozen=True)
class Identity:
    """What the histograms of one sample were made with.

    Attributes
    ----------
    common
        Digest of what all channels share, of the library versions, and of how the sample is read.
    channels
        Digest of each channel's own code, data files and parameters.
    parts
        What these are the digests of, each by a name to tell it by: "version of numpy", "code of channel control".
        Digests among them are shortened.
    """

    common: str
    channels: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, common: Mapping[str, str], channels: Mapping[str, Mapping[str, str]]) -> "Identity":
        """Make it from named parts: those that all channels share, and those of each channel."""
        parts = dict(common)
        for channel, each in channels.items():
            parts |= {f"{name} of channel {channel}": value for name, value in each.items()}
        own = {channel: digest(each) for channel, each in channels.items()}
        return cls(digest(common), own, {name: _shortened(value) for name, value in parts.items()})

    def difference(self, older: "Identity") -> str:
        """Say what differs from an older identity; "" where nothing does."""
        if set(self.channels) != set(older.channels):
            return f"its channels were {', '.join(older.channels) or 'none'}, now {', '.join(self.channels)}"
        if self.common == older.common and dict(self.channels) == dict(older.channels):
            return ""
        told = [line for name in sorted({*self.parts, *older.parts}) if (line := self._changed(name, older))]
        return ", ".join(told) or "the code, a parameter, a data file or a library's version changed"

    def _changed(self, name: str, older: "Identity") -> str:
        mine, theirs = self.parts.get(name), older.parts.get(name)
        if mine == theirs:
            return ""
        if mine is None or theirs is None:
            return f"{name} {'is no more' if mine is None else 'is new'}"
        digests = mine.startswith(MARK) or theirs.startswith(MARK)
        return f"{name} changed{'' if digests else f' from {theirs} to {mine}'}"


def _shortened(value: str) -> str:
    """Give enough of a digest to tell two apart, marked; a text as it is."""
    return f"{MARK}{value[:SHORT]}" if len(value) == FULL else value


def digest(content: Any) -> str:
    """Give the SHA-256 of something JSON can hold."""
    return sha256(dumps(content, sort_keys=True).encode()).hexdigest()
