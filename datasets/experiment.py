"""The experiments: beams, data-taking periods and detector as validated data files."""

from functools import cache
from math import cos, sin, sqrt
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from .documents import Document, read_document
from .errors import ConfigurationError
from .frames import Beams

FOLDER = Path(__file__).parent / "experiments"
ELECTRON_MASS = 0.51099895e-3  # GeV, PDG 2024

Positive = Annotated[float, Field(gt=0)]
Angle = Annotated[float, Field(ge=0, le=180)]


class LuminousRegion(Document):
    """Where the beams collide: standard deviations in cm along the experiment's axes, z along the solenoid."""

    x: Annotated[float, Field(ge=0)]
    y: Annotated[float, Field(ge=0)]
    z: Annotated[float, Field(ge=0)]
    source: str


class Period(Document):
    """A data-taking period: beam energies (GeV, laboratory), and what was recorded.

    Attributes
    ----------
    electron_energy, positron_energy
        Beam energies in GeV.
    luminosity
        Recorded integrated luminosity in fb^-1; None where it is not fixed yet.
    energy_spread
        Standard deviation of sqrt(s) in GeV.
    luminous_region
        Its size; a point where left out.
    source
        Where the figures come from.
    """

    electron_energy: Positive
    positron_energy: Positive
    luminosity: Positive | None = None
    energy_spread: Annotated[float, Field(ge=0)] = 0.0
    luminous_region: LuminousRegion = LuminousRegion(x=0.0, y=0.0, z=0.0, source="a point")
    source: str


class Acceptance(Document):
    """A polar-angle range in degrees, laboratory, electron beam's hemisphere at 0."""

    low: Angle
    high: Angle

    @model_validator(mode="after")
    def _ordered(self) -> "Acceptance":
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must lie below high ({self.high})")
        return self


class Experiment(Document):
    """One experiment.

    Attributes
    ----------
    name, label
        Key in catalogs, and name on plots.
    crossing_angle
        Angle between the beams' lines in rad; each beam is turned by half of it in the x-z plane.
    acceptance
        Polar-angle ranges in degrees by subdetector ("tracking", "calorimeter_barrel", ...).
    periods
        Data-taking periods by name; the first is the default.
    """

    name: str
    label: str
    crossing_angle: Annotated[float, Field(ge=0, lt=0.5)]
    acceptance: dict[str, Acceptance]
    periods: Annotated[dict[str, Period], Field(min_length=1)]
    source: str

    @property
    def default_period(self) -> str:
        """Name of the period used where none is given."""
        return next(iter(self.periods))

    def period(self, name: str | None = None) -> Period:
        """Give the period `name` (the default one for None); ConfigurationError names the known ones."""
        key = name or self.default_period
        if key not in self.periods:
            raise ConfigurationError(f"{self.name}: unknown period {key!r}; known are {', '.join(self.periods)}.")
        return self.periods[key]

    def beams(self, period: str | None = None) -> Beams:
        """Four-momenta of both beams (GeV, laboratory) in `period`."""
        chosen = self.period(period)
        return Beams(
            _beam(chosen.electron_energy, self.crossing_angle / 2, 1.0),
            _beam(chosen.positron_energy, self.crossing_angle / 2, -1.0),
        )


def _beam(energy: float, half_angle: float, direction: float) -> tuple[float, float, float, float]:
    momentum = sqrt(energy**2 - ELECTRON_MASS**2)
    return energy, momentum * sin(half_angle), 0.0, direction * momentum * cos(half_angle)


def experiment_names() -> list[str]:
    """List the experiments that darkbelle ships."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def load_experiment(name: str) -> Experiment:
    """Read a shipped experiment by name ("belle2", "babar"), or any YAML file by path.

    Raises
    ------
    ConfigurationError
        There is none of that name, or its file is wrong.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.exists():
        raise ConfigurationError(f"unknown experiment {name!r}; known are {', '.join(experiment_names())}.")
    return read_document(path, Experiment)
