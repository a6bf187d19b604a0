"""Sealed data: channels made ready for a run, and the record of who had them opened."""

import copy
from collections.abc import Sequence
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from ..datasets.ledger import Unsealing

if TYPE_CHECKING:
    from ..processors.channel import Channel


def prepared(channels: "Sequence[Channel]", unseal: bool, columns: str | Path | None) -> "tuple[Channel, ...]":
    """Copy channels for a run that fills sealed data (`unseal`) or writes columns to a folder."""
    result = []
    for channel in channels:
        ready = copy.copy(channel)
        ready.unsealed = unseal
        ready.columns = "" if columns is None else str(Path(columns).resolve())
        result.append(ready)
    return tuple(result)


def unsealings(channels: "Sequence[Channel]") -> tuple[Unsealing, ...]:
    """Record who unseals which channels, now; nothing where none is."""
    opened = tuple(channel.name for channel in channels if channel.unsealed)
    if not opened:
        return ()
    try:
        who = getuser()
    except (KeyError, OSError):  # no such user on this machine, as in some containers
        who = "unknown"
    return (Unsealing(who, datetime.now(UTC).isoformat(timespec="seconds"), opened),)
