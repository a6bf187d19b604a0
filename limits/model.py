"""The likelihood of one hypothesis as plain numbers, and the same as a pyhf workspace."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import exp
from typing import Any

import numpy as np
import pyhf
from numpy.typing import NDArray

from ..datasets.errors import ModelError

Array = NDArray[np.float64]
POI = "mu"


@dataclass(frozen=True)
class Component:
    """One sample of a HistFactory model.

    Attributes
    ----------
    name
        Unique within the model.
    nominal
        Expected events in each bin.
    norm
        The free factor that multiplies it ("mu" for the signal), or None.
    scales
        For each nuisance parameter, the logarithm of the factor at +1 sigma (log-normal; -1 sigma is its inverse).
    shifts
        For each nuisance parameter, events added in each bin at +1 sigma (taken away at -1 sigma).
    errors
        Statistical error of the simulation in each bin, or None where it does not enter.
    """

    name: str
    nominal: Array
    norm: str | None = None
    scales: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Array] = field(default_factory=dict)
    errors: Array | None = None


@dataclass(frozen=True)
class Model:
    """One hypothesis: signal and backgrounds in one set of bins.

    Attributes
    ----------
    name
        Names the channel and the hypothesis, for messages and files.
    components
        The samples; the signal carries the norm "mu".
    observed
        The data, or what stands for them.
    edges
        Bin edges in the observable's unit.
    norms
        Start, lowest and highest value of each free factor.
    """

    name: str
    components: tuple[Component, ...]
    observed: Array
    edges: Array
    norms: Mapping[str, tuple[float, float, float]]

    @property
    def signal(self) -> Component:
        """The component that mu multiplies."""
        return next(each for each in self.components if each.norm == POI)

    @property
    def background(self) -> Array:
        """Expected background events in each bin, all parameters at their start."""
        expected: Array = np.sum(
            [
                each.nominal * (self.norms[each.norm][0] if each.norm else 1.0)
                for each in self.components
                if each.norm != POI
            ],
            axis=0,
        )
        return expected

    def with_observed(self, observed: Array) -> "Model":
        """Give the same model with other data."""
        return replace(self, observed=np.asarray(observed, dtype=float))

    def scaled(self, factor: float) -> "Model":
        """Multiply the signal by `factor`, so that limits on mu are of order 1."""
        signal = self.signal
        larger = replace(
            signal,
            nominal=signal.nominal * factor,
            shifts={name: shift * factor for name, shift in signal.shifts.items()},
            errors=None if signal.errors is None else signal.errors * factor,
        )
        return replace(self, components=tuple(larger if each is signal else each for each in self.components))


def check(model: Model) -> None:
    """Refuse what no fit can handle, before it fails without a word.

    Raises
    ------
    ModelError
        A template is not finite or negative, there is no signal, or no background, in the window.
    """
    for component in model.components:
        values = [component.nominal, *component.shifts.values()]
        if not all(np.isfinite(each).all() for each in values):
            raise ModelError(f"{model.name}: template {component.name} is not finite.")
        if (component.nominal < 0).any():
            raise ModelError(f"{model.name}: template {component.name} is negative in some bin; merge bins.")
    if not np.isfinite(model.observed).all() or (model.observed < 0).any():
        raise ModelError(f"{model.name}: the data hold a negative or infinite count.")
    if model.signal.nominal.sum() <= 0:
        raise ModelError(f"{model.name}: no signal event was selected.")
    if model.background.sum() <= 0:
        raise ModelError(f"{model.name}: no background is expected anywhere in the window.")


def workspace(model: Model) -> dict[str, Any]:
    """Write a model in pyhf's language, with starts and bounds of the free factors in the measurement.

    Returns
    -------
    dict
        A workspace that satisfies pyhf's JSON schema 1.0.0.
    """
    channel = "window"
    return {
        "version": "1.0.0",
        "channels": [{"name": channel, "samples": [sample_specification(each, channel) for each in model.components]}],
        "observations": [{"name": channel, "data": model.observed.tolist()}],
        "measurements": [
            {
                "name": model.name,
                "config": {
                    "poi": POI,
                    "parameters": [
                        {"name": name, "inits": [start], "bounds": [[low, high]]}
                        for name, (start, low, high) in model.norms.items()
                    ],
                },
            }
        ],
    }


def sample_specification(component: Component, channel: str) -> dict[str, Any]:
    """Write one sample in the language of pyhf."""
    modifiers: list[dict[str, Any]] = []
    if component.norm is not None:
        modifiers.append({"name": component.norm, "type": "normfactor", "data": None})
    for name, size in component.scales.items():
        modifiers.append({"name": name, "type": "normsys", "data": {"hi": exp(size), "lo": exp(-size)}})
    for name, shift in component.shifts.items():
        data = {
            "hi_data": (component.nominal + shift).tolist(),
            "lo_data": (component.nominal - shift).tolist(),
        }
        modifiers.append({"name": name, "type": "histosys", "data": data})
    if component.errors is not None:
        modifiers.append({"name": f"staterror_{channel}", "type": "staterror", "data": component.errors.tolist()})
    return {"name": component.name, "data": component.nominal.tolist(), "modifiers": modifiers}


@contextmanager
def quiet_pyhf() -> Iterator[None]:
    """Silence a deprecated class of jsonschema that pyhf 0.7.6 still validates with."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "jsonschema.RefResolver is deprecated", DeprecationWarning)
        yield


def validate_workspace(specification: dict[str, Any]) -> pyhf.Workspace:
    """Check a workspace against pyhf's schema; ModelError says where it is wrong."""
    try:
        with quiet_pyhf():
            return pyhf.Workspace(specification)
    except (pyhf.exceptions.InvalidSpecification, KeyError, TypeError) as error:
        raise ModelError(f"not a valid pyhf workspace: {str(error).splitlines()[0]}") from error
