"""Where the asymptotic formulae hold: they take mu_hat for a Gaussian whose truth lies inside all bounds.

Expected rates are not negative, so that mu_hat ends where the signal would take away all background of a bin; and a
background's factor that is best at its bound can only move one way, and takes mu_hat along (Chernoff 1954;
arXiv:1007.1727 asks for a truth away from the bounds, section 3).
"""

import numpy as np

from .histfactory import Array, HistFactory
from .modelling import at_start, derivative, expected_background, information, is_signal
from .stacking import DEFAULTS, FREE_RANGE
from .statistics_of_simulation import KNOWN

LOW_COUNT = 10.0  # background events under the signal
LEAST_ROOM = 2.0  # standard deviations that mu_hat can fall; a count of ten known events leaves it 3.2
GAUSSIAN_ROOM = 3.0  # those with which its pulls are Gaussian: limits do not depend on how far it falls
MOST_SHIFT = 0.05  # of mu_hat, in standard deviations, by factors at their bounds
HALF_GAUSSIAN = 0.4  # mean of the positive half of a standard Gaussian: 1/sqrt(2 pi)
BENT = 0.2  # relative error of a background whose factors multiply: q_0 grows by about its square
PLENTY = 10.0  # standard deviations of room without nuisance parameters, from which on free factors leave enough


def background_under_signal(model: HistFactory) -> float:
    """Give (sum s)^2 / sum(s^2/b) over all bins: the background events that compete with the signal."""
    signal, background, _ = _rates(model)
    weighted = float(np.sum(signal**2 / background))
    return float(signal.sum()) ** 2 / weighted if weighted > 0 else np.inf


def trouble(model: HistFactory, least_room: float = LEAST_ROOM) -> str:
    """Say why mu_hat of a hypothesis is not Gaussian; nothing where it is.

    Parameters
    ----------
    model
        The hypothesis.
    least_room
        Standard deviations that mu_hat has to be free to fall.
    """
    events = background_under_signal(model)
    if events < LOW_COUNT:
        return f"{events:.2g} background events under the signal"
    signal, background, errors = _rates(model)
    if ((errors > KNOWN * background) & (signal > 0)).any():
        return f"a bin's background is known to {np.max((errors / background)[signal > 0]):.0%} only"
    least = float(np.min(background[signal > 0] / signal[signal > 0]))
    bounded = _bounded(model)
    if not bounded and least * np.sqrt(np.sum(signal**2 / background)) > PLENTY and not _is_uncertain(model):
        return ""
    names, matrix = information(model)
    covariance = np.linalg.pinv(matrix, hermitian=True).astype(np.float64)
    room = _room(model, names, covariance)
    if room < least_room:
        return f"mu_hat can fall {room:.2g} standard deviations until a bin's rate is zero"
    size = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    rows = [number for number, (name, _) in enumerate(names) if name in bounded]
    shift = HALF_GAUSSIAN * max((abs(covariance[0, row]) / size[0] / size[row] for row in rows), default=0.0)
    if shift > MOST_SHIFT:
        return f"a background at its bound of zero shifts mu_hat by about {shift:.2f} standard deviations"
    return ""


def _room(model: HistFactory, names: list[tuple[str, str]], covariance: Array) -> float:
    """Give the standard deviations from the truth to where a bin's rate is zero, the least of all that signal reaches.

    The rate is linear in mu and free factors, and zero on a plane; the distance to it, all of them moving, is the rate
    over its error. Without free factors it is how far mu_hat can fall, b/s over its error.
    """
    place = {name: row for row, (name, kind) in enumerate(names) if kind == "normfactor"}
    background, least = expected_background(model), np.inf
    for channel in model.channels:
        rows = np.zeros((len(names), len(channel.observed)))
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind == "normfactor":
                    rows[place[each.name]] += sample.nominal
        reached = rows[0] > 0
        variance = np.einsum("kb,kl,lb->b", rows, covariance, rows)[reached]
        rates = np.maximum(background[channel.name][reached], 1e-12)
        least = min(least, float(np.min(rates / np.sqrt(np.maximum(variance, 1e-300)), initial=np.inf)))
    return least


def bent(model: HistFactory) -> str:
    """Say where a background's factors are so uncertain that their product is not linear; nothing where none is.

    Exponentials of nuisance parameters times bin factors: -2 ln L is no parabola then, its rise is not chi^2.
    """
    most = 0.0
    background = expected_background(model)
    for channel in model.channels:
        changes: dict[str, Array] = {}
        variance = np.zeros(len(channel.observed))
        for sample in channel.samples:
            if is_signal(sample, model.poi):
                continue
            for each in sample.modifiers:
                if each.kind in ("staterror", "shapesys"):
                    variance += each.data**2
                elif each.kind == "normsys":
                    changes[each.name] = changes.get(each.name, 0.0) + derivative(model, sample, each)
        variance += sum(each**2 for each in changes.values())
        most = max(most, float(np.max(np.sqrt(variance) / np.maximum(background[channel.name], 1e-12))))
    return f"a background is known to {most:.0%}, by factors that multiply" if most > BENT else ""


def _rates(model: HistFactory) -> tuple[Array, Array, Array]:
    """Give signal at mu = 1, background, and the background's error from simulation's statistics in all bins."""
    signals, variances = [], []
    for channel in model.channels:
        signal, variance = np.zeros((2, len(channel.observed)))
        for sample in channel.samples:
            if is_signal(sample, model.poi):
                signal += sample.nominal
            for each in sample.modifiers:
                if each.kind in ("staterror", "shapesys"):
                    variance += each.data**2
        signals.append(signal)
        variances.append(variance)
    background = np.maximum(np.concatenate(list(expected_background(model).values())), 1e-12)
    return np.concatenate(signals), background, np.sqrt(np.concatenate(variances))


def _bounded(model: HistFactory) -> set[str]:
    """List the free factors of backgrounds that start at their lower bound."""
    found = set()
    for channel in model.channels:
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind == "normfactor" and each.name != model.poi:
                    settings = model.parameters.get(each.name, DEFAULTS)
                    low = settings.bounds[0][0] if settings.bounds else FREE_RANGE[0]
                    if not settings.fixed and at_start(model, each.name) <= low:
                        found.add(each.name)
    return found


def _is_uncertain(model: HistFactory) -> bool:
    """Tell whether anything but free factors changes a background."""
    return any(
        each.kind != "normfactor"
        for channel in model.channels
        for sample in channel.samples
        if not is_signal(sample, model.poi)
        for each in sample.modifiers
    )
