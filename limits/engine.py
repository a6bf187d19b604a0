"""The engine's door: the models of a whole scan in, one frozen result for each of them out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice
from json import dumps
from typing import Any

from ..datasets.errors import ModelError
from .degeneracies import degenerate
from .doctor import Complaint, diagnose
from .histfactory import HistFactory
from .intervals import Interval, Method, failed, interval
from .methods import FAILURES, Request, apply_method, choose
from .reference import PyhfLikelihood
from .stacking import Structure, global_parameters, stack, structure

__all__ = ["Mapper", "Progress", "Request", "Work", "divide", "examine", "examine_together"]

Progress = Callable[[int, int], None]
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
CELLS = 160_000  # parameters x bins x hypotheses that are fitted together: what stays in a processor's cache


@dataclass(frozen=True, eq=False)
class Work:
    """Models of one structure that are examined together by one method; `places` are theirs in the scan."""

    models: tuple[HistFactory, ...]
    places: tuple[int, ...]
    request: Request
    notes: tuple[tuple[str, ...], ...]

    def fingerprint(self) -> str:
        """Write down all that the results depend on."""
        models = [each.to_workspace() for each in self.models]
        return dumps([models, self.places, asdict(self.request), self.notes], sort_keys=True)


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
    complaints = [diagnose(each) for each in models]
    found = [_refused(each, request.method) for each in complaints]
    work = list(divide([(place, models[place]) for place, each in enumerate(found) if each is None], request))
    done = sum(each is not None for each in found)
    for item, results in zip(work, mapper(examine_together, work), strict=True):
        for place, each in zip(item.places, results, strict=True):
            remarks = tuple(f"caution: {remark}" for remark in complaints[place])
            found[place] = replace(each, notes=(*each.notes, *remarks))
        done += len(item.places)
        if progress is not None:
            progress(done, len(models))
    return tuple(each if each is not None else failed("not examined", request.method) for each in found)


def _refused(complaints: tuple[Complaint, ...], method: Method) -> Interval | None:
    fatal = [str(each) for each in complaints if each.fatal]
    more = f" ({len(fatal) - 1} more like it)" if len(fatal) > 1 else ""
    return failed(fatal[0] + more, method) if fatal else None


def divide(numbered: Sequence[tuple[int, HistFactory]], request: Request) -> Iterator[Work]:
    """Divide a scan into pieces of equal structure and method; what cannot be stacked goes alone."""
    groups: dict[tuple[Structure | int, Method], list[tuple[int, HistFactory, tuple[str, ...]]]] = {}
    for place, model in numbered:
        method, notes = choose(model, request)
        try:
            kind: Structure | int = structure(model)
        except ModelError:
            kind = place
        groups.setdefault((kind, method), []).append((place, model, notes))
    for (_, method), group in groups.items():
        ordered = iter(group)
        while chosen := tuple(islice(ordered, _number(group[0][1], method))):
            places, models, remarks = zip(*chosen, strict=True)
            yield Work(models, places, replace(request, method=method), tuple(remarks))


def _number(model: HistFactory, method: Method) -> int:
    """Choose how many models like this one are examined together."""
    if method not in ("cls", "profile"):
        return 1
    bins = sum(len(each.observed) for each in model.channels)
    parameters = len({each.name for channel in model.channels for s in channel.samples for each in s.modifiers})
    return max(1, CELLS // max(1, bins * parameters))


def examine_together(work: Work) -> tuple[Interval, ...]:
    """Examine models of one structure; where the batch as a whole fails, each goes alone."""
    remarks: list[tuple[str, ...]] = [()] * len(work.models)
    found: list[Interval | None] = [None] * len(work.models)
    with suppress(Exception):  # whatever it is, each then goes alone, where its reason is kept
        batch = stack(work.models)
        remarks = [_unconstrained(*each) for each in zip(work.models, degenerate(batch), strict=True)]
        found = apply_method(batch, work.request, work.places)
    results = []
    for model, each, *notes in zip(work.models, found, work.notes, remarks, strict=True):
        result = _alone(model, work.request) if each is None else each
        added = (*notes[0], *notes[1])
        results.append(replace(result, notes=(*added, *result.notes)) if added else result)
    return tuple(results)


def _unconstrained(model: HistFactory, numbers: tuple[int, ...]) -> tuple[str, ...]:
    if not numbers:
        return ()
    named = " and ".join(global_parameters(model)[each] for each in numbers)
    return (f"caution: the data cannot tell {named} apart; constrain one, or leave it out",)


def _alone(model: HistFactory, request: Request) -> Interval:
    """Climb the ladder's last rungs: pyhf's model with scipy, then minuit; asymptotic formulae only."""
    if request.method not in ("cls", "profile"):
        return _explained(model, request)
    try:
        found = interval(PyhfLikelihood(model.to_workspace()), request.level, request.method)
    except Exception as error:  # noqa: BLE001  # whatever pyhf raises, no other hypothesis is lost by it
        return failed(str(error).split("\n")[0], request.method)
    return replace(found, method=request.method, notes=(*found.notes, f"fitted by {found.minimiser} on pyhf's model"))


def _explained(model: HistFactory, request: Request) -> Interval:
    """Give the reason why a method that has no second way failed."""
    try:
        (found,) = apply_method(stack([model]), request, (0,))
    except FAILURES as error:
        return failed(str(error), request.method)
    return found or failed(f"the fits that {request.method} needs did not converge", request.method)
