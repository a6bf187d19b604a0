"""basf2's tree "persistent": what a file says of itself."""

from dataclasses import dataclass

import numpy as np

from ..files import PERSISTENT, InputFile, RootFile, TreeTable

PREFIX = "FileMetaData/m_"


@dataclass(frozen=True)
class Provenance:
    """What basf2 wrote about a file.

    Attributes
    ----------
    releases
        Of basf2, one for each file that was merged into this one.
    generated
        Generated events behind it, written or not; None for data, or where the file does not tell.
    simulated
        Whether it is simulation; None where it does not tell.
    """

    releases: tuple[str, ...] = ()
    generated: float | None = None
    simulated: bool | None = None


def read_provenance(file: InputFile) -> Provenance:
    """Read it; merged files (hadd) have an entry for each of their parts, whose events add up."""
    if not isinstance(file, RootFile) or PERSISTENT not in file.directory.keys(cycle=False):  # no dict
        return Provenance()
    table = TreeTable(file.directory[PERSISTENT])
    if not {f"{PREFIX}release", f"{PREFIX}isMC", f"{PREFIX}mcEvents"} <= table.names:
        return Provenance()
    releases, simulated, generated = (
        table.read(f"{PREFIX}{name}", 0, table.entries).to_list() for name in ("release", "isMC", "mcEvents")
    )
    total = float(np.sum(generated)) if all(simulated) and all(generated) and generated else None
    return Provenance(tuple(dict.fromkeys(releases)), total, all(simulated) if simulated else None)
