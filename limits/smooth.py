"""Smooth backgrounds: Bernstein polynomials fitted to the windows of a whole scan at once.

Coefficients >= 0 make a polynomial positive everywhere, but a positive polynomial may well have negative ones: one on
its bound biases what is fitted with it. They are bounded only where events are too few to keep the rates positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb
from scipy.stats import chi2

from .histfactory import Array
from .linear_fit import fit_linear, stack
from .windows import Window

MAX_ORDER = 8
SIGNIFICANCE = 0.05  # of a likelihood-ratio test, below which a higher order is taken
ON_BOUND = 1e-9
LEAST_FACTOR = 0.01  # of an even share: what is left of a polynomial where a fit needs none, or signal takes all
CLEARANCE = 3.0  # standard deviations of a bin's rate above zero, from which on no bound is needed


@dataclass(frozen=True)
class Smooth:
    """A fitted polynomial.

    Attributes
    ----------
    basis
        Events in each bin for a factor of 1: (factors, bins).
    factors
        Its coefficients in the Bernstein basis.
    free
        Whether they may be negative: every bin's rate is far enough above zero to stay there by itself.
    """

    basis: Array
    factors: Array
    free: bool = False

    @property
    def order(self) -> int:
        """Order of the polynomial."""
        return len(self.factors) - 1


@dataclass(frozen=True)
class Sideband:
    """What a window's smooth background is fitted to.

    Attributes
    ----------
    window
        Bins.
    counts
        Data, or expected events.
    fixed
        Events of backgrounds that keep a template of their own.
    spread
        Variance over mean of the counts: 1 for data; simulation scaled up fluctuates more than its events would.
    variances
        Of the counts in each bin, where they are known.
    signal
        What may be among the counts, in any normalisation: it is fitted beside the polynomial, which would bend to
        follow it otherwise.
    """

    window: Window
    counts: Array
    fixed: Array
    spread: float = 1.0
    variances: Array | None = None
    signal: Array | None = None

    @property
    def events(self) -> float:
        """Number of unweighted events that would fluctuate as much."""
        return float(self.counts.sum()) / max(self.spread, 1e-300)


def bernstein(low: Array, high: Array, span: tuple[float, float], order: int) -> Array:
    """Integrate the Bernstein polynomials of an order over bins: (order + 1, bins), each polynomial's total 1.

    The integral of B_k,n from 0 to x is the sum of B_j,n+1(x) over j > k, over n + 1.
    """
    first, last = span
    degree = order + 1
    numbers = np.arange(degree + 1)[:, None]

    def upper(x: Array) -> Array:
        values = comb(degree, numbers) * x**numbers * (1 - x) ** (degree - numbers)
        return np.flip(np.cumsum(np.flip(values, axis=0), axis=0), axis=0)[1:]

    start, stop = (low - first) / (last - first), (high - first) / (last - first)
    basis: Array = np.maximum(upper(stop) - upper(start), 0.0)  # rounding makes what is nothing negative
    scaled: Array = basis / basis.sum(axis=1, keepdims=True)
    return scaled


def fit_smooth(sidebands: Sequence[Sideband], least_order: int) -> list[Smooth]:
    """Fit all windows; the order grows while one or two orders more are preferred by a likelihood-ratio test.

    Parameters
    ----------
    sidebands
        One for each hypothesis and region.
    least_order
        Where the order begins, at least 1.

    Returns
    -------
    list
        In the order of `sidebands`.
    """
    known: dict[tuple[int, int], tuple[Smooth, float]] = {}

    def ensure(order: int, which: Sequence[int]) -> None:
        missing = [n for n in which if (n, order) not in known and order <= _highest(sidebands[n])]
        for n, found in zip(missing, _fit([sidebands[n] for n in missing], order), strict=True):
            known[n, order] = found

    chosen = [min(max(1, least_order), _highest(each)) for each in sidebands]
    active = list(range(len(sidebands)))
    while active:
        for order in sorted({chosen[n] + step for n in active for step in (0, 1, 2)}):
            ensure(order, [n for n in active if chosen[n] <= order <= chosen[n] + 2])
        raised = []
        for n in active:
            step = _better(n, chosen[n], known, sidebands[n].spread)
            if step:
                chosen[n] += step
                raised.append(n)
        active = raised
    return [known[n, order][0] for n, order in enumerate(chosen)]


def _highest(sideband: Sideband) -> int:
    return max(0, min(MAX_ORDER, sideband.window.bins - 3))


def _better(n: int, order: int, known: dict[tuple[int, int], tuple[Smooth, float]], spread: float) -> int:
    for step in (1, 2):
        if (n, order + step) in known:
            gain = max(0.0, known[n, order][1] - known[n, order + step][1]) / max(1.0, spread)
            if chi2.sf(gain, step) < SIGNIFICANCE:
                return step
    return 0


def _fit(sidebands: Sequence[Sideband], order: int) -> list[tuple[Smooth, float]]:
    if not sidebands:
        return []
    bases = [bernstein(each.window.low, each.window.high, each.window.span, order) for each in sidebands]
    bases = [basis * max(each.counts.sum(), 1e-3) / (order + 1) for basis, each in zip(bases, sidebands, strict=True)]
    counts, fixed = stack([each.counts for each in sidebands]), stack([each.fixed for each in sidebands])
    basis = stack(bases)
    model = np.concatenate([basis, stack([_signal_row(each) for each in sidebands])], axis=1)
    least = np.array([0.0 if each.signal is None else LEAST_FACTOR for each in sidebands])
    lowest = np.repeat(least[:, None], order + 2, axis=1)
    lowest[:, -1] = -np.inf
    fitted, twice_nll = fit_linear(model, counts, fixed, lowest)
    bounded = np.flatnonzero((fitted <= lowest + ON_BOUND).any(axis=1))
    if len(bounded):
        some = model[bounded], counts[bounded], fixed[bounded]
        lower, smaller = fit_linear(*some, np.full(order + 2, -np.inf), fitted[bounded])
        good = _clear(basis[bounded], fixed[bounded], lower[:, :-1])
        fitted[bounded[good]], twice_nll[bounded[good]] = lower[good], smaller[good]
    found = fitted[:, :-1]
    free = _clear(basis, fixed, found)
    return [(Smooth(*each[:3]), float(each[3])) for each in zip(bases, found, free.tolist(), twice_nll, strict=True)]


def _signal_row(sideband: Sideband) -> Array:
    """Give the signal as if it were all of the counts; nothing where there is none."""
    if sideband.signal is None or not sideband.signal.any():
        return np.zeros((1, len(sideband.counts)))
    row: Array = sideband.signal[None] * max(float(sideband.counts.sum()), 1e-3) / float(sideband.signal.sum())
    return row


def _clear(basis: Array, fixed: Array, factors: Array) -> NDArray[np.bool_]:
    """Tell where every bin's rate is `CLEARANCE` standard deviations of the fit above zero."""
    expected = np.einsum("pkb,pk->pb", basis, factors) + fixed
    filled = basis.any(axis=1)
    information = np.einsum("pkb,pb,plb->pkl", basis, filled / np.maximum(expected, 1e-100), basis)
    size = np.sqrt(np.maximum(np.einsum("pkk->pk", information), 1e-100))
    covariance = np.linalg.pinv(information / size[:, :, None] / size[:, None, :], hermitian=True)
    rows = basis / size[:, :, None]
    variance = np.einsum("pkb,pkl,plb->pb", rows, covariance, rows)
    clear: NDArray[np.bool_] = ((expected**2 > CLEARANCE**2 * variance) & (expected > 0) | ~filled).all(axis=1)
    return clear
