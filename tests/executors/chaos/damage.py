"""Damaging files, each in a way of its own, so that it is known which events nobody can read, and why."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uproot

KEYLEN = slice(14, 16)  # of the length of a key in its own bytes: TKey writes size, version, length, date, key's length
BLOCK = 9  # bytes of a compressed block's header


@dataclass(frozen=True)
class Damage:
    """What was done to a file.

    Attributes
    ----------
    kind
        "truncated", "overwritten", "missing", or "basket": one chunk's values of one column are not readable.
    reason
        What the ledger must say.
    chunk
        Which of its chunks cannot be read; None for all.
    """

    kind: str
    reason: str
    chunk: int | None = None


def damage(path: Path, turn: int, dice: random.Random, chunks: int) -> Damage:
    """Damage a file of some chunks; the kind changes from turn to turn."""
    ways: tuple[Callable[[Path, random.Random, int], Damage], ...] = (truncate, overwrite, remove, spoil_basket)
    return ways[turn % len(ways)](path, dice, chunks)


def truncate(path: Path, dice: random.Random, _chunks: int) -> Damage:
    """Cut off its end."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * dice.uniform(0.3, 0.9))])
    return Damage("truncated", "is truncated")


def overwrite(path: Path, _dice: random.Random, _chunks: int) -> Damage:
    """Put something else there."""
    path.write_bytes(b"\xff" * path.stat().st_size)
    return Damage("overwritten", "is not a ROOT file")


def remove(path: Path, _dice: random.Random, _chunks: int) -> Damage:
    """Leave a link to nothing."""
    path.unlink()
    path.symlink_to(path.parent / "gone.root")
    return Damage("missing", "there is no such file")


def spoil_basket(path: Path, dice: random.Random, chunks: int) -> Damage:
    """Overwrite the compressed values of one chunk's weights: the file opens, and its other chunks can be read."""
    chunk = dice.randrange(chunks)
    content = bytearray(path.read_bytes())
    with uproot.open(path) as file:
        branch = file["events"]["weight"]
        start, size = int(branch.member("fBasketSeek")[chunk]), int(branch.member("fBasketBytes")[chunk])
    begin = start + int.from_bytes(content[start:][KEYLEN], "big") + BLOCK
    content[begin : start + size] = b"\xff" * (start + size - begin)
    path.write_bytes(content)
    return Damage("basket", "every_event", chunk)
