"""Fits to the control samples: the photons' response with the prediction's own error folded in, and peaks."""

from collections.abc import Callable

import numpy as np
from iminuit import Minuit
from iminuit.cost import BinnedNLL, ExtendedBinnedNLL, NormalConstraint
from scipy.special import log_ndtr, ndtr
from scipy.stats import chi2, crystalball

from .control_results import Estimate, Peak, Response
from .objects import Array

FEWEST = 100.0  # equivalent entries that a fit needs
TAIL = 1.5  # mean of the exponential loss over the Gaussian width: the form of docs/detector.md
# The true error of the prediction over the told one (soft radiation; 1.03 to 1.08 in simulation), and its uncertainty.
SCALE = (1.05, 0.1)
RADIATION = 3e-4  # relative, on the bias: soft photons along the beams, by simulation of mu mu (docs/control.md)
WIDER = 2.0  # second Gaussian of the pi0 over the first
POWER = 3.0  # of the J/psi's radiative tail

Shape = Callable[..., Array]


def fit_responses(values: Array, variances: Array, edges: Array, errors: Array) -> list[Response | str]:
    """Fit measured over predicted energies by a Gaussian, part of it with an exponential loss towards low energies.

    The prediction's own (Gaussian) error is folded in, known for each row of the histogram. Bias and width belong to a
    range of energies; common to all ranges are the share with a loss, which few photons cannot tell from a bias, a
    factor on the prediction's error, fitted within its uncertainty, and a flat share of wrong predictions.

    Parameters
    ----------
    values, variances
        (ranges, rows, bins) of energy over predicted energy.
    edges
        Of the bins.
    errors
        (rows,) relative error of the prediction.

    Returns
    -------
    list
        For each range what was found, or why nothing was.
    """
    entries = [equivalent(here, squares) for here, squares in zip(values, variances, strict=True)]
    told: list[Response | str] = [f"{each:.0f} photons are too few to fit" for each in entries]
    fitted = [number for number, each in enumerate(entries) if each >= FEWEST]
    if not fitted:
        return told
    ranges, rows = np.nonzero(values[fitted].sum(axis=-1) > 0.0)
    counts, squares = values[fitted][ranges, rows], variances[fitted][ranges, rows]
    sizes = counts.sum(axis=-1, keepdims=True)

    def cumulative(*parameters: float) -> Array:
        scale, flat, tail = parameters[:3]
        bias, sigma = np.array(parameters[3:]).reshape(2, -1)[:, ranges, np.newaxis]
        return _cumulative(edges, bias, sigma, np.hypot(sigma, scale * errors[rows, np.newaxis]), tail, flat)

    def joined(_: Array, *parameters: float) -> Array:
        """Put all rows one after the other, as one histogram."""
        steps = np.diff(cumulative(*parameters), axis=-1) * sizes / sizes.sum()
        return np.concatenate([[0.0], np.cumsum(steps)])

    names = ["scale", "flat", "tail", *(f"{name}{number}" for name in ("bias", "sigma") for number in fitted)]
    size = len(fitted)
    places = np.arange(counts.size + 1, dtype=np.float64)
    cost = BinnedNLL(_counts(counts.ravel(), squares.ravel()), places, joined, name=names)
    begin = (SCALE[0], 2e-3, 0.1, *[0.0] * size, *[0.018] * size)
    minuit = Minuit(cost + NormalConstraint("scale", *SCALE), *begin, name=names)
    minuit.errors = (0.05, 1e-3, 0.02, *[5e-4] * size, *[5e-4] * size)
    minuit.limits = (None, (1e-5, 0.1), (0.0, 0.9), *[(-0.1, 0.1)] * size, *[(1e-3, 0.1)] * size)
    if not _converged(minuit):
        return ["the fit did not converge" if number in fitted else why for number, why in enumerate(told)]
    expected = np.diff(cumulative(*minuit.values), axis=-1) * sizes
    for place, number in enumerate(fitted):
        chance = _probability(values[number].sum(axis=0), variances[number].sum(axis=0), expected[ranges == place], 2)
        told[number] = _told(minuit, number, chance)
    return told


def _told(minuit: Minuit, number: int, chance: float | None) -> Response:
    bias, sigma, tail = (_estimate(minuit, name) for name in (f"bias{number}", f"sigma{number}", "tail"))
    bias = Estimate.symmetric(bias.value, float(np.hypot(bias.up, RADIATION)))
    return Response(bias=bias, resolution=sigma, tail=tail, probability=chance)


def _cumulative(x: Array, bias: Array, sigma: Array, width: Array, tail: float, flat: float) -> Array:
    """Give the distribution function in the range of x of a Gaussian of `width`, part of it less an exponential."""
    away, loss = x - 1.0 - bias, TAIL * sigma
    # scipy.stats.exponnorm has it, at five times the cost
    more = np.exp(away / loss + 0.5 * (width / loss) ** 2 + log_ndtr(-away / width - width / loss))
    result = ndtr(away / width) + tail * more
    shape = (result - result[..., :1]) / (result[..., -1:] - result[..., :1])
    return np.asarray((1.0 - flat) * shape + flat * (x - x[0]) / (x[-1] - x[0]))


