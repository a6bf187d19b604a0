"""Templates: what a run's histograms predict for each process and hypothesis, in events."""

from collections.abc import Mapping
from dataclasses import dataclass

import hist
import numpy as np

from ..datasets.errors import ConfigurationError
from ..processors.run import Run, SampleInfo
from .model import Array
from .normalisation import Luminosity, event_weight, served

NOMINAL = "nominal"


@dataclass(frozen=True)
class Template:
    """Expected events of one process in the fine bins of one region.

    Attributes
    ----------
    process
        The physics process.
    values, variances
        Events, and the variance from the simulation's statistics.
    variations
        Events under each shifted assumption.
    """

    process: str
    values: Array
    variances: Array
    variations: Mapping[str, Array]

    def __add__(self, other: "Template") -> "Template":
        names = self.variations.keys() | other.variations.keys()
        return Template(
            self.process,
            self.values + other.values,
            self.variances + other.variances,
            {
                name: self.variations.get(name, self.values) + other.variations.get(name, other.values)
                for name in sorted(names)
            },
        )


@dataclass(frozen=True)
class Signal:
    """One hypothesis: its template in every region and the cross section that it stands for.

    Attributes
    ----------
    mass
        GeV.
    point
        All of the hypothesis's parameters.
    templates
        By region.
    cross_section
        Born, nb, at `coupling`.
    coupling
        The reference coupling.
    """

    mass: float
    point: Mapping[str, float]
    templates: Mapping[str, Template]
    cross_section: float
    coupling: float


@dataclass(frozen=True)
class Spectrum:
    """One region's observable: data and backgrounds in fine bins.

    Attributes
    ----------
    region, edges, label
        Which region, its fine bin edges, and the observable with its unit.
    data
        Events, or None where there are none.
    backgrounds
        By process.
    """

    region: str
    edges: Array
    label: str
    data: Array | None
    backgrounds: Mapping[str, Template]

    @property
    def background(self) -> Template:
        """Give the sum of all backgrounds."""
        return total(list(self.backgrounds.values()), len(self.edges) - 1)


def total(templates: list[Template], bins: int) -> Template:
    """Add templates; an empty one where there are none."""
    result = Template("background", np.zeros(bins), np.zeros(bins), {})
    for each in templates:
        result = result + each
    return result


def spectra(run: Run, channel: str, name: str, regions: tuple[str, ...], lumi: Luminosity) -> dict[str, Spectrum]:
    """Scale a channel's histogram `name` to events, by region.

    Raises
    ------
    ConfigurationError
        The run has no such channel or histogram, or a sample cannot be normalised.
    """
    histogram = find_histogram(run, channel, name)
    samples = served(run, channel)
    result = {}
    for region in regions:
        data: Array | None = None
        backgrounds: dict[str, Template] = {}
        for info in samples.values():
            if info.kind == "data":
                counts = read_template(histogram, info, region, 1.0).values
                data = counts if data is None else data + counts
            elif info.kind == "background":
                template = read_template(histogram, info, region, event_weight(run, info, lumi, region))
                known = backgrounds.get(info.process)
                backgrounds[info.process] = template if known is None else known + template
        axis = histogram.axes[-1]
        result[region] = Spectrum(region, np.asarray(axis.edges), axis.label or axis.name, data, backgrounds)
    return result


def signals(run: Run, channel: str, name: str, regions: tuple[str, ...], lumi: Luminosity) -> list[Signal]:
    """Scale every hypothesis's histogram to events at its reference coupling; by mass, periods added up."""
    histogram = find_histogram(run, channel, name)
    groups: dict[tuple[tuple[str, float], ...], list[SampleInfo]] = {}
    for info in served(run, channel).values():
        if info.kind == "signal" and info.hypothesis is not None:
            point = tuple((key, value) for key, value in info.hypothesis.model_dump().items() if value is not None)
            groups.setdefault(point, []).append(info)
    found = [_signal(run, histogram, dict(point), infos, regions, lumi) for point, infos in groups.items()]
    if not found:
        raise ConfigurationError(f"{channel}: the run holds no signal sample; add hypotheses to the catalog.")
    return sorted(found, key=lambda each: each.mass)


def _signal(
    run: Run,
    histogram: hist.Hist,
    point: dict[str, float],
    infos: list[SampleInfo],
    regions: tuple[str, ...],
    lumi: Luminosity,
) -> Signal:
    templates = {}
    for region in regions:
        weights = [event_weight(run, info, lumi, region) for info in infos]
        parts = [read_template(histogram, info, region, weight) for info, weight in zip(infos, weights, strict=True)]
        templates[region] = sum(parts[1:], start=parts[0])
    couplings = {info.reference_coupling for info in infos}
    if len(couplings) > 1:
        raise ConfigurationError(f"signal at {point['mass']} GeV: its samples differ in reference_coupling.")
    # Periods at other energies have other cross sections: limits are quoted for their luminosity-weighted mean.
    shares = np.array([lumi.by_period.get((info.experiment, info.period), 0.0) for info in infos])
    sections = np.array([info.cross_section for info in infos], dtype=float)
    mean = float(np.average(sections, weights=shares if shares.sum() > 0 else None))
    return Signal(point["mass"], point, templates, mean, couplings.pop())


def find_histogram(run: Run, channel: str, name: str) -> hist.Hist:
    """Give a channel's histogram; ConfigurationError names those that the run has."""
    if channel not in run.histograms:
        raise ConfigurationError(f"the run has no channel {channel!r}; it has {', '.join(run.histograms) or 'none'}.")
    named = run.histograms[channel]
    if name not in named:
        raise ConfigurationError(f"{channel}: the run has no histogram {name!r}; it has {', '.join(named)}.")
    return named[name]


def read_template(histogram: hist.Hist, info: SampleInfo, region: str, weight: float) -> Template:
    """Take one sample's region out of a histogram, times `weight`; what lies beyond the axis is not part of it."""
    variations = list(histogram.axes["variation"])
    if info.name not in list(histogram.axes["process"]) or region not in list(histogram.axes["region"]):
        raise ConfigurationError(f"the histogram holds no sample {info.name!r} in region {region!r}.")
    view = histogram[{"process": info.name, "region": region}]
    # A variation that a sample does not have is left empty: it is then no variation of it.
    shifted = {name: weight * view[{"variation": name}].values() for name in variations if name != NOMINAL}
    nominal = view[{"variation": NOMINAL}]
    return Template(
        info.process,
        weight * nominal.values(),
        weight**2 * nominal.variances(),
        {name: values for name, values in shifted.items() if values.any()},
    )
