"""The index: findings of files that have not changed since, so that a second check opens only what is new."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .findings import Findings

NAME = "files.sqlite"
VARIABLES = 500  # paths asked for in one statement

_TABLE = """
create table if not exists files (
    path text, how text, deep integer, size integer, mtime integer, findings blob, primary key (path, how)
)
"""


@dataclass(frozen=True)
class Stamp:
    """What tells that a file is the one that was looked at.

    Attributes
    ----------
    path
        Where it is.
    how
        Digest of how it was read, and by which code.
    size, mtime
        Bytes, and time of its last change in ns.
    """

    path: str
    how: str
    size: int
    mtime: int


def stamp(path: str, how: str) -> Stamp | None:
    """Stamp a local file; None where there is none, or where it is remote."""
    try:
        status = os.stat(path)  # noqa: PTH116  # ten thousand of them: a Path each would double the time
    except (OSError, ValueError):
        return None
    return Stamp(path, how, status.st_size, status.st_mtime_ns)


def default_path() -> Path:
    """Give the index's place in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(cache) / "darkbelle" / NAME


class Index:
    """An SQLite file of findings.

    It is a cache: what cannot be read of it is looked up anew, and where it cannot be written nothing is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, stamps: Sequence[Stamp], deep: bool) -> dict[str, Findings]:
        """Give the findings, by path, of files that are unchanged; with `deep` only what was read whole."""
        wanted = {each.path: each for each in stamps}
        found: dict[str, Findings] = {}
        with self._connection() as connection:
            if connection is None:
                return {}
            for how in {each.how for each in stamps}:
                paths = [each.path for each in stamps if each.how == how]
                for path, size, mtime, text in _rows(connection, how, paths, deep):
                    known = wanted[path]
                    if (known.size, known.mtime) == (size, mtime):
                        with suppress(ValueError):
                            found[path] = Findings.from_json(text)
        return found

    def keep(self, findings: Iterable[tuple[Stamp, Findings]], deep: bool) -> None:
        """Keep findings."""
        rows = [(s.path, s.how, int(deep), s.size, s.mtime, found.to_json()) for s, found in findings]
        with self._connection() as connection:
            if connection is not None:
                connection.executemany("insert or replace into files values (?, ?, ?, ?, ?, ?)", rows)
                connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file; None where that is not possible. A damaged one is made anew."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection: sqlite3.Connection | None = self._opened()
        except sqlite3.DatabaseError:
            connection = self._made_anew()
        except OSError:
            connection = None
        if connection is None:
            yield None
            return
        with closing(connection):
            yield connection

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            connection.execute(_TABLE)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _made_anew(self) -> sqlite3.Connection | None:
        with suppress(OSError, sqlite3.DatabaseError):
            if self.path.is_file() and self.path.read_bytes()[:6] != b"SQLite":
                self.path.unlink()
                return self._opened()
        return None


def _rows(
    connection: sqlite3.Connection, how: str, paths: Sequence[str], deep: bool
) -> Iterator[tuple[str, int, int, bytes]]:
    for start in range(0, len(paths), VARIABLES):
        some = paths[start : start + VARIABLES]
        marks = ",".join("?" * len(some))
        statement = f"select path, size, mtime, findings from files where how = ? and deep >= ? and path in ({marks})"  # noqa: S608  # only question marks are inserted
        yield from connection.execute(statement, (how, int(deep), *some))
