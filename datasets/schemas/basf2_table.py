"""basf2's VariablesToTable in parquet: rows as in the flat ntuple, names as typed, no weights."""

from ..files import PARQUET_TABLE, InputFile, is_parquet
from .basf2_ntuple import Basf2Ntuple
from .rows import EVENT_KEY


class Basf2Table(Basf2Ntuple):
    """The schema "basf2-table"."""

    name = "basf2-table"
    escaped = False

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the table of a parquet file that has basf2's event key."""
        keyed = is_parquet(file.path) and set(EVENT_KEY[:3]) <= file.table(PARQUET_TABLE).names
        return (PARQUET_TABLE,) if keyed else ()
