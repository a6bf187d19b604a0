"""What a channel's limits are made from: spectra and simulated signals, from a run or from histograms in memory."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import hist
import numpy as np

from ..datasets.errors import ConfigurationError, UsageError
from ..datasets.experiment import load_experiment
from ..processors.recipe import LimitRecipe, RegionRange
from ..processors.registry import make_channels
from ..processors.run import Run, SampleInfo
from .cutflows import Cutflow, read_cutflows
from .histfactory import Array
from .histograms import find_histogram, read_template
from .normalisation import NB_TO_FB, Luminosity, event_weight, refuse_incomplete, served
from .normalisation import luminosity as channel_luminosity
from .templates import Axis, Signal, Spectrum, Template


@dataclass(frozen=True)
class Inputs:
    """One channel of one run (or of histograms in memory), scaled to events.

    Attributes
    ----------
    channel, recipe
        The search, and how its histograms become a limit.
    label
        Names the experiments on plots.
    names
        What stands for {experiment} and {period} in the names of nuisance parameters.
    luminosity
        What the events are scaled to.
    spectra
        By region.
    signals
        The simulated hypotheses.
    energy
        Centre-of-mass energy, GeV; the luminosity's mean.
    decays
        Whether a number of decays stands in for the luminosity, cross sections being branching fractions.
    cutflows
        Expected background events after each cut.
    notes
        What was left out.
    provenance
        Of the run.
    """

    channel: str
    recipe: LimitRecipe
    label: str
    names: Mapping[str, str]
    luminosity: Luminosity
    spectra: Mapping[str, Spectrum]
    signals: tuple[Signal, ...]
    energy: float | None = None
    decays: bool = False
    cutflows: tuple[Cutflow, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def limit_recipe(channel: str) -> LimitRecipe:
    """Give a channel's recipe; UsageError where the channel sets no limit."""
    recipe = make_channels([channel])[0].limit
    if recipe is None:
        raise UsageError(f"{channel} sets no limit: it measures what the searches need.")
    return recipe


def has_signal(runs: Sequence[Run], channel: str) -> bool:
    """Tell whether any of the runs holds a signal sample of a channel."""
    return any(info.kind == "signal" for run in runs for info in served(run, channel).values())


def read_inputs(
    run: Run, channel: str, luminosity: float | None = None, allow_incomplete: bool = False, recipe: Any = None
) -> Inputs:
    """Scale a channel's histograms to events.

    Parameters
    ----------
    run, channel
        Where from.
    luminosity
        fb^-1 to project to.
    allow_incomplete
        Go on where the run lost something.
    recipe
        A recipe instead of the channel's own.
    """
    recipe = recipe or limit_recipe(channel)
    notes = refuse_incomplete(run, allow_incomplete)
    lumi = channel_luminosity(run, channel, luminosity)
    samples = served(run, channel)
    decays = {info.normalisation_events is not None for info in samples.values() if info.kind == "signal"}
    if len(decays) > 1:
        raise ConfigurationError(f"{channel}: some signals are normalised by decays, some by a luminosity; run apart.")
    return Inputs(
        channel=channel,
        recipe=recipe,
        label=" + ".join(load_experiment(name).label for name in _experiments(samples)),
        names={"experiment": "+".join(_experiments(samples)), "period": "+".join(_periods(samples))},
        luminosity=lumi,
        spectra=_spectra(run, channel, recipe, lumi),
        signals=_signals(run, channel, recipe, lumi),
        energy=_energy(samples, lumi),
        decays=decays == {True},
        cutflows=read_cutflows(run, channel, recipe, lumi),
        notes=notes,
        provenance=run.provenance.to_json(),
    )


def inputs_of(
    recipe: LimitRecipe,
    background: Mapping[str, hist.Hist],
    signals: Mapping[float, hist.Hist],
    data: hist.Hist | None = None,
    *,
    luminosity: float,
    cross_sections: Mapping[float, float],
    channel: str = "search",
    coupling: float = 1.0,
) -> Inputs:
    """Take histograms in memory, in events: one region, the recipe's first.

    Parameters
    ----------
    recipe
        Method, window and systematic uncertainties.
    background
        By process; axes: the observable, or variation and observable.
    signals
        By mass (GeV), in events at the cross section of that mass.
    data
        The observable.
    luminosity
        fb^-1 that the events are for.
    cross_sections
        Born, nb, by mass, at `coupling`.
    channel, coupling
        Name for files and labels; the reference coupling.
    """
    region = recipe.regions[0].region
    axis = next(iter(background.values())).axes[-1]
    axes = (Axis(np.asarray(axis.edges, dtype=float), axis.label or axis.name),)
    counts = None if data is None else np.asarray(data.values(), dtype=float)
    known = {process: _in_memory(each, process) for process, each in background.items()}
    found = []
    for mass, each in sorted(signals.items()):
        section = cross_sections[mass]
        templates = {region: _in_memory(each, "signal")}
        found.append(Signal(mass, {"mass": mass}, templates, section, coupling, luminosity * NB_TO_FB * section))
    lumi = Luminosity({("", ""): luminosity}, "data" if data is not None else "scenario")
    names = {"experiment": "", "period": ""}
    return Inputs(channel, recipe, "", names, lumi, {region: Spectrum(region, axes, counts, known)}, tuple(found))


