"""basf2's VariablesToNtuple: one row a candidate, rows of an event in one block; one row an event in event mode."""

from collections.abc import Mapping
from typing import Any

import awkward as ak

from ..files import InputFile, Table, is_parquet
from .assembly import assemble
from .basf2_layout import Made, made_layout
from .candidates import Candidates
from .columns import Columns
from .contract import FormatError, Inspection, Part
from .joining import Joined
from .mapping import InputMapping
from .names import Names
from .persistent import read_provenance
from .rows import CANDIDATE, NUMBER, EventRows, owned_rows


class Basf2Ntuple:
    """The schema "basf2-ntuple"."""

    name = "basf2-ntuple"
    escaped = True

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the trees with basf2's event key, unless they have one entry an event with lists of candidates."""
        return () if is_parquet(file.path) else tuple(name for name in file.tables if _is_flat(file.table(name)))

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:
        """Look at the columns; where rows are candidates only reading tells the events."""
        rows = file.table(table)
        eventwise = CANDIDATE not in rows.names
        columns = Columns(rows, 0, 0)
        made = self._made(file, columns, owned_rows(columns), mapping, {})
        warnings = [f"{file.path}: {problem}" for problem in made.problems]
        if rows.repeated:
            told = f"{len(rows.repeated)} columns are there twice, such as {rows.repeated[0]}; the first is read."
            warnings.append(f"{file.path}: {told}")
        return Inspection(
            entries=rows.entries,
            events=rows.entries if eventwise else None,
            fields=made.layout.provided,
            edges=rows.edges,
            releases=read_provenance(file).releases,
            warnings=tuple(warnings),
        )

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open the events that the part owns, whole, with the columns of their rows read when touched."""
        table = file.table(part.table)
        found = owned_rows(Columns(table, part.start, part.stop, part.log))
        columns = Columns(table, found.start, found.stop, part.log, found.keys)
        made = self._made(file, columns, found, part.mapping, part.metadata)
        return assemble(made.layout, len(found.counts), part.metadata)

    def _made(
        self, file: InputFile, columns: Columns, found: EventRows, mapping: InputMapping, metadata: Mapping[str, Any]
    ) -> Made:
        try:
            candidates = Candidates(columns, Names(columns.table.order, self.escaped), mapping.best, found.counts)
        except FormatError as error:
            raise FormatError(f"{file.path}: {error}") from error

        def joined(tree: str) -> Candidates:
            return Joined(candidates, _table(file, tree), self.escaped)

        return made_layout(file, candidates, mapping, metadata, joined)


def _table(file: InputFile, name: str) -> Table:
    if name not in file.tables:
        raise FormatError(f"mapping: no tree {name!r}; the file has {', '.join(sorted(file.tables))}.")
    return file.table(name)


def _is_flat(table: Table) -> bool:
    keyed = {"__experiment__", "__run__", "__event__"} <= table.names
    return keyed and (CANDIDATE in table.names or NUMBER not in table.names)
