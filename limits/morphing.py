"""Signals between the simulated masses: shapes by moment morphing, efficiencies by a smooth fit with its error.

Morphing in the manner of arXiv:1410.7388 with centre and width (quantiles) in place of the moments, which tails of
combinatorial or radiative origin would move: neighbouring shapes are carried to the interpolated centre and width and
averaged. Own code because the implementations there are (RooFit's) need ROOT.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2

from ..datasets.errors import ModelError
from ..processors.recipe import Observable, WindowRule, observable_of
from .histfactory import Array
from .templates import Signal, Template
from .windows import Peak, find_core, find_peak

Curve = Callable[[float], float]
HIGHEST_ORDER = 6
FEWEST = 3  # simulated masses that an interpolation needs


@dataclass(frozen=True)
class Efficiency:
    """A smooth fit of the efficiency: its value, and its relative error, at a mass (GeV)."""

    value: Curve
    error: Curve


def fit_efficiency(masses: Array, values: Array, errors: Array) -> Efficiency:
    """Fit a polynomial of the least order that describes the efficiencies (chi^2 probability above 5 %).

    Its error is the fit's, widened by sqrt(chi^2/ndf) where that exceeds 1. Where no order up to 6 describes them
    (edges of acceptance), the points are joined by a monotone interpolation whose error is that of the points.
    """
    known = errors > 0
    floor = errors[known].min() if known.any() else max(float(values.max()), 1e-12) * 1e-3
    sigma = np.where(known, errors, floor)
    middle, half = (masses[0] + masses[-1]) / 2, max((masses[-1] - masses[0]) / 2, 1e-12)
    x = (masses - middle) / half
    for order in range(min(HIGHEST_ORDER, len(masses) - 2) + 1):
        basis = np.polynomial.chebyshev.chebvander(x, order)
        covariance = np.linalg.pinv((basis / sigma[:, None]).T @ (basis / sigma[:, None]))
        found = covariance @ (basis.T @ (values / sigma**2))
        distance = float(np.sum(((values - basis @ found) / sigma) ** 2))
        freedom = len(masses) - order - 1
        if chi2.sf(distance, freedom) > 0.05:
            scale = max(1.0, np.sqrt(distance / freedom))
            return _polynomial(found, covariance * scale**2, middle, half)
    return Efficiency(_curve(masses, values), _curve(masses, sigma / np.where(values > 0, values, sigma)))


def _polynomial(found: Array, covariance: Array, middle: float, half: float) -> Efficiency:
    def row(mass: float) -> Array:
        place: Array = np.polynomial.chebyshev.chebvander(np.array([(mass - middle) / half]), len(found) - 1)[0]
        return place

    def value(mass: float) -> float:
        return max(0.0, float(row(mass) @ found))

    def error(mass: float) -> float:
        size = value(mass)
        return float(np.sqrt(row(mass) @ covariance @ row(mass))) / size if size > 0 else 0.0

    return Efficiency(value, error)


def _curve(masses: Array, values: Array) -> Curve:
    if len(masses) == 1:
        return lambda _: float(values[0])
    joined = PchipInterpolator(masses, values, extrapolate=True)
    return lambda mass: float(joined(mass))


@dataclass(frozen=True)
class _Shapes:
    """One region's simulated shapes: cumulative distributions at the bin edges, peaks, and shifted ones."""

    edges: Array
    observable: Observable
    masses: Array
    cumulative: tuple[Array, ...]
    shifted: tuple[Mapping[str, Array], ...]
    centre: Curve
    width: Curve
    peaks: tuple[Peak, ...]
    efficiency: Efficiency


