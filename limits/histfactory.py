"""HistFactory models as typed arrays: what the engine fits, readable from and writable to any pyhf workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..datasets.errors import ModelError

Array = NDArray[np.float64]
Kind = Literal["normfactor", "normsys", "histosys", "staterror", "shapesys", "shapefactor", "lumi"]
KINDS: tuple[str, ...] = get_args(Kind)
POI = "mu"
NONE: Array = np.zeros(0)
NONE.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Modifier:
    """How a parameter acts on a sample (CERN-OPEN-2012-016, section 4; interpolation as in pyhf).

    Attributes
    ----------
    name
        Of the parameter: what shares it, is correlated.
    kind
        pyhf's type.
    data
        normsys: the factors at -1 and +1 sigma, (2,). histosys: the events of each bin at -1 and +1 sigma, (2, bins).
        staterror, shapesys: the absolute error of each bin, (bins,). Empty for the others.
    """

    name: str
    kind: Kind
    data: Array = field(default_factory=lambda: NONE)


@dataclass(frozen=True, eq=False)
class Sample:
    """Expected events of one process in the bins of one channel, all parameters at their nominal value."""

    name: str
    nominal: Array
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, eq=False)
class Channel:
    """A set of bins that are counted together, what is expected there, and what was observed (events)."""

    name: str
    samples: tuple[Sample, ...]
    observed: Array


@dataclass(frozen=True)
class ParameterSettings:
    """What a measurement says of a parameter; None leaves pyhf's default. One value for each of its bins."""

    inits: tuple[float, ...] | None = None
    bounds: tuple[tuple[float, float], ...] | None = None
    auxdata: tuple[float, ...] | None = None
    sigmas: tuple[float, ...] | None = None
    fixed: bool | None = None


@dataclass(frozen=True, eq=False)
class HistFactory:
    """The model of one hypothesis: a product of channels, Poisson in each bin, with constrained parameters.

    Attributes
    ----------
    name
        The hypothesis's, for messages and files.
    channels
        All channels that are fitted together.
    parameters
        Settings of the measurement, by parameter.
    poi
        The signal strength's name.
    """

    name: str
    channels: tuple[Channel, ...]
    parameters: Mapping[str, ParameterSettings] = field(default_factory=dict)
    poi: str = POI

    def with_observed(self, observed: Mapping[str, Array]) -> "HistFactory":
        """Give the same model with other data, by channel."""
        channels = tuple(replace(each, observed=observed[each.name]) for each in self.channels)
        return replace(self, channels=channels)

    def to_workspace(self) -> dict[str, Any]:
        """Write the model as a pyhf workspace (JSON schema 1.0.0) with one measurement."""
        return {
            "version": "1.0.0",
            "channels": [
                {"name": each.name, "samples": [_write_sample(sample) for sample in each.samples]}
                for each in self.channels
            ],
            "observations": [{"name": each.name, "data": each.observed.tolist()} for each in self.channels],
            "measurements": [
                {
                    "name": self.name,
                    "config": {
                        "poi": self.poi,
                        "parameters": [_write_settings(name, each) for name, each in self.parameters.items()],
                    },
                }
            ],
        }


def read_workspace(
    specification: Mapping[str, Any], name: str | None = None, measurement: str | None = None
) -> HistFactory:
    """Read a pyhf workspace.

    Parameters
    ----------
    specification
        The workspace's JSON object.
    name
        The hypothesis's; the measurement's where absent.
    measurement
        Which of its measurements; the first where absent.

    Raises
    ------
    ModelError
        Names the channel, sample and modifier that cannot be understood.
    """
    try:
        found = {each["name"]: each for each in specification["measurements"]}
        chosen = found[measurement] if measurement is not None else specification["measurements"][0]
        observed = {each["name"]: each["data"] for each in specification["observations"]}
        channels = tuple(_read_channel(each, observed) for each in specification["channels"])
        config = chosen["config"]
        parameters = {each["name"]: _read_settings(each) for each in config.get("parameters", ())}
        return HistFactory(name or chosen["name"], channels, parameters, config["poi"])
    except KeyError as error:
        raise ModelError(f"{name or 'workspace'}: lacks {error}.") from error
    except (TypeError, IndexError, AttributeError, ValueError) as error:
        raise ModelError(f"{name or 'workspace'}: is not a pyhf workspace ({error}).") from error


def _read_channel(content: Mapping[str, Any], observed: Mapping[str, Any]) -> Channel:
    name = content["name"]
    if name not in observed:
        raise ModelError(f"channel {name}: the workspace holds no observation of it.")
    samples = tuple(_read_sample(name, each) for each in content["samples"])
    return Channel(name, samples, np.asarray(observed[name], dtype=float))


def _read_sample(channel: str, content: Mapping[str, Any]) -> Sample:
    modifiers = []
    nominal = np.asarray(content["data"], dtype=float)
    for each in content["modifiers"]:
        place = f"channel {channel}, sample {content['name']}, modifier {each.get('name')}"
        if each.get("type") not in KINDS:
            raise ModelError(f"{place}: unknown type {each.get('type')!r}; known are {', '.join(KINDS)}.")
        try:
            data = _read_data(each["type"], each.get("data"))
        except (TypeError, ValueError, KeyError) as error:
            raise ModelError(f"{place}: its data are not those of a {each['type']}.") from error
        modifiers.append(Modifier(each["name"], each["type"], data))
    return Sample(content["name"], nominal, tuple(modifiers))


def _read_data(kind: str, data: Any) -> Array:
    if kind == "normsys":
        return np.array([data["lo"], data["hi"]], dtype=float)
    if kind == "histosys":
        return np.array([data["lo_data"], data["hi_data"]], dtype=float)
    return NONE if data is None else np.asarray(data, dtype=float)


def _read_settings(content: Mapping[str, Any]) -> ParameterSettings:
    def values(key: str) -> tuple[float, ...] | None:
        return tuple(float(each) for each in content[key]) if key in content else None

    bounds = content.get("bounds")
    return ParameterSettings(
        inits=values("inits"),
        bounds=None if bounds is None else tuple((float(low), float(high)) for low, high in bounds),
        auxdata=values("auxdata"),
        sigmas=values("sigmas"),
        fixed=content.get("fixed"),
    )


def _write_sample(sample: Sample) -> dict[str, Any]:
    return {
        "name": sample.name,
        "data": sample.nominal.tolist(),
        "modifiers": [{"name": each.name, "type": each.kind, "data": _write_data(each)} for each in sample.modifiers],
    }


def _write_data(modifier: Modifier) -> Any:
    data = modifier.data.tolist()
    if modifier.kind == "normsys":
        return {"lo": data[0], "hi": data[1]}
    if modifier.kind == "histosys":
        return {"lo_data": data[0], "hi_data": data[1]}
    return data if modifier.kind in ("staterror", "shapesys") else None


def _write_settings(name: str, settings: ParameterSettings) -> dict[str, Any]:
    content: dict[str, Any] = {"name": name}
    for key in ("inits", "auxdata", "sigmas"):
        values = getattr(settings, key)
        if values is not None:
            content[key] = list(values)
    if settings.bounds is not None:
        content["bounds"] = [list(each) for each in settings.bounds]
    if settings.fixed is not None:
        content["fixed"] = settings.fixed
    return content
