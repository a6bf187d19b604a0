"""Coverage and bias: limits of pseudo-experiments with a known signal, counted.

A limit covers where it is not below the true mu. The pull of mu_hat is the signed root of the rise of -2 ln L from its
minimum to the true mu: (mu_hat - mu)/error where -2 ln L is a parabola, and -1 or +1 where the truth lies at the end of
the asymmetric error elsewhere (Demortier and Lyons, CDF note 5776). An error from the fit goes up and down with mu_hat:
divided by it, n - b of a count of 25 known events, which is not biased, would have a mean of -0.1. Limits of weighted
counts (`weighted_counts`) fit nothing: the pull of their mu_hat is its distance from mu over the error expected there.
Work comes in pieces that can run anywhere, and be kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from ..datasets.errors import ModelError
from .asymptotic import Rule as AsymptoticRule
from .asymptotic import find_limits
from .batches import Batch, Data
from .counting import count_limit
from .curves import Best, asimov, fit_best, fix, mu_error
from .drawing import pseudo_experiments
from .histfactory import Array, HistFactory
from .intervals import Method
from .posterior import DRAWS as POSTERIOR_DRAWS
from .posterior import credible_limit
from .stacking import stack
from .toys import toy_cls
from .weighted_counts import Expectation, WeightedCount

PIECE = 250  # pseudo-experiments that are examined together
SLACK = 1e-9  # relative: a limit at the true value covers it
TOYS = 200  # with and without signal, for each of the pseudo-experiments of the method "toys"
COUNT_DRAWS = 512  # of the nuisance parameters of a count: the limit is right to about 1 %, far below its spread


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the pseudo-experiments of one point; `key` names it among all of a study.

    Attributes
    ----------
    model
        The hypothesis; its data say where the nuisance parameters lie.
    method, level
        Of the limits.
    sigmas
        True signal in standard deviations of mu, as expected without signal.
    seed, number, toys
        Of the study, of the piece, and how many pseudo-experiments it holds.
    """

    model: HistFactory
    method: Method
    level: float
    sigmas: float
    seed: int
    number: int
    toys: int

    @property
    def key(self) -> str:
        """Give a name for a file."""
        return f"{self.method}-{self.level:g}-{self.sigmas:g}-{self.toys}-{self.seed}-{self.number}"


@dataclass(frozen=True)
class Counts:
    """What a piece found: pseudo-experiments fitted and covered, and sums over their pulls and limits.

    Attributes
    ----------
    method, sigmas, mu
        Of which point; `mu` is the true signal strength.
    toys, fitted, covered
        Numbers of pseudo-experiments.
    pulls, squares
        Sum of pulls and of their squares.
    limits
        Sum of limits; None for "toys" and "counting", whose CLs is found at the true mu alone.
    """

    method: Method
    sigmas: float
    mu: float
    toys: int
    fitted: int
    covered: int
    pulls: float
    squares: float
    limits: float | None


@dataclass(frozen=True)
class Coverage:
    """How often limits cover one true signal strength.

    Attributes
    ----------
    method, sigmas, mu
        The point: method, true signal in expected standard deviations and as mu.
    toys, fitted
        Pseudo-experiments drawn, and those whose fits converged.
    covered, error
        Share of the fitted whose limit covers, and its binomial standard error.
    bias, bias_error, width
        Mean pull of mu_hat, its error, and the pulls' standard deviation.
    mean_limit
        Mean upper limit on mu; None for "toys" and "counting".
    """

    method: Method
    sigmas: float
    mu: float
    toys: int
    fitted: int
    covered: float
    error: float
    bias: float
    bias_error: float
    width: float
    mean_limit: float | None


def pieces(
    model: HistFactory, methods: Sequence[Method], level: float, sigmas: Sequence[float], toys: int, seed: int
) -> Iterator[Piece]:
    """Divide a study into pieces."""
    for method in methods:
        for each in sigmas:
            for number, first in enumerate(range(0, toys, PIECE)):
                yield Piece(model, method, level, each, seed, number, min(PIECE, toys - first))


def examine_piece(piece: Piece) -> Counts:
    """Draw a piece's pseudo-experiments and count; nuisance parameters are those of the fit without signal."""
    batch = stack([piece.model])
    null = fit_best(batch, batch.observed).null
    sigma = mu_error(batch, asimov(batch, null.point), null.point)[0]
    mu = piece.sigmas * sigma
    truth = null.point.with_mu(np.array([mu]))
    rng = np.random.default_rng([piece.seed, piece.number, round(1000 * piece.sigmas)])
    many = batch.spread(piece.toys)
    data = pseudo_experiments(many, truth.spread(piece.toys), rng)
    sums = None
    if piece.method == "counting":
        shares, pulls = _counted(batch, data, piece, mu)
    else:
        best = fit_best(many, data)
        pulls = signed_roots(many, data, best, mu)
    if piece.method == "toys":
        shares = toy_cls(many, data, mu, TOYS, rng) if mu > 0 else np.ones(piece.toys)  # a limit never excludes 0
    if piece.method in ("counting", "toys"):
        good = np.isfinite(shares) & np.isfinite(pulls)
        covered = shares[good] > 1 - piece.level
    else:
        limits = _limits(many, data, piece, best)
        good = np.isfinite(limits) & np.isfinite(pulls)
        covered, sums = limits[good] >= mu * (1 - SLACK), float(limits[good].sum())
    seen = pulls[good]
    moments = float(seen.sum()), float((seen**2).sum())
    return Counts(piece.method, piece.sigmas, float(mu), piece.toys, len(seen), int(covered.sum()), *moments, sums)


