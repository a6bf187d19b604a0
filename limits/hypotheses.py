"""From templates to the model of one hypothesis: a counting window, or a signal on a smooth background."""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.special import comb
from scipy.stats import chi2

from ..datasets.errors import ModelError
from ..processors.recipe import LimitRecipe
from .likelihood import PULL_RANGE, BinnedLikelihood
from .model import POI, Array, Component, Model
from .templates import Signal, Spectrum, Template
from .windows import bin_range, find_peak, rebin, rebin_edges, rebin_factor

MU_RANGE = (1.0, 0.0, 100.0)
MAX_ORDER = 8
LARGEST_SHIFT = 0.95 / PULL_RANGE  # of a bin, at one standard deviation
LOW_COUNT = 10.0  # expected events below which the asymptotic formulae are off


@dataclass(frozen=True)
class Built:
    """A model and how the signal in it was scaled.

    Attributes
    ----------
    model
        With the signal scaled to `reference`.
    reference
        Cross section (nb) at mu = 1.
    window
        Observable's range.
    notes
        What a reader should know of it.
    """

    model: Model
    reference: float
    window: tuple[float, float]
    notes: tuple[str, ...] = ()


def build(name: str, recipe: LimitRecipe, spectrum: Spectrum, signal: Signal, observed: Array | None) -> Built:
    """Build the model of one hypothesis.

    Parameters
    ----------
    name
        For messages and files.
    recipe
        The channel's.
    spectrum
        Backgrounds of the hypothesis's region, in events.
    signal
        The hypothesis.
    observed
        Counts in the region's fine bins; None for the Asimov set of the background.

    Raises
    ------
    ModelError
        No signal or no background in the window, or templates that are not finite.
    """
    template = signal.templates[spectrum.region]
    peak = find_peak(template.values, spectrum.edges)
    half = max(recipe.window.half_width * peak.width, recipe.window.minimum_half_width)
    bins = bin_range(spectrum.edges, peak.centre - half, peak.centre + half)
    window = (float(spectrum.edges[bins.start]), float(spectrum.edges[bins.stop]))
    notes: tuple[str, ...] = ()
    if recipe.method == "shape":
        model = _shape(name, recipe, spectrum, template, bins, rebin_factor(spectrum.edges, peak.width), observed)
    else:
        model, notes = _counting(name, recipe, spectrum, template, bins, observed)
    background = float(model.background.sum())
    if background < LOW_COUNT:
        notes += (f"{background:.3g} events expected: the asymptotic formulae are off below {LOW_COUNT:.0f}",)
    factor = 2.0 * BinnedLikelihood(model).error()
    # Without background the information at mu = 0 says nothing: three events are the limit then.
    factor = max(factor, 2.3 / float(model.signal.nominal.sum()))
    return Built(model.scaled(factor), signal.cross_section * factor, window, notes)


def _scales(recipe: LimitRecipe, kind: str) -> dict[str, float]:
    """Give ln(1 + size) by nuisance parameter; sources that share one move together, so that their sizes add up."""
    scales: dict[str, float] = {}
    for each in recipe.systematics:
        if each.on == kind and each.size > 0:
            scales[each.correlated] = scales.get(each.correlated, 0.0) + log(1 + each.size)
    return scales


def _shifts(template: Template, bins: slice) -> dict[str, Array]:
    """Half of the difference between up and down shifts, in the window's fine bins."""
    shifts = {}
    for name, up in template.variations.items():
        stem = name.removesuffix("_up")
        down = template.variations.get(f"{stem}_down")
        if stem != name and down is not None:
            shifts[stem] = 0.5 * (up[bins] - down[bins])
    return shifts


def _counting(
    name: str, recipe: LimitRecipe, spectrum: Spectrum, template: Template, bins: slice, observed: Array | None
) -> tuple[Model, tuple[str, ...]]:
    background = spectrum.background
    count, variance = float(background.values[bins].sum()), float(background.variances[bins].sum())
    notes: tuple[str, ...] = ()
    if count <= 0 < background.values.sum():
        # No simulated event fell in: half an event of the mean weight (Jeffreys' posterior mean), known to 140 %.
        weight = float(background.variances.sum() / background.values.sum())
        count, variance = 0.5 * weight, 0.5 * weight**2
        notes = (f"no simulated background event in the window; {count:.3g} assumed",)
    parts = (
        _one_bin("signal", template, bins, _scales(recipe, "signal"), POI),
        _background_bin(count, variance, background, bins, _scales(recipe, "background")),
    )
    counts = np.array([count if observed is None else float(observed[bins].sum())])
    edges = spectrum.edges[[bins.start, bins.stop]]
    return Model(name, parts, counts, edges, {POI: MU_RANGE}), notes


def _one_bin(name: str, template: Template, bins: slice, scales: dict[str, float], norm: str) -> Component:
    value, variance = float(template.values[bins].sum()), float(template.variances[bins].sum())
    if value <= 0:
        raise ModelError("no signal event was selected.")
    for nuisance, shift in _shifts(template, bins).items():
        scales[nuisance] = scales.get(nuisance, 0.0) + float(np.arctanh(np.clip(shift.sum() / value, -0.9, 0.9)))
    scales["signal_simulation"] = log(1 + sqrt(variance) / value)
    return Component(name, np.array([value]), norm, scales)


