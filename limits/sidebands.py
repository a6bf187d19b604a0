"""What a window's smooth background is fitted to: counts or simulation, beside processes that keep a template."""

from math import sqrt

import numpy as np

from .histfactory import Array, Sample
from .modelling import make_sample
from .parts import Part
from .smooth import Sideband
from .variations import add_flat, effects

LEAST_PEAKING = 1e-3  # share of a window's background below which a peaking process is part of the smooth one


def counts_of(part: Part) -> Array:
    """Give the counts of a window; those that simulation expects where nothing was observed."""
    return part.window.take(part.spectrum.background.values) if part.observed is None else part.observed


def peaking_samples(part: Part) -> tuple[Sample, ...]:
    """Give the backgrounds that peak where signal does: shape from simulation, yield within its uncertainty."""
    recipe, found = part.inputs.recipe, []
    whole = float(part.window.take(part.spectrum.background.values).sum())
    for process in recipe.peaking:
        template = part.spectrum.backgrounds.get(process)
        if template is None:
            continue
        values = np.clip(part.window.take(template.values), 0.0, None)
        if values.sum() > LEAST_PEAKING * whole:
            known = effects(template, part.window)
            add_flat(known, recipe.systematics, "background", part.region.region, process, part.inputs.names)
            error = sqrt(part.window.take(template.variances).sum()) / values.sum()
            known.add_scale(f"{process}_simulation_{part.label}", float(np.log1p(error)))
            found.append(make_sample(process, part.label, values, known))
    return tuple(found)


def sideband_of(part: Part, simulated: Sideband) -> Sideband:
    """Give what a part's smooth background is fitted to: data beside signal, or simulation where there are none."""
    if part.observed is None:
        return simulated
    return Sideband(part.window, part.observed, simulated.fixed, signal=part.nominal)


def simulated_sideband(part: Part) -> Sideband:
    """Give what simulation expects in a part's window."""
    background = part.spectrum.background
    values, variances = part.window.take(background.values), part.window.take(background.variances)
    fixed = np.sum([each.nominal for each in peaking_samples(part)], axis=0) if part.inputs.recipe.peaking else 0.0
    spread = float(variances.sum() / values.sum()) if values.sum() > 0 else 1.0
    return Sideband(part.window, np.clip(values, 0.0, None), np.zeros_like(values) + fixed, spread, variances)
