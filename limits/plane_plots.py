"""Figures beyond a single limit: projections, limit against luminosity, and planes with what readers expect behind."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from ..processors.recipe import Interpretation
from .coupling import dark_matter_y
from .families import main_family
from .histfactory import Array
from .planes import magnetic_moment_band, planes, relic_y
from .plotting import (
    COLOURS,
    METHODS,
    SYMBOLS,
    draw,
    draw_overlays,
    head,
    known_overlays,
    limits_of,
    new_figure,
    save,
)

if TYPE_CHECKING:
    from .scan_result import Scan


def write_planes(scan: "Scan", interpretations: Sequence[Interpretation], folder: Path) -> list[Path]:
    """Write the further planes of a channel's recipe: `<channel>_<interpretation>.png`."""
    written = []
    for each in interpretations:
        figure = new_figure()
        drawn = {"dark_matter_y": draw_dark_matter, "muon_magnetic_moment": draw_magnetic_moment}[each]
        drawn(scan, figure.axes[0])
        written.append(save(figure, folder / f"{scan.channel}_{each}.png"))
    return written


def draw_magnetic_moment(scan: "Scan", ax: Axes) -> Axes:
    """Draw the limits on g' before the band that the muon's magnetic moment would ask for."""
    masses = np.linspace(*_range(scan), 200)
    for entry, colour, shade in zip(planes().muon_magnetic_moment, ("#D6604D", "#92C5DE"), (0.5, 0.35), strict=True):
        low, high = magnetic_moment_band(masses, entry)
        if low.any():
            ax.fill_between(masses, low, high, color=colour, alpha=shade, lw=0, label=entry.label)
        else:  # compatible with no contribution: there is an upper edge only
            ax.plot(masses, high, color=colour, ls="-.", lw=1.2, label=f"{entry.label}: upper edge")
    return draw(scan, ax)


def draw_dark_matter(scan: "Scan", ax: Axes) -> Axes:
    """Draw the limits as y = eps^2 alpha_D (m_chi/m_A')^4 against m_chi, with the line of the relic density."""
    good = main_family(scan.hypotheses)
    benchmark = planes().dark_matter
    dark = np.array([(each.mass or 0.0) * benchmark.mass_ratio for each in good])
    limits = limits_of(good)
    y = np.array(
        [[dark_matter_y(each, benchmark.dark_coupling, benchmark.mass_ratio) for each in row] for row in limits]
    )
    ax.plot(dark, y[:, 2], "k--", lw=1.2, label="expected median")
    ax.fill_between(dark, y[:, 1], y[:, 3], color="0.8", lw=0, label=r"expected $\pm 1\sigma$", zorder=0)
    if any(each.observed is not None for each in good):
        seen = np.array([each.coupling_at(each.observed) for each in good], dtype=float)
        ax.plot(
            dark,
            [dark_matter_y(e, benchmark.dark_coupling, benchmark.mass_ratio) for e in seen],
            "k-",
            label="observed",
        )
    for number, each in enumerate(known_overlays(scan.channel, scan.coupling)):
        points = np.array(each.points)
        values = [dark_matter_y(e, benchmark.dark_coupling, benchmark.mass_ratio) for e in points[:, 1]]
        colour = COLOURS[number % len(COLOURS)]
        ax.plot(points[:, 0] * benchmark.mass_ratio, values, "s", mfc="none", ms=5, color=colour, label=each.citation)
    line = np.geomspace(max(1e-3, 0.5 * dark[dark > 0].min(initial=0.1)), dark.max(initial=1.0), 100)
    ax.plot(
        line, [relic_y(mass) for mass in line], color="#01665E", lw=1.5, label="relic density, pseudo-Dirac, leptons"
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(r"$m_\chi$ [GeV]", loc="right")
    ax.set_ylabel(
        rf"{100 * scan.level:.4g} % CL upper limit on $y = \varepsilon^2 \alpha_D (m_\chi/m_{{A'}})^4$", loc="top"
    )
    head(scan, ax)
    told = rf"$\alpha_D = {benchmark.dark_coupling:g}$, $m_{{A'}} = {1 / benchmark.mass_ratio:.3g}\,m_\chi$"
    ax.legend(frameon=False, title=f"{told}, {METHODS[scan.method]}")
    return ax


def draw_projection(scans: Sequence["Scan"], ax: Axes) -> Axes:
    """Draw the median expected limits of one channel at several luminosities, the scenario stated."""
    for number, scan in enumerate(scans):
        good = main_family(scan.hypotheses)
        masses = [each.mass or 0.0 for each in good]
        shade = str(0.75 * (1 - number / max(1, len(scans) - 1)))
        ax.plot(masses, limits_of(good)[:, 2], color=shade, lw=1.5, label=_luminosity(scan.luminosity))
    first = scans[0]
    draw_overlays(ax, known_overlays(first.channel, first.coupling))
    ax.set_yscale("log")
    ax.set_xlabel("mass [GeV]", loc="right")
    ax.set_ylabel(
        f"{100 * first.level:.4g} % CL median expected limit on {SYMBOLS.get(first.coupling, 'mu')}", loc="top"
    )
    ax.set_title(f"{first.experiment} {first.data_label}".strip(), loc="left", fontweight="bold", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", title="\n".join([first.channel.replace("_", " "), *_scenarios(first)]))
    return ax


def draw_against_luminosity(scans: Sequence["Scan"], mass: float, ax: Axes) -> Axes:
    """Draw the expected limit of the hypothesis nearest to a mass (GeV) against the luminosity, with its bands."""
    rows, chosen = [], 0.0
    for scan in scans:
        good = main_family(scan.hypotheses)
        nearest = min(good, key=lambda each: abs((each.mass or 0.0) - mass))
        rows.append(limits_of([nearest])[0])
        chosen = nearest.mass or 0.0
    band, luminosities = np.array(rows), np.array([each.luminosity for each in scans], dtype=float)
    ax.fill_between(luminosities, band[:, 1], band[:, 3], color="0.8", lw=0, label=r"expected $\pm 1\sigma$")
    ax.plot(luminosities, band[:, 2], "ko--", ms=4, lw=1.2, label="expected median")
    first = scans[0]
    power = next((each.coupling_power for each in first.hypotheses), 2) if first.coupling else 1
    for exponent, style, told in ((0.5, ":", r"background: $1/\sqrt{L}$"), (1.0, "-.", "no background: $1/L$")):
        guide = band[0, 2] * (luminosities / luminosities[0]) ** (-exponent / power)
        ax.plot(luminosities, guide, color="#2166AC", ls=style, lw=1, label=f"on the cross section, {told}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(r"luminosity [fb$^{-1}$]", loc="right")
    ax.set_ylabel(f"{100 * first.level:.4g} % CL limit on {SYMBOLS.get(first.coupling, 'mu')}", loc="top")
    ax.set_title(f"{first.experiment} {first.data_label}, {chosen:.4g} GeV", loc="left", fontsize="medium")
    ax.legend(frameon=False, title="\n".join([first.channel.replace("_", " "), *_scenarios(first)]))
    return ax


def _range(scan: "Scan") -> tuple[float, float]:
    masses: Array = np.array([each.mass for each in scan.hypotheses if each.mass], dtype=float)
    return float(masses.min(initial=10.0)), float(masses.max(initial=0.1))


def _luminosity(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value / 1000:g} ab$^{{-1}}$" if value >= 1000 else f"{value:g} fb$^{{-1}}$"


def _scenarios(scan: "Scan") -> list[str]:
    return [note for note in scan.notes if note.startswith("systematic uncertainties")]
