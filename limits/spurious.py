"""The spurious signal: what a smooth background's form makes a signal of, measured on simulated background."""

from collections.abc import Mapping, Sequence

import numpy as np

from .histfactory import Array, Sample
from .linear_fit import fit_linear, stack
from .modelling import make_sample
from .smooth import Sideband, Smooth
from .variations import Effects

REACH = 0.25  # of half a window: hypotheses no further away share the largest of their biases
FEWEST_EVENTS = 100  # simulated ones in a window, of which fewer tell nothing of a bias
FLUCTUATION = 2.0  # standard deviations of the simulation's statistics
SHARE = 1e-3  # of the pair of samples that cancel, as which a spurious signal stands in a model
NAMES = ("spurious_signal", "spurious_offset")


def spurious_events(
    sidebands: Sequence[Sideband],
    fits: Sequence[Smooth],
    signals: Sequence[Array],
    places: Sequence[tuple[str, float, float]],
) -> list[float]:
    """Fit signal and polynomial to the simulated background of every window.

    The yield found, less two standard deviations of what the simulation's own statistics make of it, is the spurious
    signal: what is more is no fluctuation. The largest one of the neighbouring hypotheses counts, since the bias
    oscillates with the mass.

    Parameters
    ----------
    sidebands
        Simulated background.
    fits
        The chosen polynomials.
    signals
        Signal templates, any normalisation.
    places
        Region, and the window's span.

    Returns
    -------
    list
        Events, >= 0.
    """
    result = np.zeros(len(sidebands))
    groups: dict[int, list[int]] = {}
    for number, fit in enumerate(fits):
        groups.setdefault(fit.order, []).append(number)
    for numbers in groups.values():
        result[numbers] = _fit(
            [sidebands[n] for n in numbers], [fits[n] for n in numbers], [signals[n] for n in numbers]
        )
    return _envelope(result, places)


def spurious_samples(events: float, channel: str, signal: Array, shifts: Mapping[str, Array]) -> tuple[Sample, ...]:
    """Give the samples of a spurious signal: none expected, `events` of the signal's shape at one standard deviation.

    The shape has the signal's own uncertainties, at every size of the spurious signal as at every mu. Were it fixed,
    mu and spurious signal could both grow large, cancel, and leave what shifts of the signal's mass make of mu: one
    more form that fits fluctuations, where there is none without signal. HistFactory adds shifts of shape to a sample,
    whatever its size; so 1/`SHARE` times the events, known to `SHARE`, stand beside a sample that is their opposite.

    Parameters
    ----------
    events
        Spurious signal, at one standard deviation.
    channel
        In which it is.
    signal, shifts
        Events of the signal in each bin, and what its nuisance parameters add at one standard deviation.
    """
    size, name = events / float(signal.sum()), f"spurious_signal_{channel}"
    if not shifts:
        return (make_sample(NAMES[0], channel, np.zeros_like(signal), Effects({}, {name: size * signal})),)
    many = size / SHARE
    larger = {source: many * shift for source, shift in shifts.items()}
    opposite = {source: -shift for source, shift in larger.items()}
    return (
        make_sample(NAMES[0], channel, many * signal, Effects({name: SHARE}, larger)),
        make_sample(NAMES[1], channel, -many * signal, Effects({}, opposite)),
    )


def _envelope(biases: Array, places: Sequence[tuple[str, float, float]]) -> list[float]:
    regions = np.array([region for region, _, _ in places])
    low, high = (np.array([place[end] for place in places]) for end in (1, 2))
    centre, reach = (low + high) / 2, REACH * (high - low) / 2
    largest = np.zeros_like(biases)
    for number in range(len(biases)):
        near = (regions == regions[number]) & (np.abs(centre - centre[number]) <= reach[number])
        largest[number] = biases[near].max()
    return [float(each) for each in largest]


def _fit(sidebands: Sequence[Sideband], fits: Sequence[Smooth], signals: Sequence[Array]) -> Array:
    """Give each window's fitted yield beyond two standard deviations of the simulation's statistics."""
    joined = []
    for sideband, fit, signal in zip(sidebands, fits, signals, strict=True):
        size = max(float(np.sqrt(sideband.counts.sum())), 1e-3)
        joined.append(np.vstack([size * signal / signal.sum(), fit.basis]))
    model, counts = stack(joined), stack([each.counts for each in sidebands])
    fixed = stack([each.fixed for each in sidebands])
    lowest = np.zeros(model.shape[:2])
    lowest[:, 0] = -np.inf
    lowest[[each.free for each in fits], 1:] = -np.inf
    start = np.insert(np.stack([each.factors for each in fits]), 0, 0.0, axis=1)
    found, _ = fit_linear(model, counts, fixed, lowest, start)
    yields = found[:, 0] * model[:, 0].sum(axis=1)
    expected = np.maximum(np.einsum("pkb,pk->pb", model, found) + fixed, 1e-12)
    free = found > lowest
    rows = model * free[:, :, None]
    information = np.einsum("pkb,pb,plb->pkl", rows, 1 / expected, rows)
    information = information + np.eye(model.shape[1]) * np.where(free, 1e-12, 1.0)[:, :, None]
    sensitivity = np.linalg.solve(information, rows / expected[:, None, :])[:, 0] * model[:, 0].sum(axis=1)[:, None]
    spread = np.array([each.spread for each in sidebands])
    noise = np.einsum("pb,pb->p", sensitivity**2, expected) * spread
    # Where the events of a rare process weigh most, the noise is more than the mean weight tells.
    known = stack([each.counts * each.spread if each.variances is None else each.variances for each in sidebands])
    noise = np.sqrt(np.maximum(noise, np.einsum("pb,pb->p", sensitivity**2, known)))
    told = np.array([each.events >= FEWEST_EVENTS for each in sidebands])
    bias: Array = np.where(told, np.maximum(np.abs(yields) - FLUCTUATION * noise, 0.0), 0.0)
    return bias
