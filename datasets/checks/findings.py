"""What a check found in one file, in a form that the index keeps."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from ..run_ranges import RunKey


@dataclass(frozen=True)
class Problem:
    """Something wrong, or suspicious, with a file or with the catalog itself."""

    file: str
    kind: str
    message: str


@dataclass(frozen=True)
class Findings:
    """One file, opened and looked at.

    Attributes
    ----------
    tree, schema
        How it is read.
    entries, events
        Rows and events.
    generated, cross_section
        What it says of the simulation behind it: sum of weights, and nb.
    branches, fields
        Its columns, and what of the event model they provide.
    releases
        Of the software that wrote it.
    runs
        Events of each (experiment, run).
    undefined
        By column: the share of looked-at values that are not a number, where there are any.
    looked_at
        Rows looked at for that.
    fingerprint
        Of its first rows' values: two files with the same are copies.
    sketch
        The smallest hashes of its events' keys, as hexadecimal text.
    repeated
        Events whose key an earlier event of the file has.
    warnings
        What is suspicious, one line each.
    problem
        (kind, message) of what makes it unusable; nothing else is known then.
    """

    tree: str = ""
    schema: str = ""
    entries: int = 0
    events: int = 0
    generated: float | None = None
    cross_section: float | None = None
    branches: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    runs: tuple[tuple[RunKey, int], ...] = ()
    undefined: tuple[tuple[str, float], ...] = ()
    looked_at: int = 0
    fingerprint: str = ""
    sketch: str = ""
    repeated: int = 0
    warnings: tuple[str, ...] = ()
    problem: tuple[str, str] | None = None

    def to_json(self) -> bytes:
        """Give them as a JSON text."""
        return _ADAPTER.dump_json(self)

    @classmethod
    def from_json(cls, text: bytes) -> "Findings":
        """Read them back; ValueError if `text` is something else."""
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(Findings)
