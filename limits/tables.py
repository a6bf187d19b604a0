"""Scans as tables, with the published limits beside ours."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..datasets.documents import load_yaml, validate
from ..datasets.errors import UsageError
from ..datasets.storage import replacing
from .overlays import Published

if TYPE_CHECKING:
    from .scan_result import Scan

PUBLISHED = Path(__file__).parent / "published.yaml"
BANDS = ("m2", "m1", "0", "p1", "p2")


@cache
def published_all() -> dict[str, tuple[Published, ...]]:
    """Give every published limit that darkbelle ships, by channel."""
    return {
        channel: tuple(validate(each, Published, f"{PUBLISHED}: {channel}") for each in entries)
        for channel, entries in load_yaml(PUBLISHED).items()
    }


def published(channel: str) -> Published | None:
    """Give a channel's first published limit on the coupling, or None."""
    found = published_all().get(channel, ())
    return next((each for each in found if each.quantity == "coupling" and not each.projection), None)


def frame(scan: "Scan") -> pd.DataFrame:
    """Give one row a hypothesis."""
    reference = published(scan.channel)
    rows = []
    for each in scan.hypotheses:
        expected = each.expected or (np.nan,) * 5
        row = {"name": each.name, "mass": each.mass}
        row |= {name: value for name, value in each.point.items() if name != "mass"}
        row |= {"mu_hat": each.mu_hat, "p0": each.p0, "observed": each.observed}
        row |= {f"expected_{label}": value for label, value in zip(BANDS, expected, strict=True)}
        median = each.expected[2] if each.expected else None
        row |= {
            "efficiency": each.efficiency,
            "background": each.background,
            "cross_section_observed": each.cross_section(each.observed),
            "cross_section_expected": each.cross_section(median),
            "visible_cross_section_observed": each.visible_cross_section(each.observed),
            "visible_cross_section_expected": each.visible_cross_section(median),
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


def write_table(scan: "Scan", path: Path) -> None:
    """Write a scan's table as CSV, parquet or JSON (one object a hypothesis), by the file's suffix."""
    table = frame(scan)
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, index=False)
        elif path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        elif path.suffix == ".json":
            table.to_json(temporary, orient="records", indent=1)
        else:
            raise UsageError(f"{path}: tables are written as .csv, .parquet or .json.")


def compare(scan: "Scan") -> pd.DataFrame:
    """Set our limits on the coupling beside the published ones (interpolated to our masses).

    Returns
    -------
    pandas.DataFrame
        mass (GeV), what else the signals differ in (such as the coupling that the sample was made for), observed,
        expected, published, ratio (ours, observed or else expected, over published). The published limit is for its
        own luminosity and data: the ratio is no test of either alone.
    """
    table = frame(scan)
    others = dict.fromkeys(name for each in scan.hypotheses for name in each.point if name != "mass")
    result = table[["mass", *others, "coupling_observed", "coupling_expected", "published", "status"]].rename(
        columns={"coupling_observed": "observed", "coupling_expected": "expected"}
    )
    ours = result["observed"].fillna(result["expected"])
    result.insert(list(result.columns).index("status"), "ratio", ours / result["published"])
    return result


def summary(scan: "Scan") -> str:
    """Give a scan as text: a heading and one line a hypothesis."""
    table = frame(scan)
    coupling = scan.coupling
    quantity = "coupling" if coupling else "mu"
    section = "BR expected" if scan.quantity == "branching_fraction" else "sigma expected [nb]"
    columns = {
        "mass": "mass [GeV]",
        "lifetime": "c tau [cm]",
        "higgs_mass": "higgs mass [GeV]",
        "charge": "charge [e]",
        "coupling": f"sample's {coupling}",
        "mu_hat": "mu_hat",
        "p0": "p0",
        "coupling_observed" if coupling else "observed": f"{coupling or quantity} observed",
        "coupling_expected" if coupling else "expected_0": f"{coupling or quantity} expected",
        "cross_section_expected": section,
        "published": "published",
        "status": "status",
    }
    columns = {name: label for name, label in columns.items() if name in table.columns}
    shown = table[list(columns)].rename(columns=columns).dropna(axis="columns", how="all")
    lumi = "" if scan.luminosity is None else f", {scan.luminosity:.4g} fb^-1"
    head = f"{scan.channel}: {100 * scan.level:.4g} % CL upper limits, {scan.method}{lumi}, {scan.data_label}"
    reference = published(scan.channel)
    tail = "" if reference is None else f"\npublished: {reference.citation}, {reference.luminosity:g} fb^-1"
    return f"{head}\n{shown.to_string(index=False, float_format='{:.4g}'.format, na_rep='-')}{tail}"
