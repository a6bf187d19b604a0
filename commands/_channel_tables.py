"""What the page of the channels says in tables: cutflow, composition, efficiency and resolution of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets.errors import ModelError
from ..limits.inputs import mode_of
from ..limits.normalisation import Luminosity, event_weight, served
from ..limits.windows import find_core, find_peak
from ..processors.channel import CUTFLOW, CUTFLOW_RAW, NOMINAL, Channel
from ..processors.recipe import RegionRange
from ..processors.run import Run, SampleInfo

MOST_PROCESSES = 6  # of which tables and legends tell the names; the others are added up
MOST_SIGNALS = 14  # rows of the table of efficiencies
OTHERS = "others"
SIGNALS_SHOWN = 2


@dataclass(frozen=True)
class Measured:
    """A signal sample in a region: selected share of what was generated, place and width of its peak."""

    sample: str
    mode: str
    mass: float
    region: str
    efficiency: float
    centre: float
    width: float


def by_mass(infos: Iterable[SampleInfo]) -> list[SampleInfo]:
    """Give the signal samples in order of their mass."""
    return sorted((each for each in infos if each.hypothesis), key=lambda each: each.hypothesis.mass)  # type: ignore[union-attr]


def shown_signals(run: Run, channel: Channel, region: str | None = None) -> list[SampleInfo]:
    """Choose two signals, of low and of high mass, that a region selects something of."""
    flow = run.histograms[channel.name][CUTFLOW]
    infos = by_mass(served(run, channel.name).values())
    places = [region] if region else list(channel.regions)
    most = {
        each.name: max(flow[each.name, place, NOMINAL, channel.cuts[-1]].value for place in places) for each in infos
    }
    kept = [each for each in infos if most[each.name] > 0.2 * max(most.values(), default=0.0) > 0]
    chosen = np.linspace(0, len(kept) - 1, SIGNALS_SHOWN + 2).round()[1:-1].astype(int)
    return [kept[each] for each in np.unique(chosen)] if kept else []


def by_process(run: Run, channel: Channel, lumi: Luminosity, region: str) -> dict[str, tuple[list[float], list[float]]]:
    """Give expected events and simulated events after each cut, of the processes with most events first."""
    weighted, raw = (run.histograms[channel.name][name] for name in (CUTFLOW, CUTFLOW_RAW))
    found: dict[str, tuple[list[float], list[float]]] = {}
    for info in served(run, channel.name).values():
        if info.kind != "background":
            continue
        weight = event_weight(run, info, lumi, region)
        events = [weight * weighted[info.name, region, NOMINAL, cut].value for cut in channel.cuts]
        seen = [float(raw[info.name, region, NOMINAL, cut]) for cut in channel.cuts]
        if info.process in found:
            events = [a + b for a, b in zip(events, found[info.process][0], strict=True)]
            seen = [a + b for a, b in zip(seen, found[info.process][1], strict=True)]
        found[info.process] = (events, seen)
    return dict(sorted(found.items(), key=lambda each: (each[1][0][-1], each[1][0][0]), reverse=True))


def cutflow(run: Run, channel: Channel, lumi: Luminosity) -> str:
    """Give expected events after each cut by process, and the share of two signals that is left."""
    region = channel.regions[0]
    known = by_process(run, channel, lumi, region)
    named, rest = list(known)[:MOST_PROCESSES], list(known)[MOST_PROCESSES:]
    signals = shown_signals(run, channel, region)
    heads = [*named, *([OTHERS] if rest else []), *(each.name for each in signals)]
    lines = [
        f"Expected events left after each cut at {lumi.total:g} fb⁻¹, signals in % of those generated; region {region}:"
    ]
    lines += ["", f"| cut | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    flow = run.histograms[channel.name][CUTFLOW]
    for place, cut in enumerate(channel.cuts):
        cells = [f"{known[name][0][place]:.3g}" for name in named]
        cells += [f"{sum(known[name][0][place] for name in rest):.3g}"] if rest else []
        for each in signals:
            generated = run.ledger.sample(each.name).generated[1] or np.nan
            cells.append(f"{100 * flow[each.name, region, NOMINAL, cut].value / generated:.3g}")
        lines.append(f"| {cut} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def composition(run: Run, channel: Channel, lumi: Luminosity) -> str:
    """Give what is left in each region by process: expected events, and the simulated ones behind them."""
    rows = []
    for region in channel.regions:
        known = {name: (each[0][-1], each[1][-1]) for name, each in by_process(run, channel, lumi, region).items()}
        whole = sum(events for events, _ in known.values())
        if whole <= 0:
            simulated = sum(each[1][0] for each in by_process(run, channel, lumi, region).values())
            rows.append(f"| {region} | none of {simulated:.3g} simulated events | |")
            continue
        parts = [
            f"{name} {100 * events / whole:.3g} %" for name, (events, _) in known.items() if events > 0.005 * whole
        ]
        rows.append(f"| {region} | {whole:.4g} | {sum(seen for _, seen in known.values()):.0f} | {', '.join(parts)} |")
    head = ["| region | background events | simulated | composition |", "|---|---|---|---|"]
    return "\n".join([*head, *(row.replace("| |", "| 0 | |") for row in rows), ""])


def measured(run: Run, channel: Channel) -> list[Measured]:
    """Measure every signal in every region that looks for its mass."""
    if channel.limit is None:
        return []
    flow, found = run.histograms[channel.name][CUTFLOW], []
    for info in by_mass(served(run, channel.name).values()):
        generated = run.ledger.sample(info.name).generated[1]
        assert info.hypothesis is not None  # noqa: S101  # by by_mass
        for each in channel.limit.regions_at(info.hypothesis.mass):
            share = flow[info.name, each.region, NOMINAL, channel.cuts[-1]].value / (generated or np.inf)
            try:
                centre, width = _peak(run, channel, info, each)
            except ModelError:
                continue
            if share > 1e-3:
                mass, mode = info.hypothesis.mass, mode_of(info.name)
                found.append(Measured(info.name, mode, mass, each.region, share, centre, width))
    return found


def _peak(run: Run, channel: Channel, info: SampleInfo, region: RegionRange) -> tuple[float, float]:
    assert channel.limit is not None  # noqa: S101  # by measured
    histogram = run.histograms[channel.name][channel.limit.histogram_of(region)]
    view = histogram[{"process": info.name, "region": region.region, "variation": NOMINAL}]
    values = view.values().reshape(len(view.axes[0]), -1).sum(axis=1)
    find = find_core if channel.limit.window_of(region).combinatorial else find_peak
    peak = find(values, view.axes[0].edges)
    return peak.centre, peak.width


def efficiencies(found: Sequence[Measured]) -> str:
    """Give some of the signals as a table."""
    if not found:
        return ""
    places = np.unique(np.linspace(0, len(found) - 1, MOST_SIGNALS).round().astype(int))
    lines = ["| signal | region | efficiency | median | half of the central 68 % |", "|---|---|---|---|---|"]
    lines += [
        f"| {each.sample} | {each.region} | {each.efficiency:.3f} | {each.centre:.4g} | {each.width:.3g} |"
        for each in (found[place] for place in places)
    ]
    return "\n".join([*lines, ""])


def grouped(found: Sequence[Measured]) -> Mapping[tuple[str, str], list[Measured]]:
    """Group measurements by mode and region."""
    result: dict[tuple[str, str], list[Measured]] = {}
    for each in found:
        result.setdefault((each.mode, each.region), []).append(each)
    return result
