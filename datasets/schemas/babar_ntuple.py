"""BaBar's BtaTupleMaker ntuples ("ntp1"): one entry an event, objects in blocks with (p3, cos theta, phi).

Block "gamma" are the calorimeter's neutral clusters, "TRK" the charged tracks, "mc" the generated particles; names are
<block><quantity>, and their counters n<block> (mcLen for "mc"). Files that passed through HBOOK have them in lower
case. Energies in GeV, lengths in cm, laboratory. Source: public MakeClass headers and BtuTupleMaker configurations.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..files import InputFile, Table
from .assembly import Layout, Make, Records, Values, assemble
from .columns import Columns
from .contract import FormatError, Inspection, Part
from .mapping import InputMapping

KEY = ("platform", "partition", "upperID", "lowerID")
BEAMS = {"beam_energy": "eeE", "beam_px": "eePx", "beam_py": "eePy", "beam_pz": "eePz"}
LEPTONS = (11, 13, 15)  # whose Lund code is positive for negative charge
PHOTONS = {
    "energy": ("energy",),
    "lateral_energy": ("Lat",),
    "crystals": ("nCrys",),
    "truth": ("MCIdx",),
}
TRACKS = {
    "d0": ("DocaXY_xy", "Doca"),
    "z0": ("DocaXY_z", "Doca_z"),
    "cdc_hits": ("nDch",),
    "cluster_energy": ("ECal",),
    "truth": ("MCIdx",),
}
TRUTH = {
    "energy": ("energy",),
    "pdg": ("Lund",),
    "vertex_x": ("Vtxx",),
    "vertex_y": ("Vtxy",),
    "vertex_z": ("Vtxz",),
}
MOMENTUM = ("p3", "costh", "phi")


class BabarNtuple:
    """The schema "babar-ntuple"."""

    name = "babar-ntuple"

    def tables(self, file: InputFile) -> tuple[str, ...]:
        """Give the trees with BaBar's event key."""
        return tuple(name for name in file.tables if all(Finder(file.table(name))(each) for each in KEY))

    def inspect(self, file: InputFile, table: str, mapping: InputMapping) -> Inspection:
        """Look at the blocks."""
        tree = file.table(table)
        return Inspection(
            entries=tree.entries,
            events=tree.entries,
            fields=_layout(file, Columns(tree, 0, 0), mapping).provided,
            edges=tree.edges,
        )

    def events(self, file: InputFile, part: Part) -> ak.Array:
        """Open the events: entries [start, stop)."""
        columns = Columns(file.table(part.table), part.start, part.stop, part.log)
        return assemble(_layout(file, columns, part.mapping), part.stop - part.start, part.metadata)


class Finder:
    """Columns by name, whatever their case."""

    def __init__(self, table: Table) -> None:
        self._names = {name.lower(): name for name in reversed(table.order)}

    def __call__(self, name: str) -> str | None:
        """Give the column called `name`; None if there is none."""
        return self._names.get(name.lower())


class _Block:
    """The columns of one block.

    Parameters
    ----------
    columns
        Of the ntuple.
    find
        Finds a column by its name.
    name
        The block's.
    counter
        The column with the number of its objects.
    """

    def __init__(self, columns: Columns, find: Finder, name: str, counter: str) -> None:
        self._columns = columns
        self._find = find
        self._name = name
        self._counter = find(counter)

    @property
    def there(self) -> bool:
        """Whether the block is filled with momenta."""
        return self._counter is not None and all(self.column(each) for each in MOMENTUM)

    def column(self, quantity: str) -> str | None:
        """Find one of its columns."""
        return self._find(f"{self._name}{quantity}")

    def flat(self, quantity: str) -> NDArray[Any]:
        """Give one of its columns, all events in a row."""
        return self._columns.flat(self.column(quantity) or quantity)

    def counts(self) -> NDArray[Any]:
        """Give the number of objects of each event."""
        return self._columns.flat(self._counter or "")

    def fields(self, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, Values]:
        """Give momenta, and those of the fields that it has a quantity for."""
        chosen = {field: next(filter(self.column, quantities), None) for field, quantities in wanted.items()}
        found = {field: Values(partial(self.flat, each)) for field, each in chosen.items() if each is not None}
        return {f"p{axis}": Values(partial(self._momentum, i)) for i, axis in enumerate("xyz")} | found

    def _momentum(self, axis: int) -> NDArray[np.float64]:
        """Give px, py or pz in GeV from p3, cos theta and phi."""
        momentum, cosine = (self.flat(each).astype(np.float64) for each in ("p3", "costh"))
        if axis == 2:
            return momentum * cosine
        across = momentum * np.sqrt(np.clip(1.0 - cosine**2, 0.0, None))
        return across * (np.cos, np.sin)[axis](self.flat("phi").astype(np.float64))


