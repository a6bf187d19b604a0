"""Injection: a signal of known strength is put into a channel's expected spectra, and its scan has to find it.

A mass is told no better than within the observable's resolution, and one data set's own fluctuations add an error. A
signal is found where it was put if the peaks of the most significant hypothesis h and of the injected one i are within
one resolution of h along every axis; or, of a pseudo-experiment, if q0(h) - q0(i) is less than three standard
deviations: that is -2 ln of their likelihood ratio, since windows hold all of a signal and the background alone is the
same outside, and is distributed as chi^2 with as many degrees of freedom as the observable has axes (Wilks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from scipy.stats import chi2, poisson

from ..datasets.errors import UsageError
from .combination import draft_at
from .data import generator_of
from .engine import Request, examine
from .histfactory import Array
from .hypotheses import Built, build
from .inputs import Inputs
from .intervals import Interval
from .modelling import expected_background
from .parts import Draft, Part
from .points import SignalSource, choose_points
from .templates import Signal
from .windows import Peak

STEPS = 6  # of the recipe's spacing, on both sides of the injected mass
SAME = 1e-6  # relative difference of equal p-values
FEWEST = 10.0  # signal events that are injected at least: fewer may be none
NEARLY = 0.8  # of the significance that an injected signal is meant to have
STRONGER, MOST_TIMES = 1.5, 12  # factor by which one is raised until it has, and how often
EXCLUDED = 0.0027  # probability of a likelihood ratio from which on a mass is excluded: three standard deviations
LEAST_SHARE = 0.05  # of a signal, in a region that counts for it
RESOLVED = 1.0  # resolutions between the peaks of hypotheses that are told apart


@dataclass(frozen=True)
class Injection:
    """What a scan says of an injected signal.

    Attributes
    ----------
    channel, point
        Where it was put: the hypothesis's parameters.
    seed
        Of the pseudo-experiment; None for the Asimov set, expected events without fluctuations.
    injected, found, error
        Cross section (nb, Born; a branching fraction where decays are counted) that was put in, that was fitted at
        the hypothesis itself, and the fit's standard deviation.
    significance
        Local, at the hypothesis itself, in standard deviations.
    best
        The hypothesis of the largest significance in the scan.
    steps
        How far that one is, in steps of the search's spacing along the mass; 0 where it is the hypothesis itself.
    background
        Events expected in its windows.
    rise
        q0 of the best hypothesis less that of the injected one: -2 ln of their likelihood ratio.
    apart
        Distance of their peaks in the best one's resolutions, along the axis where it is largest; infinite in different
        regions.
    axes
        Number of the observable's axes.
    """

    channel: str
    point: Mapping[str, float]
    seed: int | None
    injected: float
    found: float
    error: float
    significance: float
    best: Mapping[str, float]
    steps: int
    background: float
    rise: float
    apart: float
    axes: int

    @property
    def near(self) -> bool:
        """Whether the best hypothesis is one of those around the injected signal."""
        return abs(self.steps) <= STEPS

    @property
    def located(self) -> bool:
        """Whether the signal was found where it was put, as the top of this file says."""
        if self.steps == 0 or self.apart <= RESOLVED:
            return True
        return self.seed is not None and self.rise < float(chi2.isf(EXCLUDED, self.axes))

    @property
    def place(self) -> str:
        """Where the best hypothesis is, in words."""
        if self.steps == 0:
            return "there"
        if self.near:
            return f"{self.steps:+d} steps"
        differing = ", ".join(f"{name} {value:g}" for name, value in self.best.items() if value != self.point.get(name))
        return f"{differing}, not resolved" if self.located else f"elsewhere: {differing}"

    @property
    def pull(self) -> float:
        """(found - injected) / error."""
        return (self.found - self.injected) / self.error


class Ground:
    """A channel's simulated hypotheses without signal, and their models.

    Parameters
    ----------
    inputs
        Of one run.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.source = SignalSource(inputs)
        self.points = choose_points([self.source], inputs.recipe, "simulated")
        made = self.without_signal(self.points)
        self.built = [(draft, each) for draft, each in made if _is_built(each)]
        self.failed = {draft.name: each for draft, each in made if isinstance(each, str)}

    def draft(self, point: Mapping[str, float], observed: Mapping[str, Array | None]) -> Draft:
        """Give a hypothesis with the counts observed in fine bins, by region."""
        return draft_at(point, (self.inputs,), (self.source,), (observed,))

    def without_signal(self, points: Sequence[Mapping[str, float]]) -> list[tuple[Draft, Built | str]]:
        """Build hypotheses on their Asimov sets."""
        nothing = dict.fromkeys(self.inputs.spectra)
        drafts = [self.draft(point, nothing) for point in points]
        return list(zip(drafts, build(drafts), strict=True))

    def chosen(self, number: int) -> list[tuple[Draft, Built]]:
        """Give `number` hypotheses spread over those that have a model."""
        if not self.built:
            raise UsageError(f"{self.inputs.channel}: no hypothesis has a model; see darkbelle limits.")
        places = np.linspace(0, len(self.built) - 1, number + 2)[1:-1]
        return [self.built[place] for place in dict.fromkeys(places.round().astype(int))]


