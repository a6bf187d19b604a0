"""The demo's limits beside published ones, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NEAR = 0.25
"""GeV: a published point is compared with the nearest hypothesis, if there is one this near."""

WHY = (
    "They differ because ours are median expected limits from simulation alone, with a parametrised detector, cuts in\n"
    "place of trained selections and a short list of backgrounds; the published ones are observed, on real data with\n"
    "its fluctuations and measured efficiencies, and the BaBar curve has another detector and luminosity."
)


@dataclass(frozen=True)
class Published:
    """A published limit: where it stands, what it is on, and (mass in GeV, coupling) points at 90 % CL."""

    channel: str
    source: str
    coupling: str
    points: tuple[tuple[float, float], ...]


ZPRIME = Published(
    "zprime_invisible",
    "Belle II, 0.276 fb^-1, PRL 124 141801 (2020)",
    "g'",
    (
        (1.1565, 0.051),
        (2.5669, 0.115),
        (3.3852, 0.18),
        (3.9824, 0.275),
        (4.4725, 0.381),
        (4.9005, 0.494),
        (5.2709, 0.635),
        (5.5644, 0.751),
        (5.8356, 0.92),
    ),
)

# Traced from the published figure.
DARK_PHOTON = Published(
    "dark_photon_invisible",
    "BaBar, 53 fb^-1, PRL 119 131804 (2017)",
    "epsilon",
    (
        (0.5, 0.000958),
        (1.5, 0.000972),
        (2.5, 0.000707),
        (3.5, 0.000714),
        (4.5, 0.000425),
        (5.4001, 0.00066),
        (5.6, 0.00143),
        (6.19, 0.00153),
        (7.0001, 0.000952),
        (7.51, 0.000898),
        (7.9999, 0.000871),
    ),
)


def comparison(zprime: dict[str, Any], dark_photon: dict[str, Any]) -> str:
    """Give the tables of both searches, and the reason for the differences, as text."""
    parts = [table(zprime, ZPRIME), table(dark_photon, DARK_PHOTON), WHY]
    return "\n\n".join(parts)


def table(channels: dict[str, Any], published: Published) -> str:
    """Give a table of expected and published limits at the published masses.

    Parameters
    ----------
    channels
        What `limits --json` tells, by channel.
    published
        What to compare with.
    """
    result = channels[published.channel]
    told = f"{published.channel} at {result['luminosity']:g} fb^-1, {result['level']:.0%} CL, beside {published.source}"
    lines = [told, f"  m [GeV]  expected {published.coupling:<8}  published   ratio"]
    for mass, limit in published.points:
        nearest = min(result["hypotheses"], key=lambda each: abs(each["mass"] - mass))
        expected = median_coupling(nearest)
        if expected is None or abs(nearest["mass"] - mass) > NEAR:
            lines.append(f"  {mass:7.2f}  {'-':<17}  {limit:<9.3g}       -")
        else:
            lines.append(f"  {mass:7.2f}  {expected:<17.3g}  {limit:<9.3g}  {expected / limit:6.2f}")
    return "\n".join(lines)


def median_coupling(hypothesis: dict[str, Any]) -> float | None:
    """Give the median expected limit on the coupling; None where there is none."""
    expected = hypothesis["coupling"]["expected"]
    return None if expected is None or expected[2] is None else float(expected[2])
