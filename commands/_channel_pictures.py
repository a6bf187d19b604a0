"""The pictures of the page of the channels: observables, N-1 variables, efficiency and resolution against mass."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import hist
import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from ..datasets.storage import replacing
from ..limits.normalisation import Luminosity, event_weight, served
from ..processors.channel import N_MINUS_ONE, NOMINAL, Channel
from ..processors.run import Run, SampleInfo
from ._channel_tables import MOST_PROCESSES, OTHERS, Measured, grouped, shown_signals

COLUMNS = 3
PANEL = (4.4, 3.3)  # inches
DPI, COLOURS = 100, 128  # small enough for a repository
MOST_BINS = 110
STYLE = {key: value for key, value in mplhep.style.ATLAS.items() if key.startswith(("xtick", "ytick"))}
PALETTE = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd", "#86c8dd")  # CMS's, for the colour-blind


def panels(path: Path, title: str, draw: Sequence[Callable[[Axes], None]]) -> Path:
    """Draw panels side by side, a title above, and write them as a small PNG."""
    columns = min(COLUMNS, len(draw))
    rows = -(-len(draw) // columns)
    with mpl.rc_context({**STYLE, "font.size": 8.5}):
        figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.3), layout="constrained")
        figure.suptitle(title, fontsize=10, x=0.01, ha="left", fontweight="bold")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for each, place in zip(draw, axes, strict=False):
            each(place)
        for place in axes[len(draw) :]:
            place.set_axis_off()
        return save_small(figure, path)


def save_small(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG with few colours."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    with replacing(path) as temporary:
        Image.open(buffer).convert("RGB").quantize(COLOURS).save(temporary, format="png", optimize=True)
    return path


def label(lumi: Luminosity, experiment: str) -> str:
    """Say whose simulation a picture shows, and for which luminosity."""
    return f"{experiment} simulation (darkbelle), {lumi.total:g} fb$^{{-1}}$"


def spectra(run: Run, channel: Channel, lumi: Luminosity) -> list[Callable[[Axes], None]]:
    """Give the panels of all observables in all their regions."""
    histograms = run.histograms[channel.name]
    return [
        _spectrum(run, channel, lumi, histograms[name], region)
        for name in channel.observables
        for region in channel.regions_of(name)
    ]


def n_minus_one(run: Run, channel: Channel, lumi: Luminosity) -> list[Callable[[Axes], None]]:
    """Give the panels of the variables of cuts, for what passes all other cuts of the first region that has any."""
    found = []
    for cut in channel.n_minus_one:
        histogram = run.histograms[channel.name][N_MINUS_ONE + cut]
        filled = [each for each in channel.regions if histogram[{"region": each}].sum().value > 0]
        region = filled[0] if filled else channel.regions[0]
        found.append(_spectrum(run, channel, lumi, histogram, region, f"all cuts but {cut}, "))
    return found


def _spectrum(
    run: Run, channel: Channel, lumi: Luminosity, histogram: hist.Hist, region: str, told: str = ""
) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        processes: dict[str, hist.Hist] = {}
        for info in served(run, channel.name).values():
            if info.kind == "background":
                one = _one(histogram, info, region) * event_weight(run, info, lumi, region)
                processes[info.process] = processes[info.process] + one if info.process in processes else one
        ordered = sorted(processes, key=lambda name: processes[name].sum().value, reverse=True)
        stack = [(name, processes[name]) for name in ordered[:MOST_PROCESSES] if processes[name].sum().value > 0]
        rest = [processes[name] for name in ordered[MOST_PROCESSES:] if processes[name].sum().value > 0]
        if rest:
            stack.append((OTHERS, sum(rest[1:], start=rest[0])))
        whole = sum(each.sum().value for _, each in stack)
        if stack:
            names, drawn = [name for name, _ in stack[::-1]], [each for _, each in stack[::-1]]
            colours = list(PALETTE[: len(stack)][::-1])
            mplhep.histplot(drawn, stack=True, histtype="fill", ax=axes, flow="none", label=names, color=colours)
        for info, style in zip(shown_signals(run, channel, region), ("k-", "k--"), strict=False):
            one = _one(histogram, info, region)
            if one.sum().value > 0:
                scaled = one * ((0.2 * whole if whole > 0 else 1.0) / one.sum().value)
                mplhep.histplot(
                    scaled,
                    label=f"{info.name}, scaled",
                    ax=axes,
                    flow="none",
                    yerr=False,
                    color="k",
                    ls=style[1:],
                    lw=1,
                )
        _finish(axes, histogram.axes[-1 if "variation" not in histogram.axes.name else 3], f"{told}{region}")

    return draw


def _finish(axes: Axes, axis: hist.axis.AxesMixin, title: str) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, high * 1e-6), high * 60)
    axes.set_xlabel(axis.label or axis.name, loc="right")
    axes.set_ylabel("events / bin", loc="top")
    axes.set_title(title, fontsize=8.5, loc="left")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=6.5, ncols=2, frameon=False, loc="upper center")


def _one(histogram: hist.Hist, info: SampleInfo, region: str) -> hist.Hist:
    """Give one sample's first observable axis in no more bins than a picture can show."""
    place: dict[str, str] = {"process": info.name, "region": region}
    if "variation" in histogram.axes.name:
        place["variation"] = NOMINAL
    view = histogram[place]
    view = view.project(view.axes[0].name)
    edges = np.asarray(view.axes[0].edges)
    if len(edges) <= MOST_BINS + 1:
        return view
    wanted = np.linspace(edges[0], edges[-1], MOST_BINS + 1)
    kept = np.unique(np.searchsorted(edges, wanted).clip(0, len(edges) - 1))
    joined = hist.Hist(hist.axis.Variable(edges[kept], name="x"), storage=hist.storage.Weight())
    content = view.view()
    joined.view()["value"] = np.add.reduceat(content["value"], kept[:-1])
    joined.view()["variance"] = np.add.reduceat(content["variance"], kept[:-1])
    return joined


def against_mass(found: Sequence[Measured]) -> list[Callable[[Axes], None]]:
    """Give two panels: efficiency and resolution of the signals against their mass."""

    def draw(quantity: str, text: str, log: bool) -> Callable[[Axes], None]:
        def panel(axes: Axes) -> None:
            for (mode, region), each in grouped(found).items():
                masses = [one.mass for one in each]
                axes.plot(
                    masses, [getattr(one, quantity) for one in each], "o", ms=3, label=f"{mode}, {region}".strip(", ")
                )
            axes.set_xlabel("mass [GeV]", loc="right")
            axes.set_ylabel(text, loc="top")
            if log:
                axes.set_yscale("log")
            axes.legend(fontsize=6.5, ncols=2, frameon=False)

        return panel

    return [
        draw("efficiency", "efficiency", False),
        draw("width", "half of the central 68 % [unit of observable]", True),
    ]
