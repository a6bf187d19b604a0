"""What a schema is: how it tells its files from others, what it finds in them, and how it opens their events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import awkward as ak

from ..errors import InputError
from ..files import InputFile
from .mapping import InputMapping


class FormatError(InputError):
    """No schema can read a file; one line says why and what to do, `kind` sorts it."""

    def __init__(self, message: str, kind: Literal["no-tree", "no-schema", "defect"] = "defect") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Inspection:
    """What a schema found in one table.

    Attributes
    ----------
    entries, events
        Rows and events; `events` is None where only reading all of it could tell.
    fields
        What of the event model it provides: "photons.px", "weight", "trigger.lml1".
    edges
        Entries at which clusters begin, with 0 and `entries`; empty where there are none that help.
    generated
        Sum of generator weights behind the file; None if it does not tell.
    releases
        Of the software that wrote the file (of each part, for merged files), where it tells.
    warnings
        What is suspicious but does not stop its use, one line each.
    """

    entries: int
    events: int | None
    fields: frozenset[str]
    edges: tuple[int, ...] = ()
    generated: float | None = None
    releases: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Rows [start, stop) of a table, and what is known of the sample.

    Attributes
    ----------
    table
        Its name.
    start, stop
        The part owns the events whose first row lies here; a schema reads on past `stop` to finish the last one.
    mapping
        Which columns are which object's.
    metadata
        Becomes `events.metadata`.
    log
        Takes an `Access` for each column that is read.
    """

    table: str
    start: int
    stop: int
    mapping: InputMapping
    metadata: Mapping[str, Any]
    log: list[Any] | None = None


@dataclass(frozen=True)
class Access:
    """One column was read."""

    branch: str


class Schema(Protocol):
    """One input format."""

    @property
    def name(self) -> str:
        """What catalogs call it."""

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """List the tables of `file` that are of this format."""

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:
        """Look into a table without reading more than is needed.

        Raises
        ------
        FormatError
            It is of this format, but cannot be used.
        """

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open events of the event model; columns are read when touched, as long as `file` is open."""
