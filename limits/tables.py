"""Scans as tables, with the published limits beside ours."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..datasets.documents import Document, load_yaml, validate

if TYPE_CHECKING:
    from .scan import Scan

PUBLISHED = Path(__file__).parent / "published.yaml"


class Published(Document):
    """A published limit: where it is from, and its points (mass in GeV, coupling)."""

    label: str
    citation: str
    coupling: str
    level: float
    luminosity: float
    points: list[tuple[float, float]]

    def at(self, mass: float) -> float:
        """Interpolate the limit at a mass (logarithm of the coupling linear in mass); NaN beyond its points."""
        masses, limits = np.array(self.points).T
        return float(np.exp(np.interp(mass, masses, np.log(limits), left=np.nan, right=np.nan)))


@cache
def published(channel: str) -> Published | None:
    """Give a channel's published limit, or None."""
    entries = load_yaml(PUBLISHED)
    return validate(entries[channel], Published, f"{PUBLISHED}: {channel}") if channel in entries else None


def frame(scan: "Scan") -> pd.DataFrame:
    """Give one row a hypothesis."""
    reference = published(scan.channel)
    rows = []
    for each in scan.hypotheses:
        expected = each.expected or (np.nan,) * 5
        row = {"name": each.name, "mass": each.mass, "mu_hat": each.mu_hat, "p0": each.p0, "observed": each.observed}
        row |= {
            f"expected_{label}": value for label, value in zip(("m2", "m1", "0", "p1", "p2"), expected, strict=True)
        }
        median = each.expected[2] if each.expected else None
        row |= {
            "cross_section_observed": each.cross_section(each.observed),
            "cross_section_expected": each.cross_section(median),
            "coupling_observed": each.coupling_at(each.observed),
            "coupling_expected": each.coupling_at(median),
            "published": np.nan if reference is None or each.mass is None else reference.at(each.mass),
            "status": each.status,
        }
        rows.append(row)
    table = pd.DataFrame(rows)
    numbers = [name for name in table.columns if name not in ("name", "status")]
    table[numbers] = table[numbers].astype(float)
    return table


def compare(scan: "Scan") -> pd.DataFrame:
    """Set our limits on the coupling beside the published ones (interpolated to our masses).

    Returns
    -------
    pandas.DataFrame
        mass (GeV), observed, expected, published, ratio (ours, observed or else expected, over published). The
        published limit is for its own luminosity and data: the ratio is no test of either alone.
    """
    table = frame(scan)
    result = table[["mass", "coupling_observed", "coupling_expected", "published", "status"]].rename(
        columns={"coupling_observed": "observed", "coupling_expected": "expected"}
    )
    ours = result["observed"].fillna(result["expected"])
    result.insert(4, "ratio", ours / result["published"])
    return result


def summary(scan: "Scan") -> str:
    """Give a scan as text: a heading and one line a hypothesis."""
    table = frame(scan)
    coupling = next((each.coupling_name for each in scan.hypotheses if each.coupling_name), "")
    quantity = "coupling" if coupling else "mu"
    columns = {
        "mass": "mass [GeV]",
        "mu_hat": "mu_hat",
        "p0": "p0",
        "coupling_observed" if coupling else "observed": f"{coupling or quantity} observed",
        "coupling_expected" if coupling else "expected_0": f"{coupling or quantity} expected",
        "cross_section_expected": "sigma expected [nb]",
        "published": "published",
        "status": "status",
    }
    shown = table[list(columns)].rename(columns=columns).dropna(axis="columns", how="all")
    lumi = "" if scan.luminosity is None else f", {scan.luminosity:.4g} fb^-1"
    head = f"{scan.channel}: {100 * scan.level:.4g} % CL upper limits, {scan.method}{lumi}, {scan.data_label}"
    reference = published(scan.channel)
    tail = "" if reference is None else f"\npublished: {reference.citation}, {reference.luminosity:g} fb^-1"
    return f"{head}\n{shown.to_string(index=False, float_format='{:.4g}'.format, na_rep='-')}{tail}"
