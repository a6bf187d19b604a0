"""The schemas that darkbelle has, and telling which one a file is of."""

from collections.abc import Mapping

from ..files import InputFile
from .babar_ntuple import BabarNtuple
from .basf2_event_tree import Basf2EventTree
from .basf2_mdst import Basf2Mdst
from .basf2_ntuple import Basf2Ntuple
from .basf2_table import Basf2Table
from .contract import FormatError, Schema
from .native import Native

SCHEMAS: Mapping[str, Schema] = {
    each.name: each for each in (Native(), Basf2Ntuple(), Basf2EventTree(), Basf2Table(), Basf2Mdst(), BabarNtuple())
}


def choose(file: InputFile, schema: str | None, table: str | None) -> tuple[Schema, str]:
    """Choose how to read a file.

    Parameters
    ----------
    file
        The open file.
    schema, table
        What the catalog says; None where the file shall tell.

    Returns
    -------
    tuple
        The schema, and the name of the table.

    Raises
    ------
    FormatError
        No schema fits, or several tables do.
    """
    if not file.tables:
        raise FormatError(f"{file.path}: has no tree (was its writer stopped?).", "no-tree")
    if table is not None and table not in file.tables:
        raise FormatError(f"{file.path}: no tree {table!r}; it has {', '.join(sorted(file.tables))}.", "no-tree")
    for each in SCHEMAS.values() if schema is None else (SCHEMAS[schema],):
        found = each.tables(file) if table is None else tuple(set(each.tables(file)) & {table})
        if len(found) > 1:
            several = f"{', '.join(sorted(found))} are all of schema {each.name}"
            raise FormatError(f"{file.path}: {several}; give the sample `tree:` in the catalog.", "no-tree")
        if found:
            return each, found[0]
    if schema is not None and table is not None:
        return SCHEMAS[schema], table
    trees = ", ".join(sorted(file.tables))
    if schema is not None:
        raise FormatError(f"{file.path}: none of its trees ({trees}) is of schema {schema}.", "no-schema")
    text = f"its format is not recognised (trees {trees}); give the sample `schema:` in the catalog."
    raise FormatError(f"{file.path}: {text}", "no-schema")
