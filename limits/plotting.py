"""Drawing a scan: limits against mass with the expected bands, every label and unit on them."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets.storage import replacing
from .model import Array
from .tables import published

if TYPE_CHECKING:
    from .scan import Scan

SYMBOLS = {"g_prime": "$g'$", "epsilon": r"$\varepsilon$"}
GREEN, YELLOW = "#607641", "#F5BB54"  # LHC combination group's colours of the bands, safe for the colour-blind
METHODS = {"cls": "CL$_s$", "bayes": "Bayesian", "profile": "profile likelihood", "toys": "CL$_s$, exact"}


def draw(scan: "Scan", ax: Axes | None = None) -> Axes:
    """Draw the limits on the coupling, or on mu where there is no coupling."""
    if ax is None:
        ax = Figure(figsize=(8, 6), layout="constrained").add_subplot()
    good = [each for each in scan.hypotheses if each.expected and each.status == "ok"]
    name = good[0].coupling_name if good else ""
    masses = np.array([np.nan if each.mass is None else each.mass for each in good])
    masses = np.nan_to_num(masses, nan=0.0)
    band = np.array(
        [[each.coupling_at(mu) if name else mu for mu in each.expected or ()] for each in good], dtype=float
    )
    if good:
        _band(ax, masses, band)
    if any(each.observed is not None for each in good):
        mus = [each.observed for each in good]
        observed = [each.coupling_at(mu) if name else mu for each, mu in zip(good, mus, strict=True)]
        ax.plot(masses, np.array(observed, dtype=float), "ko-", ms=3, lw=1.2, label=f"observed, {scan.data_label}")
    reference = published(scan.channel)
    if reference is not None and reference.coupling == name:
        points = np.array(reference.points).T
        ax.plot(*points, "s", color="#B2182B", mfc="none", ms=5, label=reference.citation)
    ax.set_yscale("log")
    ax.set_xlabel("mass [GeV]", loc="right")
    quantity = SYMBOLS.get(name, name) or r"signal strength $\mu$"
    ax.set_ylabel(f"{100 * scan.level:.4g} % CL upper limit on {quantity}", loc="top")
    _head(scan, ax)
    ax.legend(frameon=False, title=f"{scan.channel.replace('_', ' ')}, {METHODS[scan.method]}")
    return ax


def _band(ax: Axes, masses: Array, band: Array) -> None:
    if len(masses) == 1:  # a band needs a width
        masses, band = masses + np.array([-0.05, 0.05]), np.repeat(band, 2, axis=0)
    ax.fill_between(masses, band[:, 0], band[:, 4], color=YELLOW, lw=0, label=r"expected $\pm 2\sigma$")
    ax.fill_between(masses, band[:, 1], band[:, 3], color=GREEN, lw=0, label=r"expected $\pm 1\sigma$")
    ax.plot(masses, band[:, 2], "k--", lw=1.2, label="expected median")


def _head(scan: "Scan", ax: Axes) -> None:
    ax.set_title(f"{scan.experiment} {scan.data_label}".strip(), loc="left", fontweight="bold", fontsize="medium")
    if scan.luminosity is not None:
        ax.set_title(rf"$\int L\,\mathrm{{d}}t = {scan.luminosity:.4g}$ fb$^{{-1}}$", loc="right", fontsize="medium")


def render(scan: "Scan", suffix: str = "png") -> bytes:
    """Give the plot as a file's content."""
    # mplhep's fonts are not everywhere: only its ticks and lines are taken.
    style = {key: value for key, value in mplhep.style.ATLAS.items() if key.startswith(("xtick", "ytick"))}
    buffer = BytesIO()
    with mpl.rc_context(style):
        figure = Figure(figsize=(8, 6), layout="constrained")
        draw(scan, figure.add_subplot())
        figure.savefig(buffer, format=suffix, dpi=150)
    return buffer.getvalue()


def write_plots(scan: "Scan", folder: Path) -> list[Path]:
    """Write `<channel>.png` and `<channel>.pdf`."""
    paths = [folder / f"{scan.channel}.{suffix}" for suffix in ("png", "pdf")]
    for path in paths:
        with replacing(path) as temporary:
            temporary.write_bytes(render(scan, path.suffix[1:]))
    return paths
