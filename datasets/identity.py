"""The identity of what histograms were made with: equal only where nothing that matters differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any


@dataclass(frozen=True)
class Identity:
    """What the histograms of one sample were made with.

    Attributes
    ----------
    common
        Digest of what all channels share, of the library versions, and of how the sample is read.
    channels
        Digest of each channel's own code, data files and parameters.
    """

    common: str
    channels: Mapping[str, str]

    def difference(self, older: "Identity") -> str:
        """Say what differs from an older identity; "" where nothing does."""
        if set(self.channels) != set(older.channels):
            return f"its channels were {', '.join(older.channels) or 'none'}, now {', '.join(self.channels)}"
        changed = [name for name, each in self.channels.items() if older.channels[name] != each]
        if changed:
            return f"{', '.join(changed)} changed (code, parameters or data files)"
        return "" if self.common == older.common else "the reading code, a library's version or the sample changed"


def digest(content: Any) -> str:
    """Give the SHA-256 of something JSON can hold."""
    return sha256(dumps(content, sort_keys=True).encode()).hexdigest()
