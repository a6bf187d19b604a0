"""Which hypotheses a scan examines: simulated ones, those on the recipe's spacing, or masses that were asked for."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from ..datasets.errors import ModelError, UsageError
from ..processors.recipe import LimitRecipe, RegionRange, mass_of, observable_of
from .families import Family, family_of
from .inputs import Inputs
from .morphing import SignalModel
from .templates import Signal

Masses = Literal["simulated", "spaced"] | Sequence[float]
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
        self.families: dict[Family, list[Signal]] = {}
        for each in inputs.signals:
            self.families.setdefault(family_of(each.point), []).append(each)
        self._models: dict[tuple[Family, str], SignalModel] = {}

    def at(self, point: Mapping[str, float]) -> Signal:
        """Give the simulated signal at a point, else one interpolated in mass; ModelError where neither can be.

        Modes that add up (`LimitRecipe.modes_add`) are interpolated where they were not simulated at this mass.
        """
        mass, family = point["mass"], self.families.get(family_of(point), [])
        found = {each.mode: each for each in family if abs(each.mass - mass) < SAME}
        modes = dict.fromkeys(each.mode for each in family) or {"": None}
        together = self._inputs.recipe.modes_add or len(modes) == 1
        if not found and not together:
            raise ModelError(f"{', '.join(modes)} are signals of different kinds: only simulated masses are examined.")
        problem: ModelError | None = None
        for mode in [each for each in modes if each not in found and (together or not found)]:
            try:
                regions = tuple(each.region for each in self._inputs.recipe.regions_at(mass))
                found[mode] = self.model(family_of(point), mode).at(mass, regions)
            except ModelError as error:
                problem = error
        if not found and problem is not None:
            raise problem
        return _added(list(found.values()), self._inputs.recipe.modes_add)

    def around(self, point: Mapping[str, float], steps: int) -> list[dict[str, float]]:
        """Give the hypotheses up to `steps` of the recipe's spacing beside a simulated one, itself included.

        Only itself where nothing lies between the simulated masses: planes, and observables that tell no mass.
        """
        recipe, signal = self._inputs.recipe, self.at(point)
        looked = [each for each in recipe.regions_at(signal.mass) if each.region in signal.templates]
        region = max(looked, key=lambda each: float(signal.templates[each.region].values.sum()))
        rule = recipe.window_of(region)
        if len(rule.observable) > 1 or rule.observable[0] == "whole_axis":
            return [dict(point)]
        try:
            model = self.model(family_of(point), self.modes(point)[0])
        except (ModelError, IndexError):
            return [dict(point)]
        centre = observable_of(rule.observable[0], signal.mass)
        step = rule.spacing * model.width(region.region, signal.mass)
        masses = [mass_of(rule.observable[0], centre + number * step) for number in range(-steps, steps + 1) if number]
        inside = [mass for mass in masses if model.masses[0] <= mass <= model.masses[-1] and recipe.regions_at(mass)]
        return [{**point, "mass": mass} for mass in sorted([*inside, signal.mass])]

    def modes(self, point: Mapping[str, float]) -> list[str]:
        """Give the modes that were simulated at a point, those with most events first."""
        here = [each for each in self.families.get(family_of(point), []) if abs(each.mass - point["mass"]) < SAME]
        return [each.mode for each in sorted(here, key=_selected, reverse=True)]

    def model(self, key: Family, mode: str | None = None) -> SignalModel:
        """Give the interpolation of a family of points that differ in mass only, of its first mode by default."""
        family = self.families.get(key, [])
        name = family[0].mode if mode is None and family else mode or ""
        if (key, name) not in self._models:
            recipe, spectra = self._inputs.recipe, self._inputs.spectra
            if any(len(each.axes) > 1 for each in spectra.values()):
                raise ModelError("a plane's hypotheses are the simulated ones: its shapes are not interpolated.")
            edges = {name: each.axes[0].edges for name, each in spectra.items()}
            rules = {each.region: recipe.window_of(each) for each in recipe.regions}
            self._models[key, name] = SignalModel([each for each in family if each.mode == name], edges, rules)
        return self._models[key, name]


def _selected(signal: Signal) -> float:
    return sum(float(each.values.sum()) for each in signal.templates.values())


def _added(signals: Sequence[Signal], modes_add: bool) -> Signal:
    """Add up the modes of a hypothesis; cross sections add up too where the modes are one particle's."""
    first = signals[0]
    if len(signals) == 1:
        return first
    regions = dict.fromkeys(name for each in signals for name in each.templates)
    templates = {name: [each.templates[name] for each in signals if name in each.templates] for name in regions}
    yields = {name: np.array([each.values.sum() for each in found]) for name, found in templates.items()}
    errors = {
        name: np.array([each.efficiency_error(name) for each in signals if name in each.templates]) for name in regions
    }
    sections, produced = [each.cross_section for each in signals], [each.produced for each in signals]
    return Signal(
        first.mass,
        first.point,
        {name: sum(found[1:], start=found[0]) for name, found in templates.items()},
        float(sum(sections) if modes_add else np.mean(sections)),
        first.coupling,
        sum(produced),
        {
            name: float(np.hypot.reduce(yields[name] * errors[name]) / max(yields[name].sum(), 1e-300))
            for name in regions
        },
        float(np.average([each.isr_factor for each in signals], weights=sections)),
        first.mode,
    )


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
            # Of several families, those that were not simulated around a mass say nothing of it.
            chosen = sorted(float(each) for each in masses if len(families) == 1 or known[0] <= each <= known[-1])
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
