"""From a scan's hypotheses to their models: all smooth backgrounds fitted at once, samples and parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets.errors import ModelError
from .histfactory import POI, Channel, HistFactory, ParameterSettings, Sample
from .merging import merge_bins
from .modelling import expected_background, expected_error, make_sample, scaled
from .parts import Draft, Part
from .sidebands import counts_of, peaking_samples, sideband_of, simulated_sideband
from .smooth import LEAST_FACTOR, Smooth, fit_smooth
from .spurious import FEWEST_EVENTS, spurious_events, spurious_samples
from .statistics_of_simulation import has_few, pruned_errors, unseen_events
from .validity import LOW_COUNT
from .variations import Effects, add_flat, effects

MU = ParameterSettings(inits=(1.0,), bounds=((0.0, 100.0),))
FREE_RANGE = 50.0  # of a polynomial's factor, in units of its fit


@dataclass(frozen=True)
class Built:
    """A model and how the signal in it was scaled.

    Attributes
    ----------
    model
        With the signal scaled to `reference`.
    reference
        Cross section (nb), or branching fraction, at mu = 1.
    efficiency
        Selected in the windows over produced.
    background
        Expected events in the windows.
    windows
        The observable's range by region.
    parts
        What it was built of: the draft's, with bins merged where too few events are expected.
    notes
        What a reader should know of it.
    """

    model: HistFactory
    reference: float
    efficiency: float
    background: float
    windows: Mapping[str, tuple[float, float]]
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


Tell = Callable[[int, int], None]


def build(drafts: Sequence[Draft], tell: Tell | None = None) -> list[Built | str]:
    """Build the models of a scan; a hypothesis that cannot be built gives its reason instead.

    Parameters
    ----------
    drafts
        The hypotheses.
    tell
        Called with the number of hypotheses built and their total.
    """
    drafts = merge_bins(drafts)
    smooth = _smooth([part for each in drafts for part in each.parts if part.smooth])
    results: list[Built | str] = []
    for number, each in enumerate(drafts, start=1):
        if each.problem:
            results.append(each.problem)
        else:
            try:
                results.append(_assemble(each, smooth))
            except (ModelError, ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
                results.append(str(error))
        if tell is not None:
            tell(number, len(drafts))
    return results


@dataclass(frozen=True)
class _Background:
    """A fitted smooth background, the spurious signal (events) that its form may cause, and simulated events for it."""

    smooth: Smooth
    spurious: float
    simulated: float


def _smooth(parts: Sequence[Part]) -> dict[int, _Background]:
    """Fit the smooth backgrounds of all parts at once; keys are the parts' identities."""
    good = [part for part in parts if counts_of(part).sum() > 0]
    if not good:
        return {}
    simulated = [simulated_sideband(part) for part in good]
    sidebands = [sideband_of(part, known) for part, known in zip(good, simulated, strict=True)]
    order = max(part.inputs.recipe.background_order for part in good)
    fits = fit_smooth(sidebands, order)
    biases = spurious_events(
        simulated,
        fits,
        [part.nominal for part in good],
        [(part.label, *part.window.span) for part in good],
    )
    return {
        id(part): _Background(fit, bias, known.events)
        for part, fit, bias, known in zip(good, fits, biases, simulated, strict=True)
    }


def _assemble(each: Draft, smooth: Mapping[int, _Background]) -> Built:
    channels, notes = [], []
    parameters = {POI: MU}
    for part in each.parts:
        channel, settings, told = _region(part, smooth.get(id(part)))
        channels.append(channel)
        parameters |= settings
        notes += told
    model = HistFactory(each.name, tuple(channels), parameters)
    expected = expected_background(model)
    # The Asimov set is what the fitted background predicts, not the simulation with its own fluctuations.
    observed = {part.label: expected[part.label] if part.observed is None else part.observed for part in each.parts}
    model = model.with_observed(observed)
    background = float(sum(values.sum() for values in expected.values()))
    if background < LOW_COUNT:
        notes.append(f"{background:.3g} events expected: the asymptotic formulae are off below {LOW_COUNT:.0f}")
    signal = float(sum(part.nominal.sum() for part in each.parts))
    # Without background the information at mu = 0 says nothing: three events are the limit then.
    factor = max(2.0 * expected_error(model), 2.3 / signal)
    produced = sum({id(part.inputs): part.signal.produced for part in each.parts}.values())
    return Built(
        scaled(model, factor),
        each.signal.cross_section * factor,
        signal / produced,
        background,
        {part.label: part.window.span for part in each.parts},
        each.parts,
        tuple(dict.fromkeys(notes)),
    )


