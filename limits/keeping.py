"""Finished hypotheses kept on disk by what they were made from: the same work is never done twice."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from hashlib import sha256
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import Any

from ..datasets.storage import make_folder, write_text
from .engine import Mapper, Work
from .intervals import Interval


def keeping(mapper: Mapper, folder: Path, resume: bool) -> Mapper:
    """Give a mapper for `examine` that keeps each piece's results in `folder`, and with `resume` takes them from there.

    A piece's file is named by a hash of its models, data and request: whatever changes one of them is done anew. A file
    that is broken is too.
    """
    make_folder(folder)

    def apply(function: Callable[[Work], tuple[Interval, ...]], items: Iterable[Work]) -> Iterator[Any]:
        work = list(items)
        paths = [folder / f"{_digest(each)}.json" for each in work]
        known = {path: found for path in paths if resume and (found := _read(path)) is not None}
        missing = [(each, path) for each, path in zip(work, paths, strict=True) if path not in known]
        arriving = iter(mapper(function, [each for each, _ in missing]))
        for path in paths:
            if path not in known:
                known[path] = next(arriving)
                write_text(path, dumps([asdict(each) for each in known[path]]))
            yield known[path]

    return apply


def _digest(work: Work) -> str:
    models = [each.to_workspace() for each in work.models]
    content = dumps([models, work.places, asdict(work.request), work.notes], sort_keys=True)
    return sha256(content.encode()).hexdigest()[:32]


def _read(path: Path) -> tuple[Interval, ...] | None:
    try:
        found = loads(path.read_text(encoding="utf-8"))
        return tuple(
            Interval(**{**each, "expected": tuple(each["expected"]), "notes": tuple(each["notes"])}) for each in found
        )
    except (OSError, JSONDecodeError, UnicodeDecodeError, TypeError, KeyError):
        return None
