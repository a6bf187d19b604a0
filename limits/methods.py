"""The methods behind one interface: a batch in, a result for each hypothesis out, None where its fits failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..datasets.errors import ModelError
from .asymptotic import Limits, find_limits, local_p
from .batches import Batch
from .counting import count_interval
from .curves import Best
from .histfactory import Array, HistFactory
from .intervals import Interval, Method
from .posterior import ACCURACY, credible_limits
from .toys import toy_limits
from .validity import bent, trouble
from .weighted_counts import weighted_interval

RUNGS = ("newton", "newton from another start", "newton, damped")
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
        marginalised; "profile": one-sided profile likelihood; "counting": Poisson sums of counts.
    toys
        Pseudo-experiments at each mu; 0 leaves "cls" asymptotic where `automatic` would take toys.
    seed
        Of whatever is drawn.
    automatic
        Take exact sums or toys instead of "cls" where the asymptotic formulae do not hold; a note says why.
    """

    level: float = 0.90
    method: Method = "cls"
    toys: int = 2000
    seed: int = 1
    automatic: bool = True


def choose(model: HistFactory, request: Request) -> tuple[Method, tuple[str, ...]]:
    """Choose the method for a hypothesis, and say where it is not the one asked for."""
    if request.method != "cls" or not request.automatic:
        return request.method, ()
    counted = _is_counted(model)
    reason = trouble(model) or (bent(model) if counted else "")
    if not reason:
        return "cls", ()
    method: Method = "counting" if counted else "toys"
    if method == "toys" and not request.toys:
        return "cls", (f"{reason}: the asymptotic formulae are off",)
    sums = "exact Poisson sums" if len(model.channels) == 1 else "Poisson sums of the weighted counts"
    how = sums if method == "counting" else f"{request.toys} toys at each mu"
    return method, (f"{reason}: {how} instead of the asymptotic formulae",)


def _is_counted(model: HistFactory) -> bool:
    """Tell whether all channels are counts, and all that is uncertain is constrained."""
    free = any(
        each.kind in ("normfactor", "shapefactor") and each.name != model.poi
        for channel in model.channels
        for sample in channel.samples
        for each in sample.modifiers
    )
    return not free and all(len(each.observed) == 1 for each in model.channels)


def apply_method(batch: Batch, request: Request, places: Sequence[int]) -> list[Interval | None]:
    """Examine a batch; `places` are its hypotheses' in the scan, so that each one's draws are its own."""
    if request.method in ("cls", "profile"):
        rule = request.method
        limits = find_limits(batch, batch.observed, request.level, "profile" if rule == "profile" else "cls")
        return [_asymptotic(limits, row, request.method) for row in range(len(batch))]
    method = ONE_BY_ONE[request.method]
    return [method(batch.take(slice(row, row + 1)), request, place) for row, place in enumerate(places)]


def _asymptotic(limits: Limits, row: int, method: Method) -> Interval | None:
    """Give one hypothesis's record, None where its fits did not converge."""
    values = [limits.mu_hat[row], limits.p0[row], limits.observed[row], *limits.expected[row]]
    if limits.rung[row] >= len(RUNGS) or not np.isfinite(values).all():
        return None
    mu_hat, p0, observed, *expected = (float(each) for each in values)
    minimiser, error = RUNGS[limits.rung[row]], float(limits.mu_error[row])
    return Interval(mu_hat, p0, observed, _five(expected), minimiser, error, method)


def _five(values: Sequence[float] | Array) -> tuple[float, float, float, float, float]:
    first, second, third, fourth, fifth = (float(each) for each in values)
    return first, second, third, fourth, fifth


def _counting(batch: Batch, request: Request, place: int) -> Interval:  # noqa: ARG001  # all share their draws
    if batch.observed.counts.shape[1] > 1:
        return weighted_interval(batch, request.level, request.seed)
    return count_interval(batch, request.level, "counting", request.seed)


def _bayes(batch: Batch, request: Request, place: int) -> Interval | None:
    if batch.observed.counts.shape[1] == 1:
        try:
            return count_interval(batch, request.level, "bayes", request.seed)
        except ModelError:  # a free factor cannot be drawn: as any other model
            pass
    best, observed, band = credible_limits(batch, request.level, request.seed + place)
    record = _fitted(best, observed.limit, band, "bayes")
    if record is None or observed.error < ACCURACY * observed.limit:
        return record
    note = f"the integration over nuisance parameters is {observed.error / observed.limit:.1%} uncertain"
    return replace(record, notes=(note,))


def _fitted(best: Best, observed: float, band: Sequence[float], method: Method) -> Interval | None:
    rung = max(int(best.free.rung[0]), int(best.null.rung[0]))
    if rung >= len(RUNGS):
        return None
    mu_hat, error = float(best.free.point.parameters[0, 0]), float(best.error[0])
    return Interval(mu_hat, float(local_p(best)[0]), observed, _five(band), RUNGS[rung], error, method)


def _toys(batch: Batch, request: Request, place: int) -> Interval | None:
    asymptotic = find_limits(batch, batch.observed, request.level, "cls")
    record = _asymptotic(asymptotic, 0, "toys")
    if record is None:
        return None
    found = toy_limits(batch, asymptotic, request.level, request.toys, np.random.default_rng([request.seed, place]))
    lost = 1 - found.fitted
    notes: tuple[str, ...] = (f"statistical error of the observed limit from toys: {found.error:.1%}",)
    if lost > 0:
        notes = (*notes, f"{lost:.1%} of the toys could not be fitted and are left out")
    return replace(record, observed=found.observed, expected=_five(found.expected), notes=notes)


ONE_BY_ONE: dict[str, Callable[[Batch, Request, int], Interval | None]] = {
    "counting": _counting,
    "bayes": _bayes,
    "toys": _toys,
}