def _in_memory(histogram: hist.Hist, process: str) -> Template:
    nominal, shifted = histogram, {}
    if "variation" in histogram.axes.name:
        names = [name for name in histogram.axes["variation"] if name != "nominal"]
        shifted = {name: np.asarray(histogram[{"variation": name}].values(), dtype=float) for name in names}
        nominal = histogram[{"variation": "nominal"}]
    variances = nominal.variances()
    values = np.asarray(nominal.values(), dtype=float)
    return Template(process, values, np.zeros_like(values) if variances is None else variances, shifted)


def _experiments(samples: Mapping[str, SampleInfo]) -> list[str]:
    return list(dict.fromkeys(info.experiment for info in samples.values() if info.experiment))


def _periods(samples: Mapping[str, SampleInfo]) -> list[str]:
    return list(dict.fromkeys(info.period for info in samples.values() if info.period))


def _energy(samples: Mapping[str, SampleInfo], lumi: Luminosity) -> float | None:
    """Mean centre-of-mass energy (GeV), weighted by luminosity."""
    periods = list(dict.fromkeys((info.experiment, info.period) for info in samples.values() if info.experiment))
    if not periods:
        return None
    shares = np.array([lumi.by_period.get(each, 0.0) for each in periods])
    energies = [load_experiment(experiment).beams(period).sqrt_s for experiment, period in periods]
    return float(np.average(energies, weights=shares if shares.sum() > 0 else None))


def _spectra(run: Run, channel: str, recipe: LimitRecipe, lumi: Luminosity) -> dict[str, Spectrum]:
    return {each.region: spectrum(run, channel, recipe, each, lumi) for each in recipe.regions}


def spectrum(run: Run, channel: str, recipe: LimitRecipe, region: RegionRange, lumi: Luminosity) -> Spectrum:
    """Scale one region's data and backgrounds to events.

    Raises
    ------
    ConfigurationError
        The run has no such channel or histogram, or a sample cannot be normalised.
    """
    histogram, weights = find_histogram(run, channel, recipe.histogram_of(region))
    data: Array | None = None
    backgrounds: dict[str, Template] = {}
    for info in served(run, channel).values():
        if info.kind == "data":
            if region.region in run.sealed.get(channel, ()):
                continue
            counts = read_template(histogram, None, info, region.region, 1.0).values
            data = counts if data is None else data + counts
        elif info.kind == "background":
            template = read_template(
                histogram, weights, info, region.region, event_weight(run, info, lumi, region.region)
            )
            known = backgrounds.get(info.process)
            backgrounds[info.process] = template if known is None else known + template
    observables = histogram.axes[3:]
    axes = tuple(Axis(np.asarray(each.edges, dtype=float), each.label or each.name) for each in observables)
    if len(axes) != len(recipe.window_of(region).observable):
        raise ConfigurationError(f"{channel}: {histogram.axes[-1].name} has {len(axes)} axes, the window rule not.")
    return Spectrum(region.region, axes, data, backgrounds)


def _signals(run: Run, channel: str, recipe: LimitRecipe, lumi: Luminosity) -> tuple[Signal, ...]:
    """Scale every hypothesis's histogram to events at its reference coupling; by point and mode, periods added up."""
    groups: dict[tuple[tuple[tuple[str, float], ...], str], list[SampleInfo]] = {}
    for info in served(run, channel).values():
        if info.kind == "signal" and info.hypothesis is not None:
            point = tuple((key, value) for key, value in info.hypothesis.model_dump().items() if value is not None)
            groups.setdefault((point, mode_of(info.name)), []).append(info)
    if not groups:
        raise ConfigurationError(f"{channel}: the run holds no signal sample; add hypotheses to the catalog.")
    found = [
        replace(_signal(run, channel, recipe, dict(point), infos, lumi), mode=mode)
        for (point, mode), infos in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: tuple(each.point.values())))


def mode_of(sample: str) -> str:
    """Give what a signal sample's name says besides its hypothesis: what stands before `_m` and a number."""
    return re.split(r"_m\d", sample, maxsplit=1)[0] if re.search(r"_m\d", sample) else ""


def _signal(
    run: Run, channel: str, recipe: LimitRecipe, point: dict[str, float], infos: list[SampleInfo], lumi: Luminosity
) -> Signal:
    templates = {}
    for region in recipe.regions:
        weights = [event_weight(run, info, lumi, region.region) for info in infos]
        histogram, shifts = find_histogram(run, channel, recipe.histogram_of(region))
        parts = [
            read_template(histogram, shifts, info, region.region, weight)
            for info, weight in zip(infos, weights, strict=True)
        ]
        templates[region.region] = sum(parts[1:], start=parts[0])
    couplings = {info.reference_coupling for info in infos}
    if len(couplings) > 1:
        raise ConfigurationError(f"signal at {point['mass']} GeV: its samples differ in reference_coupling.")
    produced = sum(event_weight(run, info, lumi) * (run.ledger.sample(info.name).generated[1] or 0.0) for info in infos)
    # Periods at other energies have other cross sections: limits are quoted for their luminosity-weighted mean.
    shares = np.array([lumi.by_period.get((info.experiment, info.period), 0.0) for info in infos])
    sections = np.array([info.cross_section for info in infos], dtype=float)
    mean = float(np.average(sections, weights=shares if shares.sum() > 0 else None))
    isr = float(np.average([info.isr_factor for info in infos], weights=shares if shares.sum() > 0 else None))
    return Signal(point["mass"], point, templates, mean, couplings.pop(), produced, isr_factor=isr)
