"""Shifts of objects that searches share: momenta of tracks, or energies of photons, at another scale or resolution."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from ..datasets.documents import Document, load_yaml, validate
from .channel import NOMINAL
from .momenta import PION_MASS, Momenta
from .objects import Array, Objects
from .weighing import size_of

MOMENTUM_SHIFTS = (NOMINAL, "momentum_scale_up", "momentum_scale_down", "momentum_resolution_up")
"""Variations of searches whose observable is made of tracks."""

PHOTON_SHIFTS = (NOMINAL, "photon_energy_scale_up", "photon_energy_scale_down", "photon_energy_resolution_up")
"""Variations of searches whose observable is made of photons."""

FILE = Path(__file__).parent / "resolutions.yaml"
NEAREST = "belle2"  # whose resolutions stand in at an experiment that the file does not name


class EnergyResolution(Document):
    """sigma_E/E of photons: noise / E, stochastic / E^(1/4) and constant in quadrature, E in GeV."""

    noise: float
    stochastic: float
    constant: float

    def at(self, energy: Array) -> Array:
        """Give sigma_E/E at energies in GeV."""
        return np.asarray(np.sqrt((self.noise / energy) ** 2 + self.stochastic**2 / np.sqrt(energy) + self.constant**2))


class MomentumResolution(Document):
    """sigma_pt/pt of tracks: curvature times pt and scattering / beta in quadrature, pt in GeV."""

    curvature: float
    scattering: float

    def at(self, transverse: Array, velocity: Array) -> Array:
        """Give sigma_pt/pt at transverse momenta in GeV and velocities beta."""
        return np.asarray(np.hypot(self.curvature * transverse, self.scattering / velocity))


class Resolutions(Document):
    """Nominal resolutions of an experiment (`resolutions.yaml`)."""

    photon_energy: EnergyResolution
    momentum: MomentumResolution


def shifted_tracks(tracks: Objects, variation: str, experiment: str, prefix: str = "") -> Objects:
    """Give tracks with momenta as in a variation.

    A worse resolution multiplies each momentum by 1 + r sqrt((1 + w)^2 - 1) z: r is the experiment's resolution
    sigma_pt/pt, w by how much it is worse (`uncertainties.yaml`), z the track's own draw from a standard normal
    distribution. There is no better resolution; the limit stage mirrors the change.

    Parameters
    ----------
    tracks
        With `px`, `py`, `pz` (GeV, laboratory), all of which are multiplied.
    variation
        One of `MOMENTUM_SHIFTS`.
    experiment
        Whose resolution it is.
    prefix
        Of the three columns' names.
    """
    names = [f"{prefix}{axis}" for axis in ("px", "py", "pz")]

    def resolution() -> Array:
        px, py, pz = (tracks[name] for name in names)
        momentum = Momenta.massive(px, py, pz, PION_MASS)
        return nominal_resolutions(experiment).momentum.at(momentum.pt, momentum.p / momentum.energy)

    return _shifted(tracks, names, variation, resolution)


def shifted_photons(photons: Objects, variation: str, experiment: str) -> Objects:
    """Give photons with energies as in a variation, see `shifted_tracks`; r is the barrel calorimeter's sigma_E/E.

    Parameters
    ----------
    photons
        With `px`, `py`, `pz` and `energy` (GeV, laboratory), all of which are multiplied.
    variation
        One of `PHOTON_SHIFTS`.
    experiment
        Whose resolution it is.
    """

    def resolution() -> Array:
        return nominal_resolutions(experiment).photon_energy.at(photons["energy"])

    return _shifted(photons, ["px", "py", "pz", "energy"], variation, resolution)


def _shifted(objects: Objects, columns: list[str], variation: str, resolution: Callable[[], Array]) -> Objects:
    if variation == NOMINAL:
        return objects
    source, _, way = variation.rpartition("_")
    size, factor = size_of(source), np.asarray(1.0)
    if source.endswith("_scale"):
        factor = factor + (size if way == "up" else -size)
    else:
        draws = standard_normal([objects[name] for name in columns])
        factor = factor + resolution() * np.sqrt((1.0 + size) ** 2 - 1.0) * draws
    return objects.with_columns({name: objects[name] * factor for name in columns})


@cache
def nominal_resolutions(experiment: str) -> Resolutions:
    """Give an experiment's resolutions."""
    known = load_yaml(FILE)
    name = experiment if experiment in known else NEAREST
    return validate(known[name], Resolutions, f"{FILE}: {name}")


def standard_normal(columns: list[Array]) -> Array:
    """Draw a standard normal number for each object from the bits of what was measured of it.

    Own code, because a generator's stream would give an object another number in another chunk or in another search:
    the bits are mixed as by splitmix64 (Steele, Lea, Flood, OOPSLA 2014).

    Parameters
    ----------
    columns
        (objects,) each.

    Returns
    -------
    Array
        (objects,).
    """
    state = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        state ^= np.ascontiguousarray(column).view(np.uint64)
        state += np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return np.asarray(ndtri(((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53))
