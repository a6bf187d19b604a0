"""A chunk: an event-aligned range of one file, and what the files of a plan were found to be."""

from dataclasses import dataclass

from .schemas.mapping import InputMapping


@dataclass(frozen=True, order=True)
class Chunk:
    """Entries [start, stop) of one file: it owns the events whose first row lies in that range."""

    sample: str
    file: str
    start: int
    stop: int

    @property
    def entries(self) -> int:
        """Number of entries (rows) in the range."""
        return self.stop - self.start


@dataclass(frozen=True)
class FileSurvey:
    """What a worker found in one file before the run.

    Attributes
    ----------
    sample, file
        Whose file it is.
    tree, schema, mapping
        How it is read.
    entries, events
        Rows and events in it; `events` is None where only reading all of it could tell (rows are candidates).
    generated
        Sum of generator weights behind the file (events that were generated, written or not); None if unknown.
    edges
        Entries at which clusters begin, with 0 and `entries`; empty where the file has no common clusters.
    branches
        Names of its branches, as the file spells them.
    fields
        What of the event model it provides: "photons.px", "weight", "trigger.lml1".
    identity
        The file's own UUID: a file written anew has another.
    releases
        Of the software that wrote it (of each part, for merged files), where it tells.
    warnings
        What is suspicious about it but does not stop its use, one line each.
    replicas
        All places where it is, the one that answered first; empty for a file in one place.
    problem
        Why it cannot be used; then everything else is None or empty.
    """

    sample: str
    file: str
    tree: str | None = None
    schema: str | None = None
    mapping: InputMapping | None = None
    entries: int | None = None
    events: int | None = None
    generated: float | None = None
    edges: tuple[int, ...] = ()
    branches: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    identity: str | None = None
    releases: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    problem: str | None = None
