"""What the demo shows of its limits: tables beside published limits, why they differ, and one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ..limits.scan import Scan
from ..limits.tables import compare, published

NEAR = 0.25
"""GeV: a published point is compared with the nearest hypothesis, if there is one this near."""

WHY = (
    "They differ because ours are median expected limits from simulation alone, with a parametrised detector, cuts in\n"
    "place of trained selections and a short list of backgrounds; the published ones are observed, on real data with\n"
    "its fluctuations and measured efficiencies, and the BaBar curve has another detector and luminosity."
)


def comparison(scans: Sequence[Scan]) -> str:
    """Give a table for each scan, and the reason for the differences, as text."""
    return "\n\n".join([*(table(scan) for scan in scans), WHY])


def table(scan: Scan) -> str:
    """Give expected limits at the masses of the published ones; a dash where there is no hypothesis near."""
    reference = published(scan.channel)
    told = f"{scan.channel} at {scan.luminosity:g} fb^-1, {scan.level:.0%} CL, simulation"
    if reference is None:
        return f"{told}: nothing published to compare with"
    ours = compare(scan).dropna(subset=["expected", "published"])
    lines = [f"{told}, beside {reference.citation}, {reference.luminosity:g} fb^-1"]
    lines.append(f"  m [GeV]   expected {reference.coupling:<8}   published   ratio")
    for mass, limit in reference.points:
        near = ours[(ours["mass"] - mass).abs() <= NEAR]
        if near.empty:
            lines.append(f"  {mass:7.2f}   {'-':<17}   {limit:<9.3g}   {'-':>5}")
            continue
        row = near.iloc[int((near["mass"] - mass).abs().argmin())]
        lines.append(
            f"  {row['mass']:7.2f}   {row['expected']:<17.3g}   {row['published']:<9.3g}   {row['ratio']:5.2f}"
        )
    return "\n".join(lines)


def draw(scans: Sequence[Scan], path: Path) -> Path:
    """Draw the limits of the scans side by side to `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7 * len(scans), 5.5), layout="constrained")
    for scan, axes in zip(scans, figure.subplots(1, len(scans), squeeze=False)[0], strict=True):
        scan.plot(axes)
    figure.savefig(path, dpi=80)
    return path
