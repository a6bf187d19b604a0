"""Several runs in one limit: hypotheses aligned by mass, signals at one coupling, nuisances correlated by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..datasets.errors import ModelError, UsageError
from ..processors.run import Run
from .data import choose_data
from .inputs import Inputs, read_inputs
from .parts import Draft, Observed, draft
from .points import Masses, SignalSource, choose_points
from .templates import Signal


def read_all(
    runs: Sequence[Run], channel: str, luminosity: float | None = None, allow_incomplete: bool = False
) -> tuple[Inputs, ...]:
    """Read a channel of every run; a luminosity (fb^-1) to project to is shared as the runs' own are."""
    if luminosity is None:
        return tuple(read_inputs(run, channel, None, allow_incomplete) for run in runs)
    if len(runs) == 1:
        return (read_inputs(runs[0], channel, luminosity, allow_incomplete),)
    own = [each.luminosity.total for each in read_all(runs, channel, None, allow_incomplete)]
    shares = [luminosity * each / sum(own) for each in own]
    return tuple(read_inputs(run, channel, share, allow_incomplete) for run, share in zip(runs, shares, strict=True))


def combined_label(inputs: Sequence[Inputs]) -> str:
    """Name the experiments."""
    return " + ".join(dict.fromkeys(each.label for each in inputs if each.label))


def prefixes(inputs: Sequence[Inputs]) -> list[str]:
    """Give each run a prefix for its regions' names; none where there is one run only."""
    if len(inputs) == 1:
        return [""]
    names = [each.names["experiment"] or "run" for each in inputs]
    return [
        f"{name}_" if names.count(name) == 1 else f"{name}{names[:number].count(name) + 1}_"
        for number, name in enumerate(names)
    ]


def make_drafts(inputs: Sequence[Inputs], pseudo: int | None, unseal: bool, masses: Masses) -> tuple[str, list[Draft]]:
    """Give the kind of data, and every hypothesis of a scan in all runs that know it."""
    chosen = [choose_data(each, pseudo, unseal) for each in inputs]
    kinds = {kind for kind, _ in chosen}
    if len(kinds) > 1:
        raise UsageError("some of the runs hold no data to unseal; leave them out, or set expected limits.")
    sources = [SignalSource(each) for each in inputs]
    points = choose_points(sources, inputs[0].recipe, masses)
    observed = [counts for _, counts in chosen]
    return kinds.pop(), [draft_at(point, inputs, sources, observed) for point in points]


def draft_at(
    point: Mapping[str, float],
    inputs: Sequence[Inputs],
    sources: Sequence[SignalSource],
    observed: Sequence[Observed],
) -> Draft:
    """Give one hypothesis in all runs that know it, with the counts observed in each."""
    recipe = inputs[0].recipe
    name = "_".join([inputs[0].channel, *(f"{key}{value:.6g}" for key, value in point.items())])
    found: list[Draft] = []
    problem = ""
    for own, source, counts, prefix in zip(inputs, sources, observed, prefixes(inputs), strict=True):
        try:
            signal = source.at(point)
        except ModelError as error:
            problem = str(error)
            continue
        if found:
            signal = at_coupling(signal, found[0].signal.coupling, recipe.coupling_power)
        made = draft(name, signal, own, counts, prefix)
        if made.problem:
            problem = made.problem
        else:
            found.append(made)
    if not found:
        return Draft(name, Signal(point["mass"], point, {}, 1.0, 1.0, 1.0), problem=problem)
    exposure = sum(each.signal.produced / each.signal.cross_section for each in found)
    section = sum(each.signal.produced for each in found) / exposure
    first = found[0].signal
    joined = replace(first, point=point, templates={}, cross_section=section, produced=section * exposure)
    return Draft(name, joined, tuple(part for each in found for part in each.parts))


def at_coupling(signal: Signal, coupling: float, power: int) -> Signal:
    """Scale a signal to another reference coupling."""
    factor = (coupling / signal.coupling) ** power
    if factor == 1:
        return signal
    templates = {region: each.times(factor) for region, each in signal.templates.items()}
    return replace(
        signal,
        templates=templates,
        cross_section=factor * signal.cross_section,
        coupling=coupling,
        produced=factor * signal.produced,
        efficiency_errors={region: signal.efficiency_error(region) for region in templates},
    )
