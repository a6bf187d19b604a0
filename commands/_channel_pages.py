"""A page on each channel of a run: selection, cutflow, efficiency and resolution, observables, N-1 pictures."""

from collections.abc import Iterable
from inspect import cleandoc
from pathlib import Path

import hist
import matplotlib.pyplot as plt
import mplhep
import numpy as np

from ..limits.normalisation import Luminosity, event_weight, luminosity, served
from ..processors.channel import CUTFLOW, CUTFLOW_RAW, N_MINUS_ONE, NOMINAL, Channel
from ..processors.registry import make_channels
from ..processors.run import Run, SampleInfo

LARGEST_TABLE = 8  # samples in a cutflow
SIGNALS_DRAWN = 2


def write_pages(run: Run, folder: Path, asked: float | None) -> Path:
    """Write `channels.md` and its pictures for the channels of a run; luminosity (fb^-1) where no data tell it."""
    parts = [
        "# The search channels in this run\n",
        "Belle II and BaBar simulation (darkbelle) unless data are named.\n",
    ]
    for channel in make_channels(list(run.histograms)):
        parts += [_about(channel), _cutflow(run, channel), _efficiencies(run, channel)]
        try:
            lumi = luminosity(run, channel.name, asked)
        except Exception as error:  # noqa: BLE001  # a page without pictures is better than none
            parts.append(f"No pictures: {error}\n")
            continue
        parts += [f"![{title}]({path.name})\n" for title, path in _draw(run, channel, lumi, folder)]
    page = folder / "channels.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def _about(channel: Channel) -> str:
    lines = [f"## {channel.name}", "", cleandoc(type(channel).__doc__ or "").splitlines()[0], ""]
    told = [f"{region}: {', '.join(fired)}" for region, fired in channel.triggers.items()]
    lines += [f"Trigger: {'; '.join(told)}.", ""]
    lines += [f"Shifts of objects: {', '.join(channel.variations[1:]) or 'none'}.", ""]
    lines += [f"Weight variations: {', '.join(channel.weight_variations) or 'none'}.", ""]
    notes = next((text for each in type(channel).__mro__ if "Notes" in (text := each.__doc__ or "")), "")
    return "\n".join([*lines, "```", cleandoc(notes), "```", ""])


def _cutflow(run: Run, channel: Channel) -> str:
    raw = run.histograms[channel.name][CUTFLOW_RAW]
    infos = _shown(served(run, channel.name).values())
    lines = [f"Events left after each cut, region {channel.regions[0]}:", ""]
    lines += ["| cut | " + " | ".join(each.name for each in infos) + " |", "|---" * (len(infos) + 1) + "|"]
    for cut in channel.cuts:
        counts = [f"{raw[each.name, channel.regions[0], NOMINAL, cut]:.0f}" for each in infos]
        lines.append(f"| {cut} | " + " | ".join(counts) + " |")
    return "\n".join([*lines, ""])


def _shown(infos: Iterable[SampleInfo]) -> list[SampleInfo]:
    """Choose samples for a table: backgrounds first, then signals spread over the masses."""
    infos = list(infos)
    others = [each for each in infos if each.kind != "signal"][: LARGEST_TABLE - 2]
    signals = _by_mass(infos)
    if not signals:
        return others
    places = np.unique(np.linspace(0, len(signals) - 1, LARGEST_TABLE - len(others)).astype(int))
    return others + [signals[place] for place in places]


def _by_mass(infos: Iterable[SampleInfo]) -> list[SampleInfo]:
    return sorted((each for each in infos if each.hypothesis), key=lambda each: each.hypothesis.mass)  # type: ignore[union-attr]


def _efficiencies(run: Run, channel: Channel) -> str:
    if channel.limit is None:
        return ""
    lines = ["| signal | region | efficiency | median | half of the central 68 % |", "|---|---|---|---|---|"]
    for info in _by_mass(served(run, channel.name).values()):
        generated = run.ledger.sample(info.name).generated[1]
        assert info.hypothesis is not None  # noqa: S101  # by _by_mass
        for each in channel.limit.regions_at(info.hypothesis.mass):
            histogram = run.histograms[channel.name][channel.limit.histogram_of(each)]
            view = histogram[{"process": info.name, "region": each.region, "variation": NOMINAL}]
            if not generated or view.values(flow=True).sum() <= 0:
                continue
            flow = run.histograms[channel.name][CUTFLOW][info.name, each.region, NOMINAL, channel.cuts[-1]]
            share = flow.value / generated
            low, centre, high = _quantiles(view)
            lines.append(f"| {info.name} | {each.region} | {share:.3f} | {centre:.4g} | {(high - low) / 2:.3g} |")
    return "\n".join([*lines, ""])


def _quantiles(view: hist.Hist) -> tuple[float, float, float]:
    """Give the 16 %, 50 % and 84 % points of a histogram's first axis."""
    values = view.values().reshape(len(view.axes[0]), -1).sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(np.clip(values, 0, None))])
    low, centre, high = np.interp(np.array([0.158655, 0.5, 0.841345]) * total[-1], total, view.axes[0].edges)
    return float(low), float(centre), float(high)


def _draw(run: Run, channel: Channel, lumi: Luminosity, folder: Path) -> list[tuple[str, Path]]:
    drawn = []
    for name in channel.observables:
        histogram = run.histograms[channel.name][name]
        for region in channel.regions_of(name):
            path = folder / f"{channel.name}_{name}_{region}.png"
            _picture(run, channel, lumi, histogram, region, path)
            drawn.append((f"{name}, {region}", path))
    for cut in channel.n_minus_one:
        path = folder / f"{channel.name}_{N_MINUS_ONE}{cut}.png"
        _picture(run, channel, lumi, run.histograms[channel.name][N_MINUS_ONE + cut], channel.regions[0], path)
        drawn.append((f"all cuts but {cut}, {channel.regions[0]}", path))
    return drawn


def _picture(run: Run, channel: Channel, lumi: Luminosity, histogram: hist.Hist, region: str, path: Path) -> None:
    """Draw the first observable axis: backgrounds by process, stacked, and two signals at their reference coupling."""
    processes: dict[str, hist.Hist] = {}
    signals = []
    infos = served(run, channel.name)
    for info in infos.values():
        if info.kind == "data":
            continue
        place = {"process": info.name, "region": region}
        place |= {"variation": NOMINAL} if "variation" in histogram.axes.name else {}
        one = histogram[place].project(histogram.axes[3 if "variation" in histogram.axes.name else 2].name)
        one = one * event_weight(run, info, lumi, region)
        if info.kind == "background":
            processes[info.process] = processes[info.process] + one if info.process in processes else one
        else:
            signals.append((info, one))
    with plt.style.context(mplhep.style.ATLAS):
        figure, axes = plt.subplots(figsize=(7, 4.5))
        if processes:
            options = {"label": list(processes), "stack": True, "histtype": "fill", "ax": axes, "flow": "none"}
            mplhep.histplot(list(processes.values()), **options)
        order = sorted(signals, key=lambda each: each[0].hypothesis.mass if each[0].hypothesis else 0.0)
        for info, one in order[:: max(1, len(order) // SIGNALS_DRAWN)][:SIGNALS_DRAWN]:
            mplhep.histplot(one, label=info.name, ax=axes, flow="none", yerr=False)
        axes.set_ylabel("events")
        axes.set_title(f"{channel.name}, {region}: simulation (darkbelle), {lumi.total:g} fb$^{{-1}}$", fontsize=10)
        if processes or signals:
            axes.legend(fontsize=8)
        figure.savefig(path, dpi=90)
        plt.close(figure)