def _background_bin(
    count: float, variance: float, background: Template, bins: slice, scales: dict[str, float]
) -> Component:
    for nuisance, shift in _shifts(background, bins).items():
        relative = np.clip(shift.sum() / count, -0.9, 0.9) if count > 0 else 0.0
        scales[nuisance] = scales.get(nuisance, 0.0) + float(np.arctanh(relative))
    return Component("background", np.array([count]), None, scales, errors=np.array([sqrt(variance)]))


def _shape(
    name: str,
    recipe: LimitRecipe,
    spectrum: Spectrum,
    template: Template,
    bins: slice,
    factor: int,
    observed: Array | None,
) -> Model:
    edges = rebin_edges(spectrum.edges[bins.start : bins.stop + 1], factor)
    nominal = rebin(template.values[bins], factor)
    if nominal.sum() <= 0:
        raise ModelError("no signal event was selected.")
    # No bin may become negative within the nuisances' range: there the likelihood has no value.
    most = LARGEST_SHIFT * nominal
    shifts = {each: np.clip(rebin(shift, factor), -most, most) for each, shift in _shifts(template, bins).items()}
    scales = _scales(recipe, "signal")
    scales["signal_simulation"] = log(1 + sqrt(template.variances[bins].sum()) / nominal.sum())
    signal = Component("signal", nominal, POI, scales, shifts)
    peaking = _peaking(recipe, spectrum, bins, factor) if edges[0] < 0 < edges[-1] else ()
    simulated = rebin(spectrum.background.values[bins], factor)
    counts = simulated if observed is None else rebin(observed[bins], factor)
    if not np.isfinite(counts).all() or counts.sum() <= 0:
        raise ModelError("no background is expected anywhere in the window.")
    draft = Model(name, (signal, *peaking), counts, edges, {POI: MU_RANGE})
    smooth = with_polynomial(draft, recipe.background_order)
    if observed is not None:
        return smooth
    # The Asimov set is what the fitted background predicts, not the simulation with its own fluctuations.
    return smooth.with_observed(smooth.background)


def _peaking(recipe: LimitRecipe, spectrum: Spectrum, bins: slice, factor: int) -> tuple[Component, ...]:
    """Give the background that peaks under light hypotheses: shape from simulation, yield within its uncertainty."""
    found = [each for process, each in spectrum.backgrounds.items() if process in recipe.peaking]
    parts = []
    for each in found:
        values = rebin(each.values[bins], factor)
        if values.sum() > 0:
            scales = _scales(recipe, "background")
            scales["peaking_simulation"] = log(1 + sqrt(each.variances[bins].sum()) / values.sum())
            parts.append(Component("peaking", values, None, scales))
    return tuple(parts)


def bernstein(edges: Array, order: int) -> Array:
    """Give the Bernstein polynomials of an order at the bin centres, times bin width: (order + 1, bins), sum 1 each."""
    x = ((edges[1:] + edges[:-1]) / 2 - edges[0]) / (edges[-1] - edges[0])
    widths = np.diff(edges)
    basis = np.array([comb(order, k) * x**k * (1 - x) ** (order - k) * widths for k in range(order + 1)])
    scaled: Array = basis / basis.sum(axis=1, keepdims=True)
    return scaled


def with_polynomial(draft: Model, least_order: int) -> Model:
    """Add the smooth background: each Bernstein polynomial a sample with its own factor >= 0.

    The order grows from `least_order` while the background-only likelihood-ratio test of one or two orders more
    gives a probability below 5 %. Samples are scaled to that fit, so that every factor starts at 1.
    """
    fits = {}

    def fit(order: int) -> tuple[Model, float]:
        if order not in fits:
            trial = _polynomial(draft, bernstein(draft.edges, order), draft.observed.sum() / (order + 1))
            likelihood = BinnedLikelihood(trial)
            found = likelihood.fit(likelihood.observed, mu=0.0)
            factors = dict(zip(list(trial.norms)[1:], found.parameters[1 : order + 2], strict=True))
            fits[order] = (_rescaled(trial, factors), found.twice_nll)
        return fits[order]

    order = max(1, least_order)
    highest = max(order, min(MAX_ORDER, len(draft.observed) - 3))
    while order < highest:
        gains = [(step, fit(order)[1] - fit(order + step)[1]) for step in (1, 2) if order + step <= highest]
        better = [step for step, gain in gains if chi2.sf(max(gain, 0.0), step) < 0.05]
        if not better:
            break
        order += better[0]
    return fit(order)[0]


def _polynomial(draft: Model, basis: Array, scale: float) -> Model:
    names = [f"smooth_{k}" for k in range(len(basis))]
    parts = tuple(Component(name, scale * row, name) for name, row in zip(names, basis, strict=True))
    norms = {POI: MU_RANGE, **dict.fromkeys(names, (1.0, 0.0, 1e4))}
    return Model(draft.name, (*draft.components, *parts), draft.observed, draft.edges, norms)


def _rescaled(model: Model, factors: dict[str, float]) -> Model:
    """Scale each polynomial to its fitted factor; one that the fit does not need keeps 1 % of an even share."""
    parts = []
    norms = {POI: MU_RANGE}
    for each in model.components:
        if each.norm in factors:
            factor = factors[each.norm]
            start = 1.0 if factor > 0.01 else 0.0
            each = Component(each.name, each.nominal * max(factor, 0.01), each.norm)  # noqa: PLW2901  # scaled copy
            norms[each.name] = (start, 0.0, 50.0 if start else 1e4)
        parts.append(each)
    return Model(model.name, tuple(parts), model.observed, model.edges, norms)