class SignalModel:
    """The signal at any mass between simulated ones that differ in nothing but the mass.

    Parameters
    ----------
    signals
        Simulated hypotheses in the order of mass, one axis each.
    edges
        Fine bin edges by region.
    rules
        What the observables are, by region.

    Raises
    ------
    ModelError
        There are fewer than three simulated masses.
    """

    def __init__(self, signals: Sequence[Signal], edges: Mapping[str, Array], rules: Mapping[str, WindowRule]) -> None:
        if len(signals) < FEWEST:
            raise ModelError(f"hypotheses between simulated masses need {FEWEST} of these; there are {len(signals)}.")
        self._signals = tuple(signals)
        self.masses = np.array([each.mass for each in signals])
        sections = np.array([each.cross_section for each in signals])
        self._section = _curve(self.masses, np.log(sections))
        self._isr = _curve(self.masses, np.array([each.isr_factor for each in signals]))
        self._exposure = _curve(self.masses, np.array([each.produced for each in signals]) / sections)
        found = {region: self._shapes(region, edges[region], rules[region]) for region in edges}
        self._regions = {region: each for region, each in found.items() if each is not None}

    def width(self, region: str, mass: float) -> float:
        """Give the resolution of a region's observable at a mass, in its unit."""
        return self._regions[region].width(mass)

    def at(self, mass: float, regions: Sequence[str]) -> Signal:
        """Give the signal at a mass (GeV).

        Raises
        ------
        ModelError
            The mass lies outside the simulated ones, or no region selects anything.
        """
        if not self.masses[0] <= mass <= self.masses[-1]:
            raise ModelError(f"{mass:g} GeV lies outside the simulated {self.masses[0]:g} to {self.masses[-1]:g} GeV.")
        section = float(np.exp(self._section(mass)))
        produced = self._exposure(mass) * section
        chosen = [each for each in regions if each in self._regions]
        templates = {region: self._template(self._regions[region], mass, produced) for region in chosen}
        first = self._signals[0]
        errors = {region: self._regions[region].efficiency.error(mass) for region in chosen}
        point = {**first.point, "mass": mass}
        return Signal(mass, point, templates, section, first.coupling, produced, errors, self._isr(mass), first.mode)

    def _shapes(self, region: str, edges: Array, rule: WindowRule) -> _Shapes | None:
        observable, find = rule.observable[0], find_core if rule.combinatorial else find_peak
        found = [each.templates[region] for each in self._signals]
        totals = np.array([each.values.sum() for each in found])
        good = totals > 0
        if good.sum() < FEWEST:
            return None  # this region sees nothing of the signal
        produced = np.array([each.produced for each in self._signals])
        errors = np.sqrt([each.variances.sum() for each in found]) / produced
        efficiency = fit_efficiency(self.masses, totals / produced, errors)
        masses = self.masses[good]
        used = [each for each, keep in zip(found, good, strict=True) if keep]
        peaks = tuple(find(each.values, edges) for each in used)
        offsets = np.array([peak.centre for peak in peaks])
        if observable != "whole_axis":
            offsets = offsets - np.array([observable_of(observable, mass) for mass in masses])
        widths = _curve(masses, np.log([max(peak.width, 1e-9) for peak in peaks]))
        return _Shapes(
            edges,
            observable,
            masses,
            tuple(_cumulative(each.values, each.values.sum()) for each in used),
            tuple(
                {name: _cumulative(values, each.values.sum()) for name, values in each.variations.items()}
                for each in used
            ),
            _curve(masses, offsets),
            lambda mass: float(np.exp(widths(mass))),
            peaks,
            efficiency,
        )

    def _template(self, shapes: _Shapes, mass: float, produced: float) -> Template:
        masses = shapes.masses
        after = int(np.clip(np.searchsorted(masses, mass), 1, len(masses) - 1))
        share = float(np.clip((mass - masses[after - 1]) / (masses[after] - masses[after - 1]), 0.0, 1.0))
        events = shapes.efficiency.value(mass) * produced

        def blend(first: Array, second: Array) -> Array:
            moved = [_moved(shapes, curve, n, mass) for n, curve in ((after - 1, first), (after, second))]
            blended: Array = events * np.diff((1 - share) * moved[0] + share * moved[1])
            return blended

        values = blend(shapes.cumulative[after - 1], shapes.cumulative[after])
        before, later = shapes.shifted[after - 1], shapes.shifted[after]
        variations = {name: blend(before[name], later[name]) for name in sorted(before.keys() & later.keys())}
        variances = values * (events * shapes.efficiency.error(mass) ** 2)
        return Template("signal", values, variances, variations)


def _moved(shapes: _Shapes, cumulative: Array, number: int, mass: float) -> Array:
    """Carry a simulated cumulative distribution to the centre and width at `mass`."""
    if shapes.observable == "whole_axis":
        return cumulative
    peak = shapes.peaks[number]
    centre = shapes.centre(mass) + observable_of(shapes.observable, mass)
    places = peak.centre + (shapes.edges - centre) * peak.width / shapes.width(mass)
    return np.interp(places, shapes.edges, cumulative)


def _cumulative(values: Array, total: float) -> Array:
    result: Array = np.concatenate([[0.0], np.cumsum(np.clip(values, 0.0, None))]) / total
    return result
