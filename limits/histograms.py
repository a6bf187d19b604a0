"""Reading a channel's histograms: one sample's region, with the shifts of shapes and of weights."""

from collections.abc import Mapping

import hist
import numpy as np

from ..datasets.errors import ConfigurationError
from ..processors.run import Run, SampleInfo
from .histfactory import Array
from .templates import Template

NOMINAL = "nominal"
WEIGHTS = "_weights"


def find_histogram(run: Run, channel: str, name: str) -> tuple[hist.Hist, hist.Hist | None]:
    """Give a channel's histogram and, where there is one, its companion of weight variations.

    Raises
    ------
    ConfigurationError
        It names the channels or histograms that the run has.
    """
    if channel not in run.histograms:
        raise ConfigurationError(f"the run has no channel {channel!r}; it has {', '.join(run.histograms) or 'none'}.")
    named = run.histograms[channel]
    if name not in named:
        raise ConfigurationError(f"{channel}: the run has no histogram {name!r}; it has {', '.join(named)}.")
    return named[name], named.get(f"{name}{WEIGHTS}")


def read_template(
    histogram: hist.Hist, weights: hist.Hist | None, info: SampleInfo, region: str, weight: float
) -> Template:
    """Take one sample's region out of a histogram, times `weight`; what lies beyond the axes is not part of it."""
    if info.name not in list(histogram.axes["process"]) or region not in list(histogram.axes["region"]):
        raise ConfigurationError(f"the histogram holds no sample {info.name!r} in region {region!r}.")
    found = _by_variation(histogram, info.name, region)
    nominal = histogram[{"process": info.name, "region": region, "variation": NOMINAL}]
    shifted = {name: weight * values.reshape(-1) for name, values in found.items() if name != NOMINAL}
    if weights is not None:
        coarse = _by_variation(weights, info.name, region)
        fine = [np.asarray(each.edges) for each in histogram.axes[3:]]
        edges = [np.asarray(each.edges) for each in weights.axes[3:]]
        shifted |= {
            name: weight * values.reshape(-1) for name, values in _refined(found[NOMINAL], fine, coarse, edges).items()
        }
    return Template(
        info.process,
        weight * found[NOMINAL].reshape(-1),
        weight**2 * np.asarray(nominal.variances()).reshape(-1),
        # A variation that a sample does not have is left empty: it is then no variation of it.
        {name: values for name, values in shifted.items() if values.any()},
    )


def _by_variation(histogram: hist.Hist, sample: str, region: str) -> dict[str, Array]:
    if sample not in list(histogram.axes["process"]) or region not in list(histogram.axes["region"]):
        return {}
    view = histogram[{"process": sample, "region": region}]
    return {name: view[{"variation": name}].values() for name in histogram.axes["variation"]}


def _refined(nominal: Array, fine: list[Array], coarse: Mapping[str, Array], edges: list[Array]) -> dict[str, Array]:
    """Carry relative shifts in coarse bins over to the fine bins of the nominal histogram."""
    if NOMINAL not in coarse:
        return {}
    places = [
        np.clip(np.searchsorted(wide, (narrow[1:] + narrow[:-1]) / 2, side="right") - 1, 0, len(wide) - 2)
        for wide, narrow in zip(edges, fine, strict=True)
    ]
    base = coarse[NOMINAL]
    result = {}
    for name, values in coarse.items():
        if name != NOMINAL and values.any():
            ratio = np.divide(values, base, out=np.ones_like(base), where=base > 0)
            result[name] = nominal * ratio[np.ix_(*places)]
    return result
