"""What the demo shows of its limits: tables beside published limits, why they differ, and one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ..limits.scan_result import Scan
from ..limits.tables import compare, published

WHY = (
    "They differ because ours are median expected limits from simulation alone, with a parametrised detector, cuts in\n"
    "place of trained selections and a short list of backgrounds; the published ones are observed, on real data with\n"
    "its fluctuations and measured efficiencies, and the BaBar curve has another detector and luminosity."
)


def comparison(scans: Sequence[Scan]) -> str:
    """Give a table for each scan, and the reason for the differences, as text."""
    return "\n\n".join([*(table(scan) for scan in scans), WHY])


def table(scan: Scan) -> str:
    """Give expected limits beside published ones at each mass; a dash where a hypothesis could not be fitted."""
    reference = published(scan.channel)
    told = f"{scan.channel} at {scan.luminosity:g} fb^-1, {scan.level:.0%} CL, simulation"
    if reference is None:
        return f"{told}: nothing published to compare with"
    lines = [f"{told}, beside {reference.citation}, {reference.luminosity:g} fb^-1"]
    lines.append(f"  m [GeV]   expected {reference.coupling:<8}   published   ratio")
    for row in compare(scan).dropna(subset=["published"]).to_dict("records"):
        cells = [f"{row[name]:.3g}" if row["status"] == "ok" else "-" for name in ("expected", "ratio")]
        lines.append(f"  {row['mass']:7.2f}   {cells[0]:<17}   {row['published']:<9.3g}   {cells[1]:>5}")
    return "\n".join(lines)


def draw(scans: Sequence[Scan], path: Path) -> Path:
    """Draw the limits of the scans side by side to `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7 * len(scans), 5.5), layout="constrained")
    for scan, axes in zip(scans, figure.subplots(1, len(scans), squeeze=False)[0], strict=True):
        scan.plot(axes)
    figure.savefig(path, dpi=80)
    return path
