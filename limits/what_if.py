"""What a limit would be with one thing changed: what makes it differ from a published one, in numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .combination import draft_at
from .engine import Request, examine
from .histfactory import HistFactory
from .hypotheses import Built, build
from .inputs import Inputs
from .points import SignalSource
from .spurious import NAMES as SPURIOUS

Change = Callable[[Inputs], Inputs]
ASYMPTOTIC = Request(automatic=False)


@dataclass(frozen=True)
class WhatIf:
    """Expected limits of one hypothesis: the median on the coupling as it is, and by what was changed.

    Attributes
    ----------
    mass
        GeV.
    limit, published
        Median expected limit on the coupling as it is, and the published one.
    efficiency, background
        Of the windows.
    changed
        By change.
    """

    mass: float
    limit: float
    published: float
    efficiency: float
    background: float
    changed: Mapping[str, float]

    @property
    def ratio(self) -> float:
        """Ours over the published one."""
        return self.limit / self.published


def _signal(factor: float) -> Change:
    def change(inputs: Inputs) -> Inputs:
        return replace(
            inputs,
            signals=tuple(
                replace(each, templates={name: one.times(factor) for name, one in each.templates.items()})
                for each in inputs.signals
            ),
        )

    return change


def _background(factor: float) -> Change:
    def change(inputs: Inputs) -> Inputs:
        return replace(
            inputs,
            spectra={
                name: replace(each, backgrounds={key: one.times(factor) for key, one in each.backgrounds.items()})
                for name, each in inputs.spectra.items()
            },
        )

    return change


def _certain(inputs: Inputs) -> Inputs:
    """Leave out flat uncertainties, shifts and the statistics of the simulated signals."""
    return replace(
        inputs,
        recipe=replace(inputs.recipe, systematics=()),
        signals=tuple(
            replace(each, templates={name: replace(one, variations={}) for name, one in each.templates.items()})
            for each in inputs.signals
        ),
        spectra={
            name: replace(each, backgrounds={key: replace(one, variations={}) for key, one in each.backgrounds.items()})
            for name, each in inputs.spectra.items()
        },
    )


CHANGES: Mapping[str, Change] = {
    "twice the efficiency": _signal(2.0),
    "half the background": _background(0.5),
    "a tenth of the background": _background(0.1),
    "two thirds of signal and background": lambda inputs: _signal(2 / 3)(_background(2 / 3)(inputs)),
    "no systematic uncertainty": _certain,
}
NO_SPURIOUS = "no spurious signal"


def what_if(inputs: Inputs, masses: Sequence[float], published: Callable[[float], float], level: float) -> list[WhatIf]:
    """Find expected limits (asymptotic CLs) at masses (GeV), as they are and with one thing changed at a time.

    Parameters
    ----------
    inputs
        At the luminosity of the published limit.
    masses
        Those that lie between the simulated ones of the first family that has them are examined.
    published
        The published limit on the coupling at a mass.
    level
        Confidence level.
    """
    plain = _limits(inputs, masses, level)
    bare = _limits(inputs, masses, level, _without_spurious)
    changed = {name: _limits(change(inputs), masses, level) for name, change in CHANGES.items()}
    found = []
    for mass, (limit, built) in plain.items():
        others = {name: each[mass][0] for name, each in changed.items() if mass in each}
        others[NO_SPURIOUS] = bare[mass][0]
        found.append(WhatIf(mass, limit, published(mass), built.efficiency, built.background, others))
    return found


def _limits(
    inputs: Inputs, masses: Sequence[float], level: float, change: Callable[[HistFactory], HistFactory] = lambda x: x
) -> dict[float, tuple[float, Built]]:
    source, recipe = SignalSource(inputs), inputs.recipe
    nothing = dict.fromkeys(inputs.spectra)
    drafts = {}
    for mass in masses:
        for key in source.families:
            each = draft_at({"mass": mass, **dict(key)}, (inputs,), (source,), (nothing,))
            if each.parts:
                drafts[mass] = each  # of the last family that has it: the largest coupling, prompt decays
    made = dict(zip(drafts, build(list(drafts.values())), strict=True))
    good = {mass: each for mass, each in made.items() if isinstance(each, Built)}
    fits = examine([change(each.model) for each in good.values()], replace(ASYMPTOTIC, level=level))
    found = {}
    for (mass, built), fit in zip(good.items(), fits, strict=True):
        if fit.status == "ok":
            signal = drafts[mass].signal
            share = fit.expected[2] * built.reference / signal.cross_section
            found[mass] = (signal.coupling * share ** (1 / recipe.coupling_power), built)
    return found


def _without_spurious(model: HistFactory) -> HistFactory:
    channels = tuple(
        replace(each, samples=tuple(one for one in each.samples if one.name not in SPURIOUS)) for each in model.channels
    )
    return replace(model, channels=channels)
