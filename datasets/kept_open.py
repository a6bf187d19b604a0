"""Local files stay open from chunk to chunk: parsing the metadata of a wide tree takes longer than a small chunk."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from .files import InputFile, opened
from .locations import is_remote

MOST = 2  # files that a process keeps while nobody reads them


class _Key(NamedTuple):
    """A file as it lies on disk: written anew, it is another one."""

    path: str
    inode: int
    modified: int
    size: int


class _Shelf:
    """Open files that nobody reads at the moment; each is given to one reader at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[_Key, InputFile, ExitStack]] = []  # the oldest first

    def take(self, key: _Key) -> tuple[InputFile, ExitStack] | None:
        """Take an open file away; None where there is none."""
        with self._lock:
            for number, (known, source, stack) in enumerate(self._idle):
                if known == key:
                    del self._idle[number]
                    return source, stack
        return None

    def put(self, key: _Key, source: InputFile, stack: ExitStack) -> None:
        """Put one back, and close those that have been idle the longest."""
        with self._lock:
            self._idle.append((key, source, stack))
            surplus = self._idle[:-MOST]
            del self._idle[:-MOST]
        for _, _, each in surplus:
            each.close()

    def clear(self) -> None:
        """Close all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, each in idle:
            each.close()


_SHELF = _Shelf()
close_idle = _SHELF.clear


@contextmanager
def kept_open(path: str, replicas: Sequence[str] = ()) -> Iterator[InputFile]:
    """Open a file as `opened` does; a local one is closed later, unless the next chunk is of the same file.

    A file that something went wrong with is closed at once.
    """
    if replicas or is_remote(path):
        with opened(path, replicas) as source:
            yield source
        return
    key = _key(path)
    found = _SHELF.take(key)
    with ExitStack() as stack:
        if found is None:
            source = stack.enter_context(opened(path))
        else:
            source, kept = found
            stack.push(kept)
        yield source
        source.forget_data()
        _SHELF.put(key, source, stack.pop_all())


def _key(path: str) -> _Key:
    told = Path(path).stat()
    return _Key(path, told.st_ino, told.st_mtime_ns, told.st_size)
