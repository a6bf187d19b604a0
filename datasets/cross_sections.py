"""The registry of reference cross sections: published rows, and how each is carried to another energy."""

from collections.abc import Callable
from functools import cache
from math import log
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .documents import Document, read_document
from .errors import ConfigurationError
from .experiment import ELECTRON_MASS

TABLE = Path(__file__).parent / "cross_sections.yaml"
SAME_ENERGY = 0.005  # GeV; about a quarter of the Y(4S)'s width, and more than roundings of "10.58" differ by

Positive = Annotated[float, Field(gt=0)]


class CrossSectionRow(Document):
    """One row of the table.

    Attributes
    ----------
    process, selection
        What is produced and which cuts define the figure; together the row's key.
    criteria
        The cuts in words, "" for the total cross section.
    value, uncertainty
        nb, at the table's energy; the uncertainty is None where none is published.
    generator
        What it was computed with, None where the table does not say.
    scaling, minimum_pair_mass
        How the row depends on energy; the pair mass (GeV) is for "two_photon" only.
    remark
        What a reader has to know about the row.
    """

    process: str
    selection: str
    criteria: str = ""
    value: Positive
    uncertainty: Positive | None = None
    generator: str | None = None
    scaling: Literal["1/s", "s", "two_photon", "none"]
    minimum_pair_mass: Positive | None = None
    remark: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "CrossSectionRow":
        if (self.scaling == "two_photon") != (self.minimum_pair_mass is not None):
            raise ValueError("minimum_pair_mass goes with scaling two_photon, and only with it")
        return self


class CrossSectionTable(Document):
    """Rows at one energy (`sqrt_s`, GeV) with their citation."""

    citation: str
    sqrt_s: Positive
    rows: Annotated[list[CrossSectionRow], Field(min_length=1)]

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "CrossSectionTable":
        keys = [(row.process, row.selection) for row in self.rows]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise ValueError(f"rows given twice: {repeated}")
        return self

    def row(self, process: str, selection: str | None = None) -> CrossSectionRow:
        """Give a row; ConfigurationError names what there is. Without a selection it is the process's first row."""
        known = {row.selection: row for row in self.rows if row.process == process}
        if not known:
            names = dict.fromkeys(row.process for row in self.rows)
            raise ConfigurationError(f"no reference cross section for {process!r}; there are {', '.join(names)}.")
        if selection is None:
            return next(iter(known.values()))
        if selection not in known:
            raise ConfigurationError(
                f"no reference cross section for {process!r}, selection {selection!r}; there are {', '.join(known)}."
            )
        return known[selection]


@cache
def reference_table() -> CrossSectionTable:
    """Read the table that darkbelle ships."""
    return read_document(TABLE, CrossSectionTable)


def cross_section(process: str, sqrt_s: float, selection: str | None = None) -> float:
    """Give the reference cross section of a process at a centre-of-mass energy.

    Parameters
    ----------
    process
        Key of the registry, for example "muon_pair".
    sqrt_s
        Centre-of-mass energy in GeV.
    selection
        The cuts that define it; the process's first row where absent.

    Returns
    -------
    float
        nb.

    Raises
    ------
    ConfigurationError
        There is no such row, the energy is not positive, or a resonance is asked for off its peak.
    """
    table = reference_table()
    row = table.row(process, selection)
    if not sqrt_s > (row.minimum_pair_mass or 0.0):
        raise ConfigurationError(f"cross section of {process!r}: no such energy, sqrt(s) = {sqrt_s} GeV.")
    if row.scaling == "none":
        if abs(sqrt_s - table.sqrt_s) > SAME_ENERGY:
            raise ConfigurationError(
                f"cross section of {process!r}: a resonance, known at {table.sqrt_s} GeV only, not {sqrt_s:g} GeV."
            )
        return row.value
    shape = _SCALINGS[row.scaling]
    minimum = row.minimum_pair_mass or 0.0
    return row.value * shape(sqrt_s**2, minimum) / shape(table.sqrt_s**2, minimum)


def _two_photon(s: float, pair_mass: float) -> float:
    """Low's flux of two equivalent photons that make a pair of a given mass, up to a constant.

    ln^2(s / 4 m_e^2) f(W^2 / s) with f(z) = (2 + z)^2 ln(1/z) - 2 (1 - z)(3 + z): F. Low, Phys. Rev. 120, 582. The
    pairs lie close to their smallest mass, where the flux is taken.
    """
    z = pair_mass**2 / s
    flux = (2 + z) ** 2 * log(1 / z) - 2 * (1 - z) * (3 + z)
    return flux * log(s / (4 * ELECTRON_MASS**2)) ** 2


_SCALINGS: dict[str, Callable[[float, float], float]] = {
    "1/s": lambda s, _: 1 / s,
    "s": lambda s, _: s,
    "two_photon": _two_photon,
}