def inject(
    ground: Ground,
    place: tuple[Draft, Built],
    sigmas: float,
    seed: int | None = None,
    events: Mapping[str, Array] | None = None,
    times: float = 1.0,
) -> Injection:
    """Put a signal into the expected spectra, examine the hypotheses around it and all simulated ones.

    Parameters
    ----------
    ground
        The channel without signal.
    place
        The hypothesis of the signal, one of `ground.built`.
    sigmas
        Its strength, in standard deviations of the fitted strength that are expected without signal; ten events at
        least.
    seed
        Of the pseudo-experiment; the Asimov set where None.
    events
        What is put in, by region in fine bins, at the cross section of the signal's sample; the hypothesis's own
        template where None. Anything else is a signal that the hypothesis does not describe.
    times
        Factor on the strength, as `times_to_show` finds it.
    """
    draft, built = place
    signal = ground.source.at(draft.signal.point)
    strength = times * _strength(built, signal, sigmas)
    around = ground.source.around(signal.point, STEPS)
    others = [point for point in ground.points if dict(point) != dict(signal.point)]
    points = [*around, *others]
    put = _spectra(_values(signal) if events is None else events, strength)
    fitted = _examine(ground, points, put, seed)
    here = next(number for number, point in enumerate(points) if dict(point) == dict(signal.point))
    reference, found = fitted[here]
    best = min(fitted, key=lambda number: fitted[number][1].p0)
    if found.p0 <= fitted[best][1].p0 * (1 + SAME):
        best = here  # others that are counted in the very same bin cannot be told from it
    nothing = dict.fromkeys(ground.inputs.spectra)
    here_peaks, best_peaks = _peaks(built.parts), _peaks(ground.draft(points[best], nothing).parts)
    return Injection(
        channel=ground.inputs.channel,
        point=dict(signal.point),
        seed=seed,
        injected=strength * signal.cross_section,
        found=found.mu_hat * reference,
        error=found.mu_error * reference,
        significance=found.significance,
        best=dict(points[best]),
        steps=best - here if best < len(around) else STEPS + 1,
        background=built.background,
        rise=max(fitted[best][1].significance, 0.0) ** 2 - max(found.significance, 0.0) ** 2,
        apart=_apart(here_peaks, best_peaks),
        axes=max(len(each) for each in here_peaks.values()),
    )


Peaks = Mapping[str, tuple[Peak, ...]]


def _peaks(parts: Sequence[Part]) -> Peaks:
    """Give the peaks along each axis in the regions that hold a twentieth of a signal."""
    least = LEAST_SHARE * sum(float(part.nominal.sum()) for part in parts)
    return {part.label: part.peaks for part in parts if float(part.nominal.sum()) >= least}


