"""HistFactory samples from templates and their effects, and what a model says before any fit: the error of mu."""

from dataclasses import replace

import numpy as np

from .histfactory import POI, Array, HistFactory, Modifier, Sample
from .variations import Effects

SMALLEST_RATE = 1e-12


def make_sample(
    name: str, channel: str, nominal: Array, effects: Effects, factor: str | None = None, errors: Array | None = None
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
        modifiers.append(Modifier(f"staterror_{channel}", "staterror", errors))
    return Sample(name, nominal, tuple(modifiers))


def scaled(model: HistFactory, factor: float) -> HistFactory:
    """Multiply the signal by `factor`, so that limits on mu are of order 1."""
    channels = tuple(
        replace(each, samples=tuple(_scaled(one, factor) if is_signal(one) else one for one in each.samples))
        for each in model.channels
    )
    return replace(model, channels=channels)


def is_signal(sample: Sample) -> bool:
    """Tell whether mu multiplies a sample."""
    return any(each.name == POI for each in sample.modifiers)


def _scaled(sample: Sample, factor: float) -> Sample:
    modifiers = tuple(
        replace(each, data=each.data * factor) if each.kind in ("histosys", "staterror") else each
        for each in sample.modifiers
    )
    return Sample(sample.name, sample.nominal * factor, modifiers)


def expected_background(model: HistFactory) -> dict[str, Array]:
    """Give the expected background by channel, all parameters at their start."""
    return {
        each.name: np.sum([_start(model, one) * one.nominal for one in each.samples if not is_signal(one)], axis=0)
        for each in model.channels
    }


def expected_error(model: HistFactory) -> float:
    """Give the standard deviation of mu at mu = 0 from the Fisher information, other parameters at their start."""
    place: dict[tuple[str, str], int] = {(POI, "normfactor"): 0}
    for channel in model.channels:
        for sample in channel.samples:
            for each in sample.modifiers:
                key = (each.name, "normfactor" if each.kind == "normfactor" else "pull")
                if each.kind != "staterror":
                    place.setdefault(key, len(place))
    information = np.diag([0.0 if kind == "normfactor" else 1.0 for _, kind in place])
    background = expected_background(model)
    for channel in model.channels:
        variance = np.maximum(background[channel.name], SMALLEST_RATE)
        rows = np.zeros((len(place), len(variance)))
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind == "staterror":
                    variance = variance + each.data**2
                else:
                    key = (each.name, "normfactor" if each.kind == "normfactor" else "pull")
                    rows[place[key]] += _derivative(model, sample, each)
        information += (rows / variance) @ rows.T
    covariance: Array = np.linalg.pinv(information, hermitian=True)
    return float(np.sqrt(covariance[0, 0]))


def _start(model: HistFactory, sample: Sample) -> float:
    factor = 1.0
    for each in sample.modifiers:
        settings = model.parameters.get(each.name)
        if each.kind == "normfactor" and settings is not None and settings.inits is not None:
            factor *= settings.inits[0]
    return factor


def _derivative(model: HistFactory, sample: Sample, modifier: Modifier) -> Array:
    """Give the derivative of a sample's events by a parameter, at mu = 0."""
    if modifier.kind == "normfactor":
        return sample.nominal
    factor = 0.0 if is_signal(sample) else _start(model, sample)
    if modifier.kind == "normsys":
        return factor * float(np.log(modifier.data[1])) * sample.nominal
    half: Array = factor * 0.5 * (modifier.data[1] - modifier.data[0])
    return half