def _region(part: Part, background: _Background | None) -> tuple[Channel, dict[str, ParameterSettings], list[str]]:
    signal = make_sample("signal", part.label, part.nominal, part.effects, POI)
    if not part.smooth:
        samples, notes = _templates(part)
        settings: dict[str, ParameterSettings] = {}
    elif background is None:
        raise ModelError("no background is expected anywhere in the window.")
    else:
        samples, settings, notes = _polynomial(part, background)
    if not samples:
        raise ModelError("no background is expected anywhere in the window.")
    return Channel(part.label, (signal, *samples), np.zeros(part.window.bins)), settings, notes


def _templates(part: Part) -> tuple[tuple[Sample, ...], list[str]]:
    """Give one sample a process, with the statistical errors of the simulation."""
    recipe, window, backgrounds = part.inputs.recipe, part.window, part.spectrum.backgrounds
    values = {process: np.clip(window.take(each.values), 0.0, None) for process, each in backgrounds.items()}
    values = {process: each for process, each in values.items() if each.sum() > 0}
    errors = {process: np.sqrt(window.take(backgrounds[process].variances)) for process in values}
    known = {}
    for process in values:
        known[process] = effects(backgrounds[process], window)
        add_flat(known[process], recipe.systematics, "background", part.region.region, process, part.inputs.names)
    filler, notes = unseen_events(part.spectrum.background, np.sum(list(values.values()), axis=0), window.bins)
    if filler is not None:
        values["unseen"], errors["unseen"], known["unseen"] = *filler, Effects()
    kept = pruned_errors(values, errors)
    total = float(np.sum(list(values.values())))
    counted = recipe.method == "counting" and window.bins == 1
    few = {each: counted and has_few(float(values[each].sum()), float(errors[each].sum()), total) for each in values}
    return tuple(
        make_sample(process, part.label, nominal, known[process], None, kept[process], few[process])
        for process, nominal in values.items()
    ), notes


def _polynomial(
    part: Part, background: _Background
) -> tuple[tuple[Sample, ...], dict[str, ParameterSettings], list[str]]:
    """Give one sample a Bernstein polynomial, scaled to the fit so that every factor starts at 1."""
    samples: list[Sample] = list(peaking_samples(part))
    settings = {}
    free = background.smooth.free
    for number, (row, factor) in enumerate(zip(background.smooth.basis, background.smooth.factors, strict=True)):
        name = f"smooth_{part.label}_{number}"
        size = max(abs(float(factor)), LEAST_FACTOR)
        needed = abs(float(factor)) >= LEAST_FACTOR
        samples.append(make_sample(name, part.label, row * size, Effects(), name))
        range_ = FREE_RANGE if needed else 1e4
        begin = float(factor) / size if free or needed else 0.0
        settings[name] = ParameterSettings((begin,), ((-range_ if free else 0.0, range_),))
    notes = []
    if background.simulated < FEWEST_EVENTS:
        told = f"{background.simulated:.3g} simulated events in the window ({part.label})"
        notes.append(f"spurious signal not measured, there are only {told}: the background's form is taken on trust")
    elif background.spurious > 0:
        samples += spurious_samples(background.spurious, part.label, part.nominal, part.effects.shifts)
        notes.append(
            f"spurious signal: {background.spurious:.3g} events ({part.label}), order {background.smooth.order}"
        )
    return tuple(samples), settings, notes
