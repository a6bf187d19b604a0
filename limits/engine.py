"""The engine's door: the models of a whole scan in, one frozen result for each of them out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from ..datasets.errors import ModelError
from .asymptotic import Limits, find_limits
from .batches import Batch
from .histfactory import HistFactory
from .intervals import Interval, Method, failed, interval
from .reference import PyhfLikelihood
from .stacking import Structure, stack, structure

Progress = Callable[[int, int], None]
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
RUNGS = ("newton", "newton from another start", "newton, damped")
CELLS = 160_000  # parameters x bins x hypotheses that are fitted together: what stays in a processor's cache
FAILURES = (ModelError, ArithmeticError, ValueError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class Request:
    """What is asked of every hypothesis.

    Attributes
    ----------
    level
        Confidence (credibility) level.
    method
        "cls": asymptotic CLs; "toys": CLs from pseudo-experiments; "bayes": flat prior in mu >= 0, nuisance parameters
        marginalised; "profile": one-sided profile likelihood; "counting": Poisson sums of a one-bin model.
    toys
        Pseudo-experiments at each mu.
    seed
        Of whatever is drawn.
    automatic
        Take toys instead of "cls" where an expected count is too low for the asymptotic formulae; a note says so.
    """

    level: float = 0.90
    method: Method = "cls"
    toys: int = 2000
    seed: int = 1
    automatic: bool = True


@dataclass(frozen=True, eq=False)
class Work:
    """Models of one structure that are examined together; `places` are theirs in the scan."""

    models: tuple[HistFactory, ...]
    places: tuple[int, ...]
    request: Request


DEFAULT = Request()


def examine(
    models: Sequence[HistFactory],
    request: Request = DEFAULT,
    mapper: Mapper = map,
    progress: Progress | None = None,
) -> tuple[Interval, ...]:
    """Find best fit, significance and upper limits of all models of a scan.

    Parameters
    ----------
    models
        The hypotheses, in any mixture of structures.
    request
        What to find.
    mapper
        Applies a function to work items and gives the results in order: `map`, or one that sends them elsewhere.
    progress
        Called with the number of hypotheses done and their total.

    Returns
    -------
    tuple
        One result a model, in their order. A model that cannot be examined carries its reason as status.
    """
    found: list[Interval] = [failed("not examined", request.method)] * len(models)
    work = list(divide(models, request))
    done = 0
    for item, results in zip(work, mapper(examine_together, work), strict=True):
        for place, each in zip(item.places, results, strict=True):
            found[place] = each
        done += len(item.places)
        if progress is not None:
            progress(done, len(models))
    return tuple(found)


def divide(models: Sequence[HistFactory], request: Request) -> Iterator[Work]:
    """Divide a scan into pieces of equal structure; what cannot be stacked goes alone."""
    groups: dict[Structure | int, list[int]] = {}
    for place, model in enumerate(models):
        try:
            groups.setdefault(structure(model), []).append(place)
        except ModelError:
            groups[place] = [place]
    for places in groups.values():
        first = models[places[0]]
        bins = sum(len(each.observed) for each in first.channels)
        parameters = len({each.name for channel in first.channels for s in channel.samples for each in s.modifiers})
        size = max(1, CELLS // max(1, bins * parameters))
        ordered = iter(places)
        while chosen := tuple(islice(ordered, size)):
            yield Work(tuple(models[each] for each in chosen), chosen, request)


def examine_together(work: Work) -> tuple[Interval, ...]:
    """Examine models of one structure; where the batch as a whole fails, each goes alone."""
    try:
        found = _batched(stack(work.models), work.request)
    except FAILURES:
        found = [None] * len(work.models)
    return tuple(
        _alone(model, work.request) if each is None else each for model, each in zip(work.models, found, strict=True)
    )


def _batched(batch: Batch, request: Request) -> list[Interval | None]:
    limits = find_limits(batch, batch.observed, request.level, "profile" if request.method == "profile" else "cls")
    return [_interval(limits, row, request.method) for row in range(len(batch))]


def _interval(limits: Limits, row: int, method: Method) -> Interval | None:
    """Give one hypothesis's record, None where its fits did not converge."""
    values = [limits.mu_hat[row], limits.p0[row], limits.observed[row], *limits.expected[row]]
    if limits.rung[row] >= len(RUNGS) or not np.isfinite(values).all():
        return None
    mu_hat, p0, observed, *expected = (float(each) for each in values)
    minimiser = RUNGS[limits.rung[row]]
    return Interval(mu_hat, p0, observed, tuple(expected), minimiser, float(limits.mu_error[row]), method)  # type: ignore[arg-type]  # one for each of BANDS


def _alone(model: HistFactory, request: Request) -> Interval:
    """Climb the ladder's last rungs: pyhf's model with scipy, then minuit."""
    try:
        found = interval(PyhfLikelihood(model.to_workspace()), request.level, request.method)
    except FAILURES as error:
        return failed(str(error), request.method)
    return replace(found, method=request.method, notes=(*found.notes, f"fitted by {found.minimiser} on pyhf's model"))
