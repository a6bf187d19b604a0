"""The engine's door: the models of a whole scan in, one frozen result for each of them out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..datasets.errors import ModelError
from .histfactory import HistFactory
from .intervals import Interval, Method, failed, interval
from .reference import PyhfLikelihood

Progress = Callable[[int, int], None]
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


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


def examine(
    models: Sequence[HistFactory],
    request: Request = Request(),  # frozen
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
    done = []
    for found in mapper(lambda model: _alone(model, request), models):
        done.append(found)
        if progress is not None:
            progress(len(done), len(models))
    return tuple(done)


def _alone(model: HistFactory, request: Request) -> Interval:
    try:
        found = interval(PyhfLikelihood(model.to_workspace()), request.level, request.method)
    except (ModelError, ArithmeticError, ValueError) as error:
        return failed(str(error), request.method)
    return replace(found, method=request.method)