def _layout(file: InputFile, columns: Columns, mapping: InputMapping) -> Layout:
    find = Finder(columns.table)
    collections: dict[str, Records] = {}
    photons = _Block(columns, find, "gamma", "ngamma")
    if photons.there:
        collections["photons"] = Records(photons.fields(PHOTONS), photons.counts)
    tracks = _Block(columns, find, "TRK", "nTRK")
    if tracks.there:
        fields = tracks.fields(TRACKS) | _selectors(file, columns, find, mapping)
        if tracks.column("Lund"):
            fields["charge"] = Values(lambda: _charge(tracks.flat("Lund")))
        collections["tracks"] = Records(fields, tracks.counts)
    truth = _Block(columns, find, "mc", "mcLen")
    if truth.there:
        collections["truth"] = Records(_truth(columns, find, truth), truth.counts)
    trigger = _trigger(file, columns, find, mapping)
    if trigger:
        collections["trigger"] = Records(trigger)
    return Layout(_scalars(columns, find), collections)


def _scalars(columns: Columns, find: Finder) -> dict[str, Values]:
    """Give key and beams; the whole key is (experiment, production, event), the run comes besides."""

    def take(name: str) -> Make:
        return lambda: columns.flat(find(name) or name)

    def event() -> NDArray[np.int64]:
        upper, lower = (take(name)().astype(np.int64) for name in ("upperID", "lowerID"))
        return (upper << 32) | (lower & 0xFFFFFFFF)  # both are signed halves of a time stamp

    found = {
        "experiment": Values(take("platform")),
        "production": Values(take("partition")),
        "event": Values(event),
        "weight": Values(lambda: np.ones(columns.stop - columns.start)),
    }
    if find("runNumber"):
        found["run"] = Values(take("runNumber"))
    if all(find(name) for name in BEAMS.values()):
        found |= {field: Values(take(name)) for field, name in BEAMS.items()}
    return found


def _charge(lund: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(np.sign(lund) * np.where(np.isin(abs(lund), LEPTONS), -1, 1))


def _truth(columns: Columns, find: Finder, block: _Block) -> dict[str, Values]:
    fields = block.fields(TRUTH)
    if (mother := find("mothIdx")) is not None:
        fields["mother"] = Values(lambda: columns.flat(mother))
    if (daughters := find("dauLen")) is not None:
        fields["status"] = Values(lambda: np.where(columns.flat(daughters) > 0, 2, 1))
    return fields


def _selectors(file: InputFile, columns: Columns, find: Finder, mapping: InputMapping) -> dict[str, Values]:
    """Give identification from the bits of the selectors' maps: the share of the named selectors that accept."""

    def share(name: str, bits: tuple[int, ...]) -> NDArray[np.float64]:
        passed = columns.flat(name).astype(np.int64) & 0xFFFFFFFF
        return np.asarray(np.mean([(passed >> bit) & 1 for bit in bits], axis=0))

    fields: dict[str, Values] = {}
    for field, selectors in mapping.selectors.items():
        column = find(selectors.map)
        if column is None:
            raise FormatError(f"{file.path}: mapping: selectors: there is no column {selectors.map!r}.")
        fields[field] = Values(partial(share, column, selectors.bits))
    return fields


def _trigger(file: InputFile, columns: Columns, find: Finder, mapping: InputMapping) -> dict[str, Values]:
    lines: dict[str, Values] = {}
    for line, name in mapping.trigger.columns.items():
        column = find(name)
        if column is None:
            raise FormatError(f"{file.path}: mapping: trigger line {line}: there is no column {name!r}.")
        lines[line] = Values(partial(columns.flat, column))
    return lines
