"""Projections: what becomes of systematic uncertainties at another luminosity, stated with every limit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import sqrt
from pathlib import Path
from typing import Literal

from ..datasets.documents import Document, read_document
from ..datasets.errors import UsageError
from .inputs import Inputs
from .templates import Signal, Spectrum, Template

Kind = Literal["held", "scaled", "given"]


@dataclass(frozen=True)
class Scenario:
    """What becomes of systematic uncertainties.

    Attributes
    ----------
    kind
        "held": relative uncertainties stay. "scaled": all go with 1/sqrt(L), the simulation's statistics too.
        "given": those named in `sizes` are replaced, the others held.
    reference
        fb^-1 at which the uncertainties are those of the recipe ("scaled").
    sizes
        Relative uncertainty by nuisance parameter ("given").
    """

    kind: Kind = "held"
    reference: float | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The scenario in words."""
        if self.kind == "scaled":
            since = "the run's luminosity" if self.reference is None else f"{self.reference:g} fb^-1"
            return f"systematic uncertainties scaled as 1/sqrt(L) from {since}"
        if self.kind == "given":
            named = ", ".join(f"{name} {100 * size:g} %" for name, size in self.sizes.items())
            return f"systematic uncertainties as given ({named}), the others held"
        return "systematic uncertainties held: relative sizes as in the recipe, simulation's statistics included"


class ScenarioDocument(Document):
    """A YAML file of uncertainties for a projection: relative sizes by nuisance parameter."""

    systematics: dict[str, float]


def read_scenario(text: str, reference: float | None = None) -> Scenario:
    """Read what was asked for: "held", "scaled", or a YAML file (`systematics: {name: relative size}`)."""
    if text in ("held", "scaled"):
        return Scenario("held" if text == "held" else "scaled", reference)
    if not text.endswith((".yaml", ".yml")):
        raise UsageError(f"unknown scenario {text!r}; give held, scaled or a YAML file with `systematics:`.")
    return Scenario("given", None, read_document(Path(text), ScenarioDocument).systematics)


def scale_systematics(inputs: Inputs, scenario: Scenario, share: float) -> Inputs:
    """Apply a scenario to the recipe's flat uncertainties, the variations and the simulation's statistics.

    Parameters
    ----------
    inputs
        Scaled to the projection's luminosity.
    scenario
        What to do.
    share
        Luminosity of the runs themselves over that of the projection: where the uncertainties are the recipe's, unless
        the scenario names a luminosity.
    """
    if scenario.kind == "held":
        return inputs
    if scenario.kind == "given":
        known = {each.correlated.format(**inputs.names) for each in inputs.recipe.systematics}
        missing = scenario.sizes.keys() - known
        if missing:
            raise UsageError(
                f"{inputs.channel}: no nuisance parameter {', '.join(missing)}; it has {', '.join(known)}."
            )
        changed = tuple(
            replace(each, size=scenario.sizes.get(each.correlated.format(**inputs.names), each.size))
            for each in inputs.recipe.systematics
        )
        return replace(inputs, recipe=replace(inputs.recipe, systematics=changed))
    factor = sqrt(share if scenario.reference is None else scenario.reference / inputs.luminosity.total)
    recipe = inputs.recipe
    systematics = tuple(replace(each, size=factor * each.size) for each in recipe.systematics)
    smooth = [each.region for each in recipe.regions if recipe.background_of(each) == "polynomial"]
    return replace(
        inputs,
        recipe=replace(recipe, systematics=systematics),
        # A polynomial's bias is measured against the fluctuations that the simulation has, not those that it may have.
        spectra={name: _scaled_spectrum(each, factor, name in smooth) for name, each in inputs.spectra.items()},
        signals=tuple(_scaled_signal(each, factor) for each in inputs.signals),
    )


def _scaled_spectrum(spectrum: Spectrum, factor: float, keep_statistics: bool) -> Spectrum:
    scaled = {name: _scaled(each, factor) for name, each in spectrum.backgrounds.items()}
    if keep_statistics:
        scaled = {name: replace(each, variances=spectrum.backgrounds[name].variances) for name, each in scaled.items()}
    return replace(spectrum, backgrounds=scaled)


def _scaled_signal(signal: Signal, factor: float) -> Signal:
    return replace(signal, templates={name: _scaled(each, factor) for name, each in signal.templates.items()})


def _scaled(template: Template, factor: float) -> Template:
    """Shrink the shifts and the statistical error of a template."""
    shifted = {name: template.values + factor * (each - template.values) for name, each in template.variations.items()}
    return replace(template, variances=factor**2 * template.variances, variations=shifted)