def _apart(here: Peaks, best: Peaks) -> float:
    """Give the largest distance of peaks in resolutions of the best hypothesis, which is in the same regions."""
    if here.keys() != best.keys():
        return float("inf")
    return max(
        abs(one.centre - other.centre) / other.width
        for name, peaks in here.items()
        for one, other in zip(peaks, best[name], strict=True)
    )


def times_to_show(ground: Ground, place: tuple[Draft, Built], sigmas: float) -> float:
    """Find how many times stronger a signal of `sigmas` has to be for the Asimov set to show it about as clearly.

    Once where mu_hat is Gaussian; more where few simulated events say little of how much background there may be.
    """
    draft, built = place
    signal, times = ground.source.at(draft.signal.point), 1.0
    strength = _strength(built, signal, sigmas)
    for _ in range(MOST_TIMES):
        fitted = _examine(ground, [signal.point], _spectra(_values(signal), times * strength), None)
        if 0 not in fitted or fitted[0][1].significance >= NEARLY * sigmas:
            break
        times *= STRONGER
    return times


def _strength(built: Built, signal: Signal, sigmas: float) -> float:
    """Give a signal's strength in cross sections of its sample."""
    (alone,) = examine([built.model], Request(method="profile"))
    inside = sum(float(part.nominal.sum()) for part in built.parts)
    return max(sigmas * alone.mu_error * built.reference / signal.cross_section, FEWEST / inside)


def _values(signal: Signal) -> dict[str, Array]:
    return {name: each.values for name, each in signal.templates.items()}


def _spectra(events: Mapping[str, Array], strength: float) -> dict[str, Array]:
    return {name: strength * np.clip(each, 0.0, None) for name, each in events.items()}


def _examine(
    ground: Ground, points: Sequence[Mapping[str, float]], signal: Mapping[str, Array], seed: int | None
) -> dict[int, tuple[float, Interval]]:
    """Give reference cross section and fit of those hypotheses that could be fitted, by their number.

    Every hypothesis sees its own expected background in its window: simulation's fluctuations, which no data have, and
    differences between the polynomials of overlapping windows are left out. Pseudo-experiments use the same random
    number for a fine bin in all windows.
    """
    known = [(n, each) for n, (_, each) in enumerate(ground.without_signal(points)) if _is_built(each)]
    drafts = []
    for number, each in known:
        expected = expected_background(each.model)
        data = {name: np.zeros(spectrum.bins) for name, spectrum in ground.inputs.spectra.items()}
        for part in each.parts:
            rates = _in_fine_bins(part, expected[part.label]) + signal[part.region.region]
            data[part.region.region] = rates if seed is None else _drawn(rates, part, seed)
        drafts.append(ground.draft(points[number], data))
    made = [(number, each) for (number, _), each in zip(known, build(drafts), strict=True) if _is_built(each)]
    found = examine([each.model for _, each in made], Request(method="profile"))
    return {
        number: (each.reference, fit)
        for (number, each), fit in zip(made, found, strict=True)
        if fit.status == "ok" and np.isfinite(fit.mu_error)
    }


def _is_built(made: Built | str) -> TypeGuard[Built]:
    return isinstance(made, Built)


def _in_fine_bins(part: Part, expected: Array) -> Array:
    """Spread what a model expects in its bins evenly over the fine bins that make them up; none outside the window."""
    window, rates = part.window, np.zeros(part.spectrum.bins)
    rates[window.fine] = (expected / np.bincount(window.group))[window.group]
    return rates


def _drawn(rates: Array, part: Part, seed: int) -> Array:
    quantiles = generator_of(seed, part.inputs.names["experiment"], part.region.region).uniform(size=len(rates))
    counts: Array = poisson.ppf(quantiles, rates)
    return counts
