"""Random hypotheses of four kinds, with asymmetric systematics and Poisson data: what the engine is checked on."""

from collections.abc import Callable

import numpy as np
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, ParameterSettings, Sample
from scipy.special import comb

MU_RANGE = ParameterSettings(bounds=((0.0, 60.0),))
LUMINOSITY = ParameterSettings(auxdata=(1.0,), sigmas=(0.02,), bounds=((0.5, 1.5),), inits=(1.0,))
MU = Modifier("mu", "normfactor")


def counting(seed: int) -> HistFactory:
    """One bin: efficiency, luminosity, and a background known by its yield's uncertainty and its simulation."""
    rng = np.random.default_rng([1, seed])
    background = rng.uniform(10, 300, 1)
    signal = _of_order_one(np.ones(1), background)
    signals = (MU, _scale(rng, "efficiency", 0.1), Modifier("lumi", "lumi"))
    error = ("staterror", "shapesys")[seed % 2]
    backgrounds = (
        Modifier("lumi", "lumi"),
        _scale(rng, "yield", 0.15),
        Modifier("simulation", error, rng.uniform(0.03, 0.1) * background),  # type: ignore[arg-type]
    )
    samples = (Sample("signal", signal, signals), Sample("background", background, backgrounds))
    return _model("counting", seed, (_drawn(rng, "count", samples),), {"lumi": LUMINOSITY})


def smooth(seed: int, bins: int = 30) -> HistFactory:
    """Put a peak with three constrained parameters on four Bernstein polynomials with free factors >= 0."""
    rng = np.random.default_rng([2, seed])
    return _model("smooth", seed, (_peak_on_polynomial(rng, "window", bins),), {})


def templates(seed: int) -> HistFactory:
    """Two backgrounds from simulation: shape shifts, yields, and the simulation's statistics in each bin."""
    rng = np.random.default_rng([3, seed])
    return _model("templates", seed, (_simulated(rng, "region", 10),), {})


def combination(seed: int) -> HistFactory:
    """Join a peak on a polynomial and a region of templates; the efficiency is common to both."""
    rng = np.random.default_rng([4, seed])
    return _model("combination", seed, (_peak_on_polynomial(rng, "ee", 20), _simulated(rng, "mumu", 6)), {})


KINDS: dict[str, Callable[[int], HistFactory]] = {
    "counting": counting,
    "smooth": smooth,
    "templates": templates,
    "combination": combination,
}


def _model(
    kind: str, seed: int, channels: tuple[Channel, ...], parameters: dict[str, ParameterSettings]
) -> HistFactory:
    return HistFactory(f"{kind}_{seed}", channels, {"mu": MU_RANGE, **parameters})


def _peak_on_polynomial(rng: np.random.Generator, name: str, bins: int) -> Channel:
    x = (np.arange(bins) + 0.5) / bins
    basis = np.array([comb(3, k) * x**k * (1 - x) ** (3 - k) for k in range(4)])
    basis *= rng.uniform(0.3, 2.0, (4, 1)) * rng.uniform(200, 5000) / bins
    peak = np.exp(-0.5 * ((x - rng.uniform(0.3, 0.7)) / 0.06) ** 2)
    signal = _of_order_one(peak, basis.sum(axis=0))
    slope = rng.uniform(0.02, 0.1) * bins / 30 * np.gradient(signal)
    modifiers = (
        MU,
        _scale(rng, "efficiency", 0.08),
        _scale(rng, "luminosity", 0.02),
        Modifier("energy_scale", "histosys", np.array([signal - slope, signal + 0.9 * slope])),
    )
    lines = [Sample(f"smooth_{k}", row, (Modifier(f"smooth_{k}", "normfactor"),)) for k, row in enumerate(basis)]
    return _drawn(rng, name, (Sample("signal", signal, modifiers), *lines))


def _simulated(rng: np.random.Generator, name: str, bins: int) -> Channel:
    x = (np.arange(bins) + 0.5) / bins
    shapes = (np.exp(-2 * x), 0.5 + x)
    nominal = [rng.uniform(20, 80) * shape for shape in shapes]
    signal = _of_order_one(np.exp(-0.5 * ((x - 0.5) / 0.15) ** 2), nominal[0] + nominal[1])
    samples = [Sample("signal", signal, (MU, _scale(rng, "efficiency", 0.08), _error(rng, name, signal)))]
    for number, events in enumerate(nominal):
        tilt = rng.uniform(0.02, 0.08) * (x - 0.5) * events
        shape = Modifier(f"shape_{number}", "histosys", np.array([events - 1.2 * tilt, events + 0.8 * tilt]))
        modifiers = (shape, _scale(rng, f"yield_{number}", 0.1), _error(rng, name, events))
        samples.append(Sample(f"background_{number}", events, modifiers))
    return _drawn(rng, name, tuple(samples))


def _error(rng: np.random.Generator, channel: str, events: Array) -> Modifier:
    return Modifier(f"staterror_{channel}", "staterror", np.asarray(rng.uniform(0.02, 0.08, len(events)) * events))


def _scale(rng: np.random.Generator, name: str, size: float) -> Modifier:
    return Modifier(name, "normsys", np.array([1 - rng.uniform(0.5, 1) * size, 1 + rng.uniform(0.5, 1) * size]))


def _of_order_one(shape: Array, background: Array) -> Array:
    """Scale a signal so that mu = 1 is about one standard deviation of the background alone."""
    scaled: Array = shape / np.sqrt(np.sum(shape**2 / background))
    return scaled


def _drawn(rng: np.random.Generator, name: str, samples: tuple[Sample, ...]) -> Channel:
    mean = rng.choice([0.0, 0.0, 1.5]) * samples[0].nominal + sum(each.nominal for each in samples[1:])
    return Channel(name, samples, rng.poisson(mean).astype(float))
