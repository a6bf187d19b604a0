"""Opening input files, ROOT or parquet, local or remote, and reading ranges of their columns."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import awkward as ak
import fsspec
import numpy as np
import pyarrow.parquet as pq
import uproot

from .locations import is_remote
from .remote import UnreachableError, first_that_opens, options
from .remote_source import RemoteSource

LOCAL = {"handler": uproot.MultithreadedFileSource, "use_threads": False}
"""Local files are read where they are needed: fsspec's event loop, uproot's default, costs a third more time."""

PARQUET_TABLE = "table"
"""The name that the only table of a parquet file goes by."""


class Table(ABC):
    """A table of columns that can be read one by one: a TTree, an RNTuple, a parquet file.

    Attributes
    ----------
    entries
        Its rows.
    names, order
        Its columns, and the same in the file's order; those of split objects go by their full path
        ("ECLClusters/ECLClusters.m_phi").
    leaves
        The columns that have no columns of their own: all data are in them.
    repeated
        Names that several columns share; the first of them is read.
    """

    entries: int
    names: frozenset[str]
    order: tuple[str, ...]
    leaves: tuple[str, ...]
    repeated: tuple[str, ...] = ()

    @property
    @abstractmethod
    def edges(self) -> tuple[int, ...]:
        """Entries at which clusters begin, with 0 and `entries`; empty where there are no common clusters."""

    @abstractmethod
    def type(self, column: str) -> str:
        """Give the type of a column as the file tells it: "double", "int32_t[]", "std::string"."""

    @abstractmethod
    def read(self, column: str, start: int, stop: int) -> ak.Array:
        """Read rows [start, stop) of one column."""

    @abstractmethod
    def size(self, column: str) -> int:
        """Give the column's bytes in the file, compressed."""


class TreeTable(Table):
    """A TTree."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.entries = int(tree.num_entries)
        self._branches: dict[str, Any] = {}
        repeated: dict[str, None] = {}
        for name, branch in tree.iteritems(recursive=True):
            if name in self._branches:
                repeated[name] = None
            else:
                self._branches[name] = branch
        self.repeated = tuple(repeated)
        self.order = tuple(self._branches)
        self.leaves = tuple(name for name, branch in self._branches.items() if not branch.branches)
        self.names = frozenset(self.order)

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Entries at which all branches begin a basket."""
        return _whole(self.tree.common_entry_offsets(), self.entries)

    def type(self, column: str) -> str:
        """Give the branch's C++ type; uproot writes [] for a variable length."""
        return str(self._branches[column].typename)

    def read(self, column: str, start: int, stop: int) -> ak.Array:
        """Read rows [start, stop) of one branch."""
        branch = self._branches[column]
        kind = branch.interpretation
        if isinstance(kind, uproot.AsDtype) and kind.inner_shape == () and kind.to_dtype.names is None:
            # One number an entry: numpy's way takes half the time, which many small files are made of.
            return ak.from_numpy(branch.array(entry_start=start, entry_stop=stop, library="np"))
        return branch.array(entry_start=start, entry_stop=stop)

    def size(self, column: str) -> int:
        """Give the branch's bytes in the file, compressed."""
        return int(self._branches[column].compressed_bytes)


class NtupleTable(Table):
    """An RNTuple."""

    def __init__(self, ntuple: Any) -> None:
        self.ntuple = ntuple
        self.entries = int(ntuple.num_entries)
        self.order = tuple(ntuple.keys())
        parents = {name.rpartition(".")[0] for name in self.order}
        self.leaves = tuple(name for name in self.order if name not in parents)
        self.names = frozenset(self.order)

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Entries at which clusters begin."""
        starts = [summary.num_first_entry for summary in self.ntuple.cluster_summaries]
        return _whole([*starts, self.entries], self.entries)

    def type(self, column: str) -> str:
        """Give the field's C++ type."""
        return str(self.ntuple[column].typename)

    def read(self, column: str, start: int, stop: int) -> ak.Array:
        """Read rows [start, stop) of one field."""
        return self.ntuple[column].array(entry_start=start, entry_stop=stop)

    def size(self, column: str) -> int:
        """Give the field's own pages' bytes in the file, compressed."""
        wanted = self.ntuple[column].field_id
        columns = [record.idx for record in self.ntuple.column_records if record.field_id == wanted]
        pages = (page for cluster in self.ntuple.page_link_list for i in columns for page in cluster[i].pages)
        return sum(int(page.locator.num_bytes) for page in pages)