def signed_roots(batch: Batch, data: Data, best: Best, mu: float) -> Array:
    """Give the pulls of mu_hat of all data sets, NaN where a fit failed."""
    free = best.free
    true = best.null if mu == 0 else fix(batch, data, np.full(len(batch), mu), free.point)
    rise = np.maximum(2 * (true.value - free.value), 0.0)
    pulls = np.copysign(np.sqrt(rise), free.point.parameters[:, 0] - mu)
    return np.where((free.rung < 3) & (true.rung < 3), pulls, np.nan)


def _limits(batch: Batch, data: Data, piece: Piece, best: Best) -> Array:
    """Give the limits of all data sets, NaN where a fit failed."""
    if piece.method in ("cls", "profile"):
        rule: AsymptoticRule = "profile" if piece.method == "profile" else "cls"
        found = find_limits(batch, data, piece.level, rule, bands=False, best=best)
        return np.where(found.rung >= 3, np.nan, found.observed)
    one = batch.take(slice(0, 1))
    if data.counts.shape[1] == 1:
        return _exact(one, data, piece)
    rows = [data.take(slice(row, row + 1)) for row in range(len(data.counts))]
    return np.array([_credible(one, each, piece) for each in rows])


def _credible(batch: Batch, data: Data, piece: Piece) -> float:
    try:
        return credible_limit(batch, data, piece.level, piece.seed, most=POSTERIOR_DRAWS).limit
    except (ModelError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return float("nan")


def _counted(batch: Batch, data: Data, piece: Piece, mu: float) -> tuple[Array, Array]:
    """Give CLs at mu, and the pulls, of all data sets, each with its own auxiliary measurements.

    mu_hat is linear in the counts and may have any sign; its pull is (mu_hat - mu) over the error expected at mu, which
    does not go up and down with mu_hat.
    """
    statistic = WeightedCount.of(Expectation.of(batch, COUNT_DRAWS, piece.seed), piece.seed)
    found, error = statistic.estimates(batch, data, mu)
    shares = np.ones(len(data.counts))  # a limit never excludes 0
    for row, counts in enumerate(data.counts if mu > 0 else ()):
        one = replace(batch, observed=data.take(slice(row, row + 1)))
        shares[row] = statistic.share(statistic.total(counts), Expectation.of(one, COUNT_DRAWS, piece.seed), mu)
    return shares, (found - mu) / error


def _exact(batch: Batch, data: Data, piece: Piece) -> Array:
    """Give the credible limits of single counts, each with its own auxiliary measurements."""
    known: dict[bytes, float] = {}
    rows = [data.take(slice(row, row + 1)) for row in range(len(data.counts))]
    return np.array([_count_limit(replace(batch, observed=each), piece, known) for each in rows])


def _count_limit(batch: Batch, piece: Piece, known: dict[bytes, float]) -> float:
    seen = batch.observed
    key = b"".join(each.tobytes() for each in (seen.counts, seen.constraints, seen.bins))
    if key not in known:
        drawn = Expectation.of(batch, COUNT_DRAWS, piece.seed, 1.0)
        signal, background = drawn.signal[:, 0], drawn.background[:, 0]
        known[key] = count_limit(float(seen.counts[0, 0]), signal, background, piece.level, "bayes")
    return known[key]


def summarise(counts: Iterable[Counts]) -> tuple[Coverage, ...]:
    """Add up pieces: one record for each method and signal strength, in the order of their first piece."""
    groups: dict[tuple[Method, float], list[Counts]] = {}
    for each in counts:
        groups.setdefault((each.method, each.sigmas), []).append(each)
    return tuple(_summary(group) for group in groups.values())


def _summary(group: Sequence[Counts]) -> Coverage:
    fitted = sum(each.fitted for each in group)
    if not fitted:
        raise ModelError("none of the pseudo-experiments could be fitted.")
    share = sum(each.covered for each in group) / fitted
    bias = sum(each.pulls for each in group) / fitted
    limits = [each.limits for each in group]
    width = sqrt(max(sum(each.squares for each in group) / fitted - bias**2, 0.0))
    return Coverage(
        method=group[0].method,
        sigmas=group[0].sigmas,
        mu=group[0].mu,
        toys=sum(each.toys for each in group),
        fitted=fitted,
        covered=share,
        error=sqrt(share * (1 - share) / fitted),
        bias=bias,
        bias_error=width / sqrt(fitted),
        width=width,
        mean_limit=None if None in limits else sum(each or 0.0 for each in limits) / fitted,
    )
