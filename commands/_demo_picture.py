"""The picture of the demo's limits: expected bands of both searches with published limits beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._demo_comparison import DARK_PHOTON, ZPRIME, Published, median_coupling

LABELS = {"g'": "$g'$", "epsilon": r"$\epsilon$"}
TITLES = {
    "zprime_invisible": r"$e^+e^-\to\mu^+\mu^-Z'$, $Z'\to$ invisible",
    "dark_photon_invisible": r"$e^+e^-\to\gamma A'$, $A'\to$ invisible",
}


def draw(zprime: dict[str, Any], dark_photon: dict[str, Any], folder: Path) -> Path:
    """Draw both searches' expected limits to `folder`/limits.png.

    Parameters
    ----------
    zprime, dark_photon
        What `limits --json` tells, by channel.
    folder
        Where; it is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "limits.png"
    with mpl.rc_context({**mplhep.style.ATLAS, "font.size": 11, "axes.labelsize": 13}):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        _panel(left, zprime, ZPRIME)
        _panel(right, dark_photon, DARK_PHOTON)
        figure.savefig(path, dpi=110)
    return path


def _panel(axes: Axes, channels: dict[str, Any], published: Published) -> None:
    result = channels[published.channel]
    points = [each for each in result["hypotheses"] if median_coupling(each) is not None]
    mass = np.array([each["mass"] for each in points])
    bands = np.array([each["coupling"]["expected"] for each in points], dtype=float).T
    axes.fill_between(mass, bands[0], bands[4], color="#ffdf7f", linewidth=0, label=r"$\pm 2\sigma$")
    axes.fill_between(mass, bands[1], bands[3], color="#85d184", linewidth=0, label=r"$\pm 1\sigma$")
    axes.plot(mass, bands[2], color="black", linestyle="--", label="expected (median)")
    axes.plot(*zip(*published.points, strict=True), "o", color="#3f5fa8", markersize=4, label=published.source)
    axes.set(yscale="log", xlabel="mass [GeV]", ylabel=f"upper limit on {LABELS[published.coupling]}")
    told = f"Belle II simulation (darkbelle)\n{result['luminosity']:g} fb$^{{-1}}$, {result['level']:.0%} CL"
    axes.set_title(f"{TITLES[published.channel]}\n{told}", fontsize=11, loc="left")
    axes.legend(fontsize=9, frameon=False, loc="upper left")
