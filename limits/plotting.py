"""Drawing a scan: limits against mass with the expected bands, every label and unit on them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets.storage import replacing
from .families import Family, families, label_of, main_family
from .histfactory import Array
from .overlays import Published
from .results import HypothesisResult
from .tables import published_all

if TYPE_CHECKING:
    from .scan_result import Scan

SYMBOLS = {
    "g_prime": "$g'$",
    "epsilon": r"$\varepsilon$",
    "g_agammagamma": r"$g_{a\gamma\gamma}$ [GeV$^{-1}$]",
    "branching_fraction": "branching fraction",
    "efficiency_times_cross_section": r"efficiency $\times$ cross section [nb]",
    "sin_theta": r"$\sin\theta$",
    "epsilon_squared_alpha_d": r"$\varepsilon^2\alpha_D$",
}
GREEN, YELLOW = "#607641", "#F5BB54"  # LHC combination group's colours of the bands, safe for the colour-blind
COLOURS = ("#B2182B", "#2166AC", "#762A83", "#01665E", "#8C510A")
MARKERS = "sD^vo"
OTHER_LINES = ("x:", "+-.", "1-", "2:", "3-.", "4-")
METHODS = {
    "cls": "CL$_s$",
    "bayes": "Bayesian",
    "profile": "profile likelihood",
    "toys": "CL$_s$, toys",
    "counting": "exact Poisson",
}


def draw(scan: "Scan", ax: Axes | None = None, overlays: Sequence[Published] = ()) -> Axes:
    """Draw the limits on the coupling, on the cross section where there is none, or on mu of a bare workspace.

    Parameters
    ----------
    scan
        Of several lifetimes, charges or couplings of samples, the one of the most masses has the bands, and of the
        others the medians are drawn.
    ax
        Where to; a new figure by default.
    overlays
        Limits of others besides those that darkbelle knows.
    """
    if ax is None:
        ax = Figure(figsize=(8, 6), layout="constrained").add_subplot()
    good = main_family(scan.hypotheses)
    _medians_and_band(ax, families(scan.hypotheses))
    if any(each.observed is not None for each in good):
        observed = np.array([each.limit_at(each.observed) for each in good], dtype=float)
        style = "ko-" if len(good) < 60 else "k-"
        ax.plot(_masses(good), observed, style, ms=3, lw=1, label=f"observed, {scan.data_label}")
    draw_overlays(ax, [*known_overlays(scan.channel, scan.coupling), *overlays])
    ax.set_yscale("log")
    ax.set_xlabel("mass [GeV]", loc="right")
    ax.set_ylabel(f"{100 * scan.level:.4g} % CL upper limit on {_quantity(scan)}", loc="top")
    head(scan, ax)
    title = f"{scan.channel.replace('_', ' ')}, {METHODS[scan.method]}"
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles, labels, frameon=False, title=title)
    return ax


def _masses(results: Sequence[HypothesisResult]) -> Array:
    return np.array([each.mass or 0.0 for each in results])


def limits_of(results: Sequence[HypothesisResult]) -> Array:
    """Give the five expected limits, (results, 5), as `HypothesisResult.limit_at` tells them."""
    return np.array([[each.limit_at(mu) for mu in each.expected or ()] for each in results], dtype=float)


def _quantity(scan: "Scan") -> str:
    if scan.coupling:
        return SYMBOLS.get(scan.coupling, scan.coupling)
    if all(each.reference is None for each in scan.hypotheses):
        return r"signal strength $\mu$"
    return r"$\sigma$ [nb]" if scan.quantity == "cross_section" else "branching fraction"


def known_overlays(channel: str, coupling: str) -> list[Published]:
    """Give the published limits on a channel's coupling."""
    found = published_all().get(channel, ())
    return [each for each in found if each.quantity == "coupling" and each.coupling == coupling]


def draw_overlays(ax: Axes, overlays: Sequence[Published]) -> None:
    """Draw limits of others: points where there are few, projections open and dashed."""
    for number, each in enumerate(overlays):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        line = "--" if each.projection else "none" if len(each.points) < 30 else "-"
        label = each.label if each.citation in each.label else f"{each.label}: {each.citation}"
        ax.plot(*np.array(each.points).T, marker=marker, ls=line, color=colour, mfc="none", ms=5, lw=1, label=label)


def _medians_and_band(ax: Axes, every: Mapping[Family, Sequence[HypothesisResult]]) -> None:
    """Draw the first family's bands, and the medians of all."""
    for number, (family, results) in enumerate(every.items()):
        masses, label = _masses(results), label_of(family)
        if number:
            style = OTHER_LINES[(number - 1) % len(OTHER_LINES)]
            ax.plot(masses, limits_of(results)[:, 2], style, color="#555555", lw=1, ms=4, label=label)
        else:
            _band(ax, masses, limits_of(results), f"expected median, {label}" if label else "expected median")


def _band(ax: Axes, masses: Array, band: Array, label: str) -> None:
    if len(masses) == 1:  # a band needs a width
        masses, band = masses + np.array([-0.05, 0.05]), np.repeat(band, 2, axis=0)
    ax.fill_between(masses, band[:, 0], band[:, 4], color=YELLOW, lw=0, label=r"expected $\pm 2\sigma$")
    ax.fill_between(masses, band[:, 1], band[:, 3], color=GREEN, lw=0, label=r"expected $\pm 1\sigma$")
    ax.plot(masses, band[:, 2], "k--", lw=1.2, label=label)


def head(scan: "Scan", ax: Axes) -> None:
    """Write experiment, kind of data and luminosity above a plot."""
    ax.set_title(f"{scan.experiment} {scan.data_label}".strip(), loc="left", fontweight="bold", fontsize="medium")
    if scan.luminosity is not None and scan.quantity == "cross_section":
        ax.set_title(rf"$\int L\,\mathrm{{d}}t = {scan.luminosity:.4g}$ fb$^{{-1}}$", loc="right", fontsize="medium")


def save(figure: Figure, path: Path) -> Path:
    """Write a figure; the suffix tells the format."""
    with replacing(path) as temporary:
        temporary.write_bytes(content(figure, path.suffix[1:]))
    return path


def content(figure: Figure, suffix: str) -> bytes:
    """Give a figure as a file's content."""
    buffer = BytesIO()
    figure.savefig(buffer, format=suffix, dpi=150)
    return buffer.getvalue()


def new_figure() -> Figure:
    """Make a figure in the style of the field, with fonts that are everywhere."""
    # mplhep's fonts are not everywhere: only its ticks and lines are taken.
    style = {key: value for key, value in mplhep.style.ATLAS.items() if key.startswith(("xtick", "ytick"))}
    with mpl.rc_context(style):
        figure = Figure(figsize=(8, 6), layout="constrained")
        figure.add_subplot()
    return figure


def render(scan: "Scan", suffix: str = "png", overlays: Sequence[Published] = ()) -> bytes:
    """Give the plot as a file's content."""
    figure = new_figure()
    draw(scan, figure.axes[0], overlays)
    return content(figure, suffix)


def write_plots(scan: "Scan", folder: Path, overlays: Sequence[Published] = ()) -> list[Path]:
    """Write `<channel>.png` and `<channel>.pdf`."""
    paths = [folder / f"{scan.channel}.{suffix}" for suffix in ("png", "pdf")]
    for path in paths:
        with replacing(path) as temporary:
            temporary.write_bytes(render(scan, path.suffix[1:], overlays))
    return paths
