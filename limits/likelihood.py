"""A binned likelihood with analytic gradient and information matrix: HistFactory's, for the models made here."""

from dataclasses import dataclass

import numpy as np

from ..datasets.errors import ModelError
from .fitting import Array, Fit
from .model import POI, Model
from .newton import minimise

PULL_RANGE = 5.0  # pyhf's bounds of constrained parameters, in standard deviations
SMALLEST = 1e-10  # pyhf's lower bound of bin factors


@dataclass(frozen=True)
class DataSet:
    """Counts, and the auxiliary measurements of the nuisance parameters (`pulls`) and bin factors (`factors`)."""

    counts: Array
    pulls: Array
    factors: Array


class BinnedLikelihood:
    """The likelihood of a `Model`: Poisson bins, Gaussian constraints.

    A component c expects in bin b (HistFactory, CERN-OPEN-2012-016)
    ``norm_c * exp(sum_j k_cj a_j) * g_b * (t_cb + sum_j a_j d_cjb)`` with a_j ~ N(0, 1) and g_b ~ N(1, s_b).
    Parameters are ordered: norms (mu first), pulls a_j, bin factors g_b.

    Parameters
    ----------
    model
        What to fit.
    """

    def __init__(self, model: Model) -> None:
        parts = model.components
        self._norms = [POI, *(name for name in model.norms if name != POI)]
        self._pulls = sorted({name for each in parts for name in (*each.scales, *each.shifts)})
        self._nominal = np.array([each.nominal for each in parts])
        self._norm_of = [self._norms.index(each.norm) if each.norm else -1 for each in parts]
        self._scales = np.array([[each.scales.get(name, 0.0) for name in self._pulls] for each in parts])
        zero = np.zeros(len(model.observed))
        self._shifts = np.array([[each.shifts.get(name, zero) for name in self._pulls] for each in parts])
        self._shifts = self._shifts.reshape(len(parts), len(self._pulls), len(zero))
        self._fluctuates = np.array([each.errors is not None for each in parts])
        self._sigma, self._bins = _bin_errors(model)
        self._start = np.array(
            [model.norms[name][0] for name in self._norms] + [0.0] * len(self._pulls) + [1.0] * len(self._bins)
        )
        self._low, self._high = self._bounds(model)
        self.observed = DataSet(model.observed, np.zeros(len(self._pulls)), np.ones(len(self._bins)))
        self.lowest = self._lowest(model)

    def _bounds(self, model: Model) -> tuple[Array, Array]:
        low = [model.norms[name][1] for name in self._norms] + [-PULL_RANGE] * len(self._pulls)
        high = [model.norms[name][2] for name in self._norms] + [PULL_RANGE] * len(self._pulls)
        bins = len(self._bins)
        return np.array(low + [SMALLEST] * bins), np.array(high + [10.0] * bins)

    def _lowest(self, model: Model) -> float:
        signal, background = model.signal.nominal, model.background
        touched = signal > 0
        return -0.95 * float(np.min(background[touched] / signal[touched])) if touched.any() else 0.0

    def fit(self, data: DataSet, mu: float | None = None, lowest: float = 0.0, start: Array | None = None) -> Fit:
        """Minimise -2 ln L of `data`, with mu fixed where given and not below `lowest` otherwise."""
        low, high = self._low.copy(), self._high.copy()
        low[0], high[0] = (lowest, np.inf) if mu is None else (mu, mu)
        begin = self._start if start is None else start
        try:
            found, least = self._newton(data, begin, low, high)
        except ModelError:  # another start: what the data suggest when all signal is background
            found, least = self._newton(data, 0.5 * (self._start + np.clip(begin, low, high)), low, high)
        return Fit(float(found[0]), 2 * least, found, "newton")

    def _newton(self, data: DataSet, start: Array, low: Array, high: Array) -> tuple[Array, float]:
        def value(parameters: Array) -> float:
            return self._value(parameters, data, self.expected(parameters))

        def objective(parameters: Array) -> tuple[float, Array, Array]:
            return self._objective(parameters, data)

        return minimise(value, objective, start, low, high)

    def asimov(self, fit: Fit) -> DataSet:
        """Give the data set that is exactly what a fit's parameters predict."""
        _, pulls, factors = self._split(fit.parameters)
        return DataSet(self.expected(fit.parameters), pulls.copy(), factors.copy())

    def error(self, mu: float = 0.0) -> float:
        """Give the standard deviation of mu from the information matrix, other parameters at their start."""
        parameters = self._start.copy()
        parameters[0] = mu
        expected = DataSet(self.expected(parameters), self.observed.pulls, self.observed.factors)
        hessian = self._objective(parameters, expected)[2]
        return float(np.sqrt(np.linalg.pinv(hessian)[0, 0]))

    def expected(self, parameters: Array) -> Array:
        """Give the expected events in each bin."""
        return self._parts(parameters)[0].sum(axis=0)  # type: ignore[no-any-return]

    def _split(self, parameters: Array) -> tuple[Array, Array, Array]:
        first, second = len(self._norms), len(self._norms) + len(self._pulls)
        return parameters[:first], parameters[first:second], parameters[second:]

    def _parts(self, parameters: Array) -> tuple[Array, Array, Array]:
        """Give each component's events, its multiplicative factor without the norm's, and its events at norm 1."""
        norms, pulls, factors = self._split(parameters)
        shape = self._nominal + np.einsum("j,cjb->cb", pulls, self._shifts)
        factor = np.exp(self._scales @ pulls)[:, None] * np.ones_like(shape)
        by_bin = np.ones(shape.shape[1])
        by_bin[self._bins] = factors
        factor[self._fluctuates] *= by_bin
        norm = np.array([norms[i] if i >= 0 else 1.0 for i in self._norm_of])[:, None]
        return norm * factor * shape, norm * factor, factor * shape

    def _jacobian(self, parameters: Array) -> tuple[Array, Array]:
        events, factor, at_one = self._parts(parameters)
        norms, _, factors = self._split(parameters)
        rows = np.zeros((len(parameters), events.shape[1]))
        for component, norm in enumerate(self._norm_of):
            if norm >= 0:
                rows[norm] += at_one[component]
        first, second = len(norms), len(parameters) - len(factors)
        rows[first:second] = np.einsum("cj,cb->jb", self._scales, events)
        rows[first:second] += np.einsum("cjb,cb->jb", self._shifts, factor)
        fluctuating = events[self._fluctuates].sum(axis=0)
        for row, where in enumerate(self._bins):
            rows[second + row, where] = fluctuating[where] / factors[row]
        return events.sum(axis=0), rows

    def _value(self, parameters: Array, data: DataSet, expected: Array) -> float:
        if (expected < 0).any() or ((expected <= 0) & (data.counts > 0)).any():
            return float("inf")
        _, pulls, factors = self._split(parameters)
        logs = np.zeros_like(expected)
        np.log(expected, out=logs, where=data.counts > 0)
        constraint = np.sum((pulls - data.pulls) ** 2) + np.sum(((factors - data.factors) / self._sigma) ** 2)
        return float(np.sum(expected - data.counts * logs) + 0.5 * constraint)

    def _objective(self, parameters: Array, data: DataSet) -> tuple[float, Array, Array]:
        expected, rows = self._jacobian(parameters)
        norms, pulls, factors = self._split(parameters)
        safe = np.maximum(expected, 1e-100)  # whose square is still a number
        gradient = rows @ np.where(data.counts > 0, 1 - data.counts / safe, 1.0)
        gradient[len(norms) :] += np.concatenate([pulls - data.pulls, (factors - data.factors) / self._sigma**2])
        information = np.where(data.counts > 0, data.counts / safe**2, 0.0)
        hessian = (rows * information) @ rows.T
        diagonal = np.concatenate([np.zeros(len(norms)), np.ones(len(pulls)), self._sigma**-2.0])
        return self._value(parameters, data, expected), gradient, hessian + np.diag(diagonal)


def _bin_errors(model: Model) -> tuple[Array, list[int]]:
    """Give relative errors of the bins that carry a bin factor: all such components of a bin share it, as in pyhf."""
    errors = [(each.nominal, each.errors) for each in model.components if each.errors is not None]
    if not errors:
        return np.array([]), []
    total = np.sum([nominal for nominal, _ in errors], axis=0)
    absolute = np.sqrt(np.sum([error**2 for _, error in errors], axis=0))
    bins = [i for i in range(len(total)) if total[i] > 0 and absolute[i] > 0]
    return absolute[bins] / total[bins], bins