class ParquetTable(Table):
    """A parquet file; row groups may be tiny (VariablesToTable writes one every 100 events)."""

    def __init__(self, file: pq.ParquetFile) -> None:
        self.file = file
        self.entries = int(file.metadata.num_rows)
        self.order = self.leaves = tuple(file.schema_arrow.names)
        self.names = frozenset(self.order)
        groups = range(file.metadata.num_row_groups)
        self._starts = np.cumsum([0, *(file.metadata.row_group(group).num_rows for group in groups)])

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Entries at which row groups begin."""
        return _whole(self._starts, self.entries)

    def type(self, column: str) -> str:
        """Give the column's Arrow type."""
        return str(self.file.schema_arrow.field(column).type)

    def read(self, column: str, start: int, stop: int) -> ak.Array:
        """Read rows [start, stop) of one column, from the row groups that hold them."""
        first = max(int(np.searchsorted(self._starts, start, side="right")) - 1, 0)
        last = int(np.searchsorted(self._starts, stop, side="left"))
        rows = self.file.read_row_groups(list(range(first, last)), columns=[column], use_threads=False)
        wanted = rows[column].slice(start - int(self._starts[first]), stop - start)
        return ak.from_arrow(wanted.combine_chunks(), generate_bitmasks=False)

    def size(self, column: str) -> int:
        """Give the column's bytes in the file, compressed."""
        metadata = self.file.metadata
        index = self.file.schema_arrow.get_field_index(column)
        groups = range(metadata.num_row_groups)
        return sum(int(metadata.row_group(group).column(index).total_compressed_size) for group in groups)


class InputFile(ABC):
    """An open input file.

    Attributes
    ----------
    path
        As the catalog has it.
    identity
        What a file written anew has another of.
    tables
        Names of its tables; basf2's "persistent", which holds provenance, is not one.
    """

    path: str
    identity: str
    tables: tuple[str, ...]

    @abstractmethod
    def table(self, name: str) -> Table:
        """Open one of its tables; KeyError if it has none of that name."""

    def forget_data(self) -> None:  # noqa: B027  # most keep none
        """Let go of columns that were read; what describes the tables stays."""


class RootFile(InputFile):
    """A ROOT file with TTrees or RNTuples."""

    def __init__(self, path: str, directory: Any) -> None:
        self.path = path
        self.directory = directory
        self.identity = str(directory.file.uuid)
        found = directory.keys(recursive=True, cycle=False, filter_classname="/TTree|.*RNTuple/")
        self.tables = tuple(dict.fromkeys(name for name in found if name != PERSISTENT))
        self._opened: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """Open a TTree or an RNTuple."""
        if name not in self._opened:
            found = self.directory[name]
            rntuple = isinstance(found, uproot.behaviors.RNTuple.HasFields)
            self._opened[name] = NtupleTable(found) if rntuple else TreeTable(found)
        return self._opened[name]

    def forget_data(self) -> None:
        """Empty uproot's cache of columns."""
        self.directory.file.array_cache.clear()


class ParquetInput(InputFile):
    """A parquet file: one table, named `PARQUET_TABLE`."""

    tables = (PARQUET_TABLE,)

    def __init__(self, path: str, file: pq.ParquetFile) -> None:
        self.path = path
        self.identity = _footer_identity(file)
        self._table = ParquetTable(file)

    def table(self, name: str) -> Table:
        """Open the table."""
        return {PARQUET_TABLE: self._table}[name]


PERSISTENT = "persistent"
"""basf2's tree of provenance: one entry for each file that went into this one."""


def is_parquet(path: str) -> bool:
    """Tell by its name whether a file is parquet."""
    return Path(path.partition("?")[0]).suffix in {".parquet", ".pq"}


@contextmanager
def opened(path: str, replicas: Sequence[str] = ()) -> Iterator[InputFile]:
    """Open an input file for reading, and close it at the end.

    Parameters
    ----------
    path
        A path or URL; parquet is told from ROOT by its name.
    replicas
        All places where the file is, in the order to try them; only `path` where empty.

    Raises
    ------
    UnreachableError
        It is remote or has replicas, and no place gives it.
    """
    places = tuple(replicas) or (path,)
    with ExitStack() as stack:
        if places == (path,) and not is_remote(path):
            yield _open(path, stack)
            return
        try:
            found = first_that_opens(places, lambda place: _open_whole(place, stack))
        except UnreachableError as error:
            raise UnreachableError(f"{path}: {error}") from error
        yield found


def missing_bytes(source: InputFile) -> str | None:
    """Say what a local ROOT file lacks of the size that its header tells: a cut file may open, and fail when read."""
    if not isinstance(source, RootFile) or is_remote(source.path):
        return None
    size, whole = Path(source.path).stat().st_size, source.directory.file.fEND
    return f"it has {size} of {whole} bytes" if size < whole else None


def _open_whole(place: str, stack: ExitStack) -> InputFile:
    source = _open(place, stack)
    missing = missing_bytes(source)
    if missing is not None:
        raise OSError(f"is truncated: {missing}")
    return source


def _open(place: str, stack: ExitStack) -> InputFile:
    if not is_parquet(place):
        how = {"handler": RemoteSource, **options(place)} if is_remote(place) else LOCAL
        return RootFile(place, stack.enter_context(uproot.open(place, **how)))
    source = stack.enter_context(fsspec.open(place, **options(place))) if is_remote(place) else place
    return ParquetInput(place, stack.enter_context(pq.ParquetFile(source)))


def _footer_identity(file: pq.ParquetFile) -> str:
    """Tell parquet files apart: they carry no UUID, but the footer knows every size."""
    groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
    told = [str(file.schema_arrow), *(f"{group.num_rows},{group.total_byte_size}" for group in groups)]
    return sha256(";".join(told).encode()).hexdigest()[:32]


def _whole(edges: Iterable[Any], entries: int) -> tuple[int, ...]:
    found = sorted({int(edge) for edge in edges})
    return tuple(found) if found and found[0] == 0 and found[-1] == entries else ()
