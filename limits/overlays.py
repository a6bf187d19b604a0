"""Limits of others to draw beside ours: what darkbelle ships, and a user's own CSV or YAML."""

import csv
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from ..datasets.documents import Document, load_yaml, validate
from ..datasets.errors import ConfigurationError

COLUMNS = ("mass", "limit", "label", "citation")


class Published(Document):
    """A published limit.

    Attributes
    ----------
    label, citation
        For legends and texts.
    coupling
        Name of the coupling; "" where the limit is on a cross section.
    quantity
        "coupling", or "cross_section" (nb).
    level
        Confidence (credibility) level; None where it is not told.
    luminosity
        fb^-1; None where it is not told.
    projection
        Whether it is expected rather than measured.
    points
        (mass in GeV, limit), in the order of mass.
    """

    label: str
    citation: str
    coupling: str = ""
    quantity: Literal["coupling", "cross_section"] = "coupling"
    level: float | None = None
    luminosity: float | None = None
    projection: bool = False
    points: list[tuple[float, float]] = Field(min_length=1)

    def at(self, mass: float) -> float:
        """Interpolate the limit at a mass (logarithm of the limit linear in mass); NaN beyond its points."""
        masses, limits = np.array(self.points).T
        return float(np.exp(np.interp(mass, masses, np.log(limits), left=np.nan, right=np.nan)))


def read_overlays(path: Path) -> tuple[Published, ...]:
    """Read a user's limits.

    Parameters
    ----------
    path
        CSV with the columns mass (GeV), limit, label, citation, one row a point; or YAML: a list of `label`,
        `citation`, `points` and, where they are known, `coupling`, `level`, `luminosity`.

    Raises
    ------
    ConfigurationError
        Names the file and the row or key that is wrong.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        content = load_yaml(path)
        if not isinstance(content, list):
            raise ConfigurationError(f"{path}: give a list of limits, each with label, citation and points.")
        return tuple(validate(each, Published, f"{path}: entry {n}") for n, each in enumerate(content, start=1))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read as CSV ({error}).") from error
    if not rows:
        raise ConfigurationError(f"{path}: holds no rows; its columns are {', '.join(COLUMNS)}.")
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number, row in enumerate(rows, start=2):
        missing = [name for name in COLUMNS if not row.get(name)]
        if missing:
            raise ConfigurationError(f"{path}, line {number}: lacks {', '.join(missing)}.")
        try:
            point = (float(row["mass"]), float(row["limit"]))
        except ValueError as error:
            raise ConfigurationError(f"{path}, line {number}: {error}.") from error
        if not (np.isfinite(point).all() and point[1] > 0):
            raise ConfigurationError(f"{path}, line {number}: a limit is a positive number.")
        found.setdefault((row["label"], row["citation"]), []).append(point)
    return tuple(
        Published(label=label, citation=citation, points=sorted(points)) for (label, citation), points in found.items()
    )
