"""Closure of a channel's limits: injected signals found, no signal invented, and limits that cover, in one record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from scipy.stats import chi2

from ..datasets.errors import ModelError
from .coverage import Coverage, examine_piece, pieces, summarise
from .engine import Progress
from .histfactory import HistFactory
from .hypotheses import Built
from .injection import LEAST_SHARE, Ground, Injection, inject, times_to_show
from .intervals import Method
from .methods import Request, choose
from .modelling import expected_background, expected_error, is_signal
from .validity import GAUSSIAN_ROOM, trouble

ENOUGH = 25.0  # background events in the windows from which on pulls are those of a Gaussian
FEWEST = 5.0  # signal events with which limits have to cover, at least: fewer no limit can exclude


@dataclass(frozen=True)
class Bias:
    """What pseudo-experiments say of one hypothesis's fits and limits.

    Attributes
    ----------
    name
        The hypothesis.
    background
        Events expected in its window; of several, the least of those that hold a twentieth of the signal.
    method
        How a scan finds its limits.
    none, some
        Pseudo-experiments without signal, and with one of three expected standard deviations (five events at least).
    trouble
        Why mu_hat is not Gaussian, where it is not.
    """

    name: str
    background: float
    method: Method
    none: Coverage
    some: Coverage
    trouble: str = ""

    @property
    def enough(self) -> bool:
        """Whether pulls have to have mean 0 and width 1: mu_hat is Gaussian, or linear in counts, without bounds."""
        return self.background >= ENOUGH and (not self.trouble or self.method == "counting")


@dataclass(frozen=True)
class Closure:
    """A channel's injections and biases; `failed` are hypotheses without a model, and why."""

    channel: str
    luminosity: float
    level: float
    injections: tuple[Injection, ...]
    biases: tuple[Bias, ...]
    failed: dict[str, str]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Closure":
        """Make one from what `dataclasses.asdict` made of it; KeyError or TypeError where it did not."""
        injected = tuple(Injection(**each) for each in document["injections"])
        biases = tuple(
            Bias(**{**each, "none": Coverage(**each["none"]), "some": Coverage(**each["some"])})
            for each in document["biases"]
        )
        return cls(**{**document, "injections": injected, "biases": biases})


def injections(ground: Ground, number: int, sigmas: float, seed: int) -> Iterator[Injection]:
    """Inject a signal that shows at `number` hypotheses: into the Asimov set, and into a pseudo-experiment."""
    for place in ground.chosen(number):
        times = times_to_show(ground, place, sigmas)
        for each in (None, seed):
            yield inject(ground, place, sigmas, each, times=times)


def biases(
    ground: Ground, number: int, toys: int, level: float, sigmas: float, seed: int, progress: Progress | None = None
) -> Iterator[Bias]:
    """Fit pseudo-experiments of `number` hypotheses (all where 0), auxiliary measurements fluctuating too.

    Hypotheses of which none could be fitted join `ground.failed`.
    """
    chosen = ground.chosen(number) if 0 < number < len(ground.built) else ground.built
    for done, (_, built) in enumerate(chosen, start=1):
        try:
            yield _bias(built, toys, level, sigmas, 1000 * seed + done)  # their errors are then independent
        except ModelError as error:
            ground.failed[built.model.name] = str(error)
        if progress is not None:
            progress(done, len(chosen))


def _bias(built: Built, toys: int, level: float, sigmas: float, seed: int) -> Bias:
    method = choose(built.model, Request())[0]
    strength = max(sigmas, FEWEST / (sum(_signal(built.model).values()) * expected_error(built.model)))
    work = pieces(built.model, [method], level, [0.0, strength], toys, seed)
    none, some = summarise([examine_piece(each) for each in work])
    why = trouble(built.model, GAUSSIAN_ROOM)
    return Bias(built.model.name, least_background(built.model), method, none, some, why)


def _signal(model: HistFactory) -> dict[str, float]:
    """Give the signal's events at mu = 1 by channel."""
    return {
        channel.name: sum(float(each.nominal.sum()) for each in channel.samples if is_signal(each))
        for channel in model.channels
    }


def least_background(model: HistFactory) -> float:
    """Give the background events of the window with the least of those that hold a twentieth of the signal."""
    signal = _signal(model)
    expected = expected_background(model)
    least = LEAST_SHARE * sum(signal.values())
    return min(float(expected[name].sum()) for name, events in signal.items() if events >= least)


@dataclass(frozen=True)
class Combined:
    """Pulls and coverage of several hypotheses, whose pseudo-experiments are independent.

    Attributes
    ----------
    mean, mean_error, width, width_error
        Of all pulls together.
    means, widths
        Probability that the hypotheses' own means (widths) scatter around 0 (1) as much as they do or more: that of
        the sum of their squared deviations over their errors. Opposite biases do not cancel in it.
    covered, least, least_name
        Share of limits that cover on average, the least one, and whose it is.
    """

    mean: float
    mean_error: float
    width: float
    width_error: float
    means: float
    widths: float
    covered: float
    least: float
    least_name: str


def combined(biases: Sequence[Bias]) -> Combined | None:
    """Put hypotheses together; None where there are none."""
    if not biases:
        return None
    toys = sum(each.none.fitted for each in biases)
    mean = sum(each.none.fitted * each.none.bias for each in biases) / toys
    square = sum(each.none.fitted * (each.none.width**2 + each.none.bias**2) for each in biases) / toys
    width = sqrt(max(square - mean**2, 0.0))
    shifts = sum(each.none.fitted * each.none.bias**2 for each in biases)
    spreads = sum(2 * each.none.fitted * (each.none.width - 1) ** 2 for each in biases)
    least = min(biases, key=lambda each: each.some.covered)
    return Combined(
        mean=mean,
        mean_error=width / sqrt(toys),
        width=width,
        width_error=width / sqrt(2 * toys),
        means=float(chi2.sf(shifts, len(biases))),
        widths=float(chi2.sf(spreads, len(biases))),
        covered=sum(each.some.covered for each in biases) / len(biases),
        least=least.some.covered,
        least_name=least.name,
    )
