"""basf2's VariablesToEventBasedTree: one entry an event, candidates in lists, and three known defects."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..files import InputFile, Table
from .assembly import assemble
from .basf2_layout import Made, made_layout
from .candidates import Candidates
from .columns import Columns
from .contract import FormatError, Inspection, Part
from .mapping import Best, InputMapping
from .names import Names
from .rows import CANDIDATE, EVENT_KEY, NUMBER

MAXIMUM = 100
"""Candidates that basf2 keeps of an event unless told otherwise; the rest is dropped."""

COUNTERS = ("expNum", "runNum", "evtNum", "productionIdentifier")
"""Event variables after one of these get each other's values: basf2 skips them when it fills, not when it books."""

POSSIBLE = {"Ecms": (9.0, 11.5), "nTracks": (0.0, 60.0), "isMC": (0.0, 1.0)}
"""What event variables can be, at a B factory."""

SAMPLE = 10_000  # entries that the check of values looks at


class Basf2EventTree:
    """The schema "basf2-event-tree"."""

    name = "basf2-event-tree"

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the trees with basf2's event key and a number, but no index, of candidates."""
        return tuple(name for name in file.tables if _is_event_tree(file.table(name)))

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:
        """Look for the known defects; read the number of candidates, and a few event variables where need be."""
        tree = file.table(table)
        made = _made(file, Columns(tree, 0, 0), mapping, {})
        warnings = (*made.problems, *_broken_booleans(tree), *_truncated(file, tree), *_shifted(file, tree))
        return Inspection(
            entries=tree.entries,
            events=tree.entries,
            fields=made.layout.provided,
            edges=tree.edges,
            warnings=tuple(f"{file.path}: {warning}" for warning in warnings),
        )

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open the events: entries [start, stop)."""
        columns = Columns(file.table(part.table), part.start, part.stop, part.log)
        made = _made(file, columns, part.mapping, part.metadata)
        return assemble(made.layout, part.stop - part.start, part.metadata)


def _made(file: InputFile, columns: Columns, mapping: InputMapping, metadata: Mapping[str, Any]) -> Made:
    try:
        candidates = Candidates(columns, _names(columns.table), mapping.best, counter=NUMBER)
    except FormatError as error:
        raise FormatError(f"{file.path}: {error}") from error
    return made_layout(file, candidates, mapping, metadata, lambda name: _BesideEntries(candidates, file, name))


def _names(table: Table) -> Names:
    """Take the columns but those that basf2 wrote wrong."""
    broken = set(broken_booleans(table))
    return Names(column for column in table.order if column not in broken)


class _BesideEntries(Candidates):
    """Candidates of another event-based tree of the file: it has the same entries, events without candidates included.

    Parameters
    ----------
    main
        Candidates of the tree that makes the events.
    file
        Where both trees are.
    tree
        The other's name.
    """

    def __init__(self, main: Candidates, file: InputFile, tree: str) -> None:
        if tree not in file.tables or not _is_event_tree(file.table(tree)):
            raise FormatError(f"mapping: no event-based tree {tree!r}; the file has {', '.join(sorted(file.tables))}.")
        table, own = file.table(tree), main.columns
        if table.entries != own.table.entries:
            raise FormatError(f"trees cannot be joined: {tree} has {table.entries} entries, not {own.table.entries}.")
        super().__init__(Columns(table, own.start, own.stop, own.log), _names(table), Best(), counter=NUMBER)
        self._main = own
        self._tree = tree

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Candidates of each event; FormatError where the entries are of other events than the main tree's."""
        for name in (name for name in EVENT_KEY if {name} <= self.columns.table.names & self._main.table.names):
            if np.any(self.columns.flat(name) != self._main.flat(name)):
                raise FormatError(f"trees cannot be joined: {self._tree} has other events than the main tree ({name}).")
        return self.columns.flat(NUMBER).astype(np.int64)


def broken_booleans(table: Table) -> tuple[str, ...]:
    """Name the boolean columns of candidates.

    basf2 fills an array of int and books it as an array of one-byte booleans: candidate i gets byte i of it, so that
    all but every fourth are false.
    """
    return tuple(name for name in table.order if table.type(name) in {"bool[]", "std::vector<bool>"})


def _broken_booleans(table: Table) -> list[str]:
    broken = broken_booleans(table)
    if not broken:
        return []
    told = "columns of candidates that basf2 wrote as booleans are wrong from the second candidate on, and left out"
    return [f"{', '.join(broken)}: {told}; write them as int(...) in basf2."]


def _truncated(file: InputFile, table: Table) -> list[str]:
    number = Columns(table, 0, table.entries).flat(NUMBER)
    if np.any(number > MAXIMUM) or np.any(number < 0):
        worst = int(number.max()) if np.any(number > MAXIMUM) else int(number.min())
        raise FormatError(
            f"{file.path}: an event has {worst} candidates; basf2 keeps {MAXIMUM} and releases before 2023 wrote "
            "memory beyond them. Write the file with a newer release, or with a larger maxCandidates there."
        )
    full = int(np.sum(number == MAXIMUM))
    return [f"{full} events have {MAXIMUM} candidates, where basf2 stops: more may have been dropped."] if full else []


def _shifted(file: InputFile, table: Table) -> list[str]:
    """Look for event variables that hold another one's values."""
    events = [name for name in table.order if not name.startswith("__") and not table.type(name).endswith("[]")]
    counters = [name for name in events if name in COUNTERS]
    after = events[events.index(counters[0]) + 1 :] if counters else []
    behind = [name for name in after if name not in COUNTERS]
    stop = min(table.entries, SAMPLE)
    for name in (name for name in events if name in POSSIBLE):
        low, high = POSSIBLE[name]
        values = Columns(table, 0, stop).flat(name).astype(np.float64)
        wrong = values[(values < low) | (values > high)]
        if len(wrong):
            cause = f", since {counters[0]} stands before it" if name in behind else ""
            raise FormatError(
                f"{file.path}: {name} is {wrong[0]:g} somewhere, which cannot be: basf2 wrote another variable's "
                f"values there{cause}. List {', '.join(COUNTERS)} after all other event variables."
            )
    if behind:
        told = f"stand after {counters[0]}, where basf2 mixes up event variables; check their values"
        return [f"{', '.join(behind)} {told}."]
    return []


def _is_event_tree(table: Table) -> bool:
    return set(EVENT_KEY[:3]) <= table.names and NUMBER in table.names and CANDIDATE not in table.names