def fit_pion(values: Array, variances: Array, edges: Array) -> Peak | str:
    """Fit a pi0 peak by two Gaussians of one mean, the second twice as wide, on a background of second order (GeV)."""

    def model(
        x: Array, events: float, mass: float, width: float, share: float, b0: float, b1: float, b2: float
    ) -> Array:
        near, wide = ndtr((x - mass) / width), ndtr((x - mass) / (WIDER * width))
        peak = share * near + (1.0 - share) * wide
        return np.asarray(events * (peak - peak[0]) + _polynomial(x, edges, (b0, b1, b2)))

    return _fit_peak(values, variances, edges, model, (0.135, 0.005), {"share": (0.7, (0.0, 1.0))}, 3)


def fit_psi(values: Array, variances: Array, edges: Array) -> Peak | str:
    """Fit a J/psi peak by a Gaussian with a radiative tail (Crystal Ball, T. Skwarnicki, DESY F31-86-02), on a line."""

    def model(x: Array, events: float, mass: float, width: float, turn: float, b0: float, b1: float) -> Array:
        peak = crystalball.cdf(x, turn, POWER, loc=mass, scale=width)
        return np.asarray(events * (peak - peak[0]) + _polynomial(x, edges, (b0, b1)))

    return _fit_peak(values, variances, edges, model, (3.0969, 0.012), {"turn": (1.8, (0.5, 5.0))}, 2)


def equivalent(values: Array, variances: Array) -> float:
    """Give the number of entries of weight 1 with the same relative error: (sum of w)^2 / sum of w^2."""
    squares = float(variances.sum())
    return float(values.sum()) ** 2 / squares if squares > 0.0 else 0.0


def _fit_peak(
    values: Array,
    variances: Array,
    edges: Array,
    model: Shape,
    start: tuple[float, float],
    shape: dict[str, tuple[float, tuple[float, float]]],
    order: int,
) -> Peak | str:
    entries = equivalent(values, variances)
    if entries < FEWEST:
        return f"{entries:.0f} candidates are too few to fit"
    total = float(values.sum())
    names = ("events", "mass", "width", *shape, *(f"b{number}" for number in range(order)))
    begin = (0.5 * total, *start, *(value for value, _ in shape.values()), *([0.5 * total / order] * order))
    minuit = Minuit(ExtendedBinnedNLL(_counts(values, variances), edges, model, name=names), *begin, name=names)
    limits = {"events": (0.0, None), "mass": (edges[0], edges[-1]), "width": (0.2 * start[1], 4.0 * start[1])}
    limits |= {name: range_ for name, (_, range_) in shape.items()}
    limits |= {name: (0.0, None) for name in names if name.startswith("b")}
    for name, range_ in limits.items():
        minuit.limits[name] = range_
    if not _converged(minuit):
        return "the fit did not converge"
    found = minuit.values["events"]
    if found < 3.0 * minuit.errors["events"]:
        return "no significant peak"
    return Peak(
        mass=_estimate(minuit, "mass"),
        width=_estimate(minuit, "width"),
        events=_estimate(minuit, "events"),
        probability=_probability(values, variances, np.diff(model(edges, *minuit.values)), len(names)),
    )


def _polynomial(x: Array, edges: Array, background: tuple[float, ...]) -> Array:
    """Integrate a Bernstein polynomial from the first edge to x; each coefficient counts the events of its term."""
    share = (x - edges[0]) / (edges[-1] - edges[0])
    terms = [1.0 - (1.0 - share) ** 2, share**2]
    if len(background) == 3:
        terms = [1.0 - (1.0 - share) ** 3, share**2 * (3.0 - 2.0 * share), share**3]
    return np.asarray(sum(size * term for size, term in zip(background, terms, strict=True)))


def _counts(values: Array, variances: Array) -> Array:
    """Give what iminuit takes: counts, or counts with variances where they are weighted."""
    return values if np.array_equal(values, variances) else np.stack([values, variances], axis=-1)


def _converged(minuit: Minuit) -> bool:
    minuit.migrad()
    if not minuit.valid:
        minuit.strategy = 2
        minuit.simplex().migrad()
    minuit.hesse()
    return bool(minuit.valid and minuit.covariance is not None)


def _estimate(minuit: Minuit, name: str) -> Estimate:
    return Estimate.symmetric(minuit.values[name], minuit.errors[name])


def _probability(values: Array, variances: Array, expected: Array, parameters: int) -> float | None:
    """Give the chance of a chi2 as large, bins put together until ten equivalent entries are expected in each."""
    expected = expected.reshape(-1, len(values)).sum(axis=0)
    weight = float(variances.sum() / values.sum())
    groups = (np.cumsum(expected) / (10.0 * weight)).astype(np.int64)
    groups = np.minimum(groups, groups[-1] - 1)  # what is left over goes with the last whole one
    if groups[-1] < parameters:
        return None
    found, told = np.bincount(groups, weights=values), np.bincount(groups, weights=expected)
    filled = told > 0.0
    squared = float((np.square(found - told)[filled] / (weight * told[filled])).sum())
    return float(chi2.sf(squared, int(filled.sum()) - parameters - 1)) if filled.sum() > parameters + 1 else None
