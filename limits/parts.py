"""One hypothesis in the regions that look for its mass: windows, signal, and what nuisance parameters do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..datasets.errors import ModelError
from ..processors.recipe import RegionRange
from .histfactory import Array
from .inputs import Inputs
from .templates import Signal, Spectrum
from .variations import Effects, add_flat, effects
from .windows import Indices, Peak, Window, find_peaks, make_window

Observed = Mapping[str, Array | None]
LEAST_SIGNAL = 1e-3  # of the region with most of it: where there is less of a signal, a region only costs time


@dataclass(frozen=True)
class Part:
    """One hypothesis in one region, before its background is fitted.

    Attributes
    ----------
    inputs, region, label
        Whose region, and the name of its pyhf channel.
    signal
        Template at the reference coupling.
    window
        Bins.
    nominal, effects
        The signal's events in the window, and what nuisance parameters do to them.
    observed
        Counts in the window; None for the Asimov set.
    """

    inputs: Inputs
    region: RegionRange
    label: str
    signal: Signal
    window: Window
    nominal: Array
    effects: Effects
    observed: Array | None

    @property
    def spectrum(self) -> Spectrum:
        """The region's backgrounds."""
        return self.inputs.spectra[self.region.region]

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """The signal's peak along each axis."""
        rule = self.inputs.recipe.window_of(self.region)
        return find_peaks(self.signal.templates[self.region.region].values, self.spectrum.axes, rule.combinatorial)

    @property
    def smooth(self) -> bool:
        """Whether a polynomial stands for the region's background."""
        return self.inputs.recipe.background_of(self.region) == "polynomial"


@dataclass(frozen=True)
class Draft:
    """One hypothesis: its parts, or why there are none."""

    name: str
    signal: Signal
    parts: tuple[Part, ...] = ()
    problem: str = ""


def draft(name: str, signal: Signal, inputs: Inputs, observed: Observed, prefix: str = "") -> Draft:
    """Find the windows of a hypothesis in the regions that look for its mass.

    Parameters
    ----------
    name
        For messages and files.
    signal
        The hypothesis.
    inputs
        Backgrounds and recipe.
    observed
        By region, counts in fine bins, None for the Asimov set.
    prefix
        Names the run in a combination.
    """
    looked = inputs.recipe.regions_at(signal.mass)
    if not looked:
        return Draft(name, signal, problem=f"no region looks for a mass of {signal.mass:g} GeV.")
    parts, problems = [], []
    yields = {name: float(each.values.sum()) for name, each in signal.templates.items()}
    known = [each for each in looked if each.region in yields]
    most = max((yields[each.region] for each in known), default=0.0)
    for region in known:
        if yields[region.region] < LEAST_SIGNAL * most:
            continue
        try:
            parts.append(_part(region, signal, inputs, observed[region.region], prefix))
        except ModelError as error:
            problems.append(str(error))
    if not parts:
        return Draft(name, signal, problem=problems[0] if problems else "no signal event was selected.")
    return Draft(name, signal, tuple(parts))


def _part(region: RegionRange, signal: Signal, inputs: Inputs, observed: Array | None, prefix: str) -> Part:
    recipe, spectrum = inputs.recipe, inputs.spectra[region.region]
    template = signal.templates[region.region]
    rule = recipe.window_of(region)
    peaks = find_peaks(template.values, spectrum.axes, rule.combinatorial)
    window = make_window(spectrum.axes, peaks, rule, recipe.method == "counting", recipe.excluded, spectrum.reach)
    part = _filled(region, signal, inputs, f"{prefix}{region.region}", window)
    return part if observed is None else replace(part, observed=window.take(observed))


def _filled(region: RegionRange, signal: Signal, inputs: Inputs, label: str, window: Window) -> Part:
    """Find what of a signal lies in a window, and what nuisance parameters do to it."""
    template = signal.templates[region.region]
    nominal = np.clip(window.take(template.values), 0.0, None)
    if not np.isfinite(nominal).all() or nominal.sum() <= 0:
        raise ModelError("no signal event was selected.")
    found = effects(template, window)
    add_flat(found, inputs.recipe.systematics, "signal", region.region, "signal", inputs.names)
    error = signal.efficiency_error(region.region)
    if error > 0:
        found.add_scale(f"signal_simulation_{label}", float(np.log1p(error)))
    return Part(inputs, region, label, signal, window, nominal, found, None)


def merged_part(part: Part, numbers: Indices) -> Part:
    """Give a part with bins of its window merged; `numbers` are each one's in the new window, in order."""
    window = part.window.merged(numbers)
    made = _filled(part.region, part.signal, part.inputs, part.label, window)
    if part.observed is None:
        return made
    return replace(made, observed=np.bincount(numbers, weights=part.observed).astype(np.float64))
