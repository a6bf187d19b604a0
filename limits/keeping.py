"""Finished pieces of work kept on disk by what they were made from: the same work is never done twice."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from hashlib import sha256
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import Any

from ..datasets.storage import make_folder, write_text
from .engine import Mapper, Work
from .intervals import Interval
from .look_elsewhere import Excess, ToyScans

Piece = Work | ToyScans
Results = tuple[Interval, ...] | tuple[Excess, ...]


def keeping(mapper: Mapper, folder: Path, resume: bool) -> Mapper:
    """Give a mapper that keeps each piece's results in `folder`, and with `resume` takes them from there.

    A piece's file is named by a hash of all that its results depend on: whatever changes is done anew. A file that is
    broken is too.
    """
    make_folder(folder)

    def apply(function: Callable[[Piece], Results], items: Iterable[Piece]) -> Iterator[Any]:
        work = list(items)
        paths = [folder / f"{sha256(each.fingerprint().encode()).hexdigest()[:32]}.json" for each in work]
        known: dict[Path, Results] = {}
        for piece, path in zip(work, paths, strict=True):
            if resume and (found := _read(path, type(piece))) is not None:
                known[path] = found
        missing = [each for each, path in zip(work, paths, strict=True) if path not in known]
        arriving = iter(mapper(function, missing))
        for path in paths:
            if path not in known:
                known[path] = next(arriving)
                write_text(path, dumps([asdict(each) for each in known[path]]))
            yield known[path]

    return apply


def _read(path: Path, kind: type[Piece]) -> Results | None:
    try:
        found = loads(path.read_text(encoding="utf-8"))
        if kind is ToyScans:
            return tuple(Excess(**each) for each in found)
        return tuple(
            Interval(**{**each, "expected": tuple(each["expected"]), "notes": tuple(each["notes"])}) for each in found
        )
    except (OSError, JSONDecodeError, UnicodeDecodeError, TypeError, KeyError):
        return None
