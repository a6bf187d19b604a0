"""HistFactory samples from templates and their effects, and what a model says before any fit: the error of mu."""

from dataclasses import replace

import numpy as np

from .histfactory import POI, Array, HistFactory, Modifier, Sample
from .stacking import BY_BIN
from .variations import Effects

SMALLEST_RATE = 1e-12
UNKNOWN = 1e30  # variance of a bin whose background is free


def make_sample(
    name: str,
    channel: str,
    nominal: Array,
    effects: Effects,
    factor: str | None = None,
    errors: Array | None = None,
    few: bool = False,
) -> Sample:
    """Make a sample of a channel.

    Parameters
    ----------
    name, channel
        Of the sample and of its channel.
    nominal
        Events in each bin.
    effects
        Of the nuisance parameters: log-normal on the yield, linear on the shape.
    factor
        The free factor that multiplies it.
    errors
        Statistical error of the simulation in each bin.
    few
        Whether these are so few simulated events that theirs is a Poisson measurement of its own, not a Gaussian one
        shared by all samples of the bin.
    """
    modifiers = [] if factor is None else [Modifier(factor, "normfactor")]
    modifiers += [
        Modifier(source, "normsys", np.exp(np.array([-size, size]))) for source, size in effects.scales.items()
    ]
    modifiers += [
        Modifier(source, "histosys", np.stack([nominal - shift, nominal + shift]))
        for source, shift in effects.shifts.items()
    ]
    if errors is not None:
        own = Modifier(f"simulated_{name}_{channel}", "shapesys", errors)
        modifiers.append(own if few else Modifier(f"staterror_{channel}", "staterror", errors))
    return Sample(name, nominal, tuple(modifiers))


def scaled(model: HistFactory, factor: float) -> HistFactory:
    """Multiply the signal by `factor`, so that limits on mu are of order 1."""
    channels = tuple(
        replace(each, samples=tuple(_scaled(one, factor) if is_signal(one) else one for one in each.samples))
        for each in model.channels
    )
    return replace(model, channels=channels)


def is_signal(sample: Sample, poi: str = POI) -> bool:
    """Tell whether the parameter of interest multiplies a sample."""
    return any(each.name == poi for each in sample.modifiers)


def _scaled(sample: Sample, factor: float) -> Sample:
    modifiers = tuple(
        replace(each, data=each.data * factor) if each.kind in ("histosys", "staterror") else each
        for each in sample.modifiers
    )
    return Sample(sample.name, sample.nominal * factor, modifiers)


def expected_background(model: HistFactory) -> dict[str, Array]:
    """Give the expected background by channel, all parameters at their start."""
    return {
        each.name: np.sum(
            [_start(model, one) * one.nominal for one in each.samples if not is_signal(one, model.poi)], axis=0
        )
        for each in model.channels
    }


def expected_error(model: HistFactory) -> float:
    """Give the standard deviation of mu at mu = 0 from the Fisher information, other parameters at their start."""
    return float(np.sqrt(np.linalg.pinv(information(model)[1], hermitian=True)[0, 0]))


def information(model: HistFactory) -> tuple[list[tuple[str, str]], Array]:
    """Give the Fisher information at mu = 0, other parameters at their start, and whose rows these are.

    Parameters are named with their kind, "normfactor", "lumi" or "pull", mu first. Bin factors add to the variances of
    their bins.
    """
    place: dict[tuple[str, str], int] = {(model.poi, "normfactor"): 0}
    for channel in model.channels:
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind not in BY_BIN:
                    place.setdefault(_key(each), len(place))
    matrix = np.diag([_precision(model, *key) for key in place])
    background = expected_background(model)
    for channel in model.channels:
        variance = np.maximum(background[channel.name], SMALLEST_RATE)
        rows = np.zeros((len(place), len(variance)))
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind in BY_BIN:
                    variance = variance + (each.data**2 if each.kind != "shapefactor" else UNKNOWN)
                else:
                    rows[place[_key(each)]] += derivative(model, sample, each)
        matrix += (rows / variance) @ rows.T
    return list(place), matrix


def _key(modifier: Modifier) -> tuple[str, str]:
    return modifier.name, modifier.kind if modifier.kind in ("normfactor", "lumi") else "pull"


def _precision(model: HistFactory, name: str, kind: str) -> float:
    """Give 1/sigma^2 of a parameter's constraint."""
    settings = model.parameters.get(name)
    sigma = settings.sigmas[0] if settings is not None and settings.sigmas else 1.0
    return 0.0 if kind == "normfactor" else sigma**-2


def _start(model: HistFactory, sample: Sample) -> float:
    factor = 1.0
    for each in sample.modifiers:
        if each.kind == "normfactor":
            factor *= at_start(model, each.name)
    return factor


def at_start(model: HistFactory, factor: str) -> float:
    """Give the value of a free factor where fits begin."""
    settings = model.parameters.get(factor)
    return 1.0 if settings is None or settings.inits is None else settings.inits[0]


def derivative(model: HistFactory, sample: Sample, modifier: Modifier) -> Array:
    """Give the derivative of a sample's events by a parameter, at mu = 0."""
    if modifier.kind == "normfactor":
        return sample.nominal
    factor = 0.0 if is_signal(sample, model.poi) else _start(model, sample)
    if modifier.kind == "lumi":
        return factor * sample.nominal
    if modifier.kind == "normsys":
        return factor * float(np.log(modifier.data[1])) * sample.nominal
    half: Array = factor * 0.5 * (modifier.data[1] - modifier.data[0])
    return half
