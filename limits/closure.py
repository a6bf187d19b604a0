"""Closure of a channel's limits: injected signals found, no signal invented, and limits that cover, in one record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from ..datasets.errors import ModelError
from .coverage import Coverage, examine_piece, pieces, summarise
from .engine import Progress
from .histfactory import HistFactory
from .hypotheses import Built
from .injection import Ground, Injection, inject
from .intervals import Method
from .methods import Request, choose
from .modelling import expected_background, is_signal

LEAST_SHARE = 0.05  # of the signal
ENOUGH = 25.0  # background events in the windows from which on pulls are those of a Gaussian


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
        How a scan finds its limits; where that is "toys", which toys would take days to examine, those counted are
        asymptotic ones.
    none, some
        Pseudo-experiments without signal, and with one of `sigmas` expected standard deviations.
    """

    name: str
    background: float
    method: Method
    none: Coverage
    some: Coverage

    @property
    def enough(self) -> bool:
        """Whether pulls have to be those of a Gaussian."""
        return self.background >= ENOUGH


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
    """Inject a signal at `number` hypotheses: into the Asimov set, and into a pseudo-experiment."""
    for place in ground.chosen(number):
        for each in (None, seed):
            yield inject(ground, place, sigmas, each)


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
    work = pieces(built.model, ["cls" if method == "toys" else method], level, [0.0, sigmas], toys, seed)
    none, some = summarise([examine_piece(each) for each in work])
    return Bias(built.model.name, _least_background(built.model), method, none, some)


def _least_background(model: HistFactory) -> float:
    signal = {
        channel.name: sum(float(each.nominal.sum()) for each in channel.samples if is_signal(each))
        for channel in model.channels
    }
    expected = expected_background(model)
    least = LEAST_SHARE * sum(signal.values())
    return min(float(expected[name].sum()) for name, events in signal.items() if events >= least)


@dataclass(frozen=True)
class Combined:
    """Pulls and coverage of several hypotheses: their means, errors as if all were independent, and the least."""

    mean: float
    mean_error: float
    width: float
    width_error: float
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
    least = min(biases, key=lambda each: each.some.covered)
    covered = sum(each.some.covered for each in biases) / len(biases)
    return Combined(mean, width / sqrt(toys), width, width / sqrt(2 * toys), covered, least.some.covered, least.name)
