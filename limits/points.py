"""Which hypotheses a scan examines: simulated ones, those on the recipe's spacing, or masses that were asked for."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from ..datasets.errors import ModelError, UsageError
from ..processors.recipe import LimitRecipe, RegionRange, mass_of, observable_of
from .inputs import Inputs
from .morphing import SignalModel
from .templates import Signal

Masses = Literal["simulated", "spaced"] | Sequence[float]
Key = tuple[tuple[str, float], ...]
SAME = 1e-9  # GeV
MOST = 200_000  # hypotheses; more is a mistake in a recipe's spacing


class SignalSource:
    """The signals of one run: simulated points, and those between them in mass.

    Parameters
    ----------
    inputs
        Simulated signals and recipe.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self.families: dict[Key, list[Signal]] = {}
        for each in inputs.signals:
            self.families.setdefault(_family(each.point), []).append(each)
        self._models: dict[Key, SignalModel] = {}

    def at(self, point: Mapping[str, float]) -> Signal:
        """Give the simulated signal at a point, else one interpolated in mass; ModelError where neither can be."""
        mass, key = point["mass"], _family(point)
        family = self.families.get(key, [])
        for each in family:
            if abs(each.mass - mass) < SAME:
                return each
        regions = tuple(each.region for each in self._inputs.recipe.regions_at(mass))
        return self.model(key).at(mass, regions)

    def model(self, key: Key) -> SignalModel:
        """Give the interpolation of a family of points that differ in mass only."""
        if key not in self._models:
            recipe, spectra = self._inputs.recipe, self._inputs.spectra
            if any(len(each.axes) > 1 for each in spectra.values()):
                raise ModelError("a plane's hypotheses are the simulated ones: its shapes are not interpolated.")
            edges = {name: each.axes[0].edges for name, each in spectra.items()}
            observables = {each.region: recipe.window_of(each).observable[0] for each in recipe.regions}
            self._models[key] = SignalModel(self.families.get(key, []), edges, observables)
        return self._models[key]


def _family(point: Mapping[str, float]) -> Key:
    return tuple(sorted((name, value) for name, value in point.items() if name != "mass"))


def choose_points(sources: Sequence[SignalSource], recipe: LimitRecipe, masses: Masses) -> list[dict[str, float]]:
    """List a scan's points, in the order of mass within each family of other parameters.

    Parameters
    ----------
    sources
        One for each run; the first that has a family tells its spacing.
    recipe
        Spacing, ranges and excluded masses.
    masses
        "simulated", "spaced" (the recipe's spacing between the simulated masses), or masses in GeV.
    """
    families = list(dict.fromkeys(key for source in sources for key in source.families))
    points = []
    for key in families:
        known = sorted({each.mass for source in sources for each in source.families.get(key, [])})
        if masses == "simulated":
            chosen: Sequence[float] = known
        elif masses == "spaced":
            source = next(each for each in sources if key in each.families)
            chosen = spaced(source.model(key), recipe, known[0], known[-1])
        else:
            chosen = sorted(float(each) for each in masses)
        points += [{"mass": mass, **dict(key)} for mass in chosen]
    if not points:
        raise UsageError("no hypothesis is left to examine.")
    return points


def spaced(model: SignalModel, recipe: LimitRecipe, low: float, high: float) -> list[float]:
    """Step through the masses (GeV) by the recipe's spacing in resolutions; excluded ranges are left out."""
    if recipe.masses is not None:
        low, high = max(low, recipe.masses[0]), min(high, recipe.masses[1])
    found: list[float] = []
    mass = low
    while mass <= high and len(found) < MOST:
        looked = recipe.regions_at(mass)
        if looked:
            found.append(mass)
        mass = _next(model, recipe, looked[0] if looked else recipe.regions[0], mass)
    if len(found) == MOST:
        raise UsageError(f"the recipe's spacing gives more than {MOST} hypotheses.")
    return found


def _next(model: SignalModel, recipe: LimitRecipe, region: RegionRange, mass: float) -> float:
    rule = recipe.window_of(region)
    observable = rule.observable[0]
    if observable == "whole_axis":
        raise UsageError(f"{region.region}: its observable does not tell the mass; give the masses to examine.")
    step = rule.spacing * model.width(region.region, mass)
    there = mass_of(observable, observable_of(observable, mass) + step)
    return float(np.nextafter(mass, np.inf)) if not step > 0 else max(there, mass + 1e-6)
