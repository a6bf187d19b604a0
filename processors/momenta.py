"""Four-momenta as four arrays of any one shape: the kinematics that the searches share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..datasets.records import CentreOfMass
from .objects import Array, Mask, Objects

ELECTRON_MASS = 0.51099895e-3  # GeV, PDG 2024
MUON_MASS = 0.1056583755  # GeV, PDG 2024
PION_MASS = 0.13957039  # GeV, PDG 2024
KAON_MASS = 0.493677  # GeV, PDG 2024
PROTON_MASS = 0.93827209  # GeV, PDG 2024


@dataclass(frozen=True)
class Momenta:
    """Four-momenta in GeV, laboratory frame unless made by `in_cm`.

    Own code for the reason given in `objects.py`; the event model's awkward vectors stay there for notebooks.
    """

    px: Array
    py: Array
    pz: Array
    energy: Array

    @classmethod
    def of_photons(cls, photons: Objects) -> "Momenta":
        """Take photons' four-momenta."""
        return cls(*(photons[name] for name in ("px", "py", "pz", "energy")))

    @classmethod
    def of_tracks(cls, tracks: Objects, mass: float) -> "Momenta":
        """Take tracks' momenta with the energy of a particle of `mass` (GeV)."""
        return cls.massive(tracks["px"], tracks["py"], tracks["pz"], mass)

    @classmethod
    def massive(cls, px: Array, py: Array, pz: Array, mass: float | Array) -> "Momenta":
        """Make four-momenta of particles of `mass` (GeV)."""
        return cls(px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + np.square(mass)))

    def __add__(self, other: "Momenta") -> "Momenta":
        return Momenta(self.px + other.px, self.py + other.py, self.pz + other.pz, self.energy + other.energy)

    def __sub__(self, other: "Momenta") -> "Momenta":
        return Momenta(self.px - other.px, self.py - other.py, self.pz - other.pz, self.energy - other.energy)

    def __getitem__(self, place: Any) -> "Momenta":
        return Momenta(self.px[place], self.py[place], self.pz[place], self.energy[place])

    def total(self) -> "Momenta":
        """Add up along the last axis."""
        return Momenta(*(each.sum(axis=-1) for each in (self.px, self.py, self.pz, self.energy)))

    def table(self, objects: Objects, number: int) -> "Momenta":
        """Arrange the momenta of `objects` as (events, number), NaN where an event has fewer."""
        return Momenta(*(objects.table(each, number) for each in (self.px, self.py, self.pz, self.energy)))

    @property
    def p(self) -> Array:
        """|p| in GeV."""
        return np.sqrt(self.px**2 + self.py**2 + self.pz**2)

    @property
    def pt(self) -> Array:
        """Momentum transverse to z in GeV."""
        return np.sqrt(self.px**2 + self.py**2)  # several times faster than hypot, and far from overflow

    @property
    def cosine(self) -> Array:
        """Cosine of the polar angle; NaN without a momentum."""
        momentum = self.p
        return self.pz / np.where(momentum > 0.0, momentum, np.nan)

    @property
    def theta(self) -> Array:
        """Polar angle in degrees."""
        return np.degrees(np.arctan2(self.pt, self.pz))

    @property
    def phi(self) -> Array:
        """Azimuth in rad."""
        return np.arctan2(self.py, self.px)

    @property
    def mass_squared(self) -> Array:
        """Invariant mass squared in GeV^2, of either sign."""
        return self.energy**2 - self.px**2 - self.py**2 - self.pz**2

    @property
    def mass(self) -> Array:
        """Invariant mass in GeV, -sqrt(-m^2) for negative m^2 (basf2's convention for mRecoil)."""
        squared = self.mass_squared
        return np.sign(squared) * np.sqrt(np.abs(squared))

    def dot(self, other: "Momenta") -> Array:
        """Give the scalar product of the three-momenta, GeV^2."""
        return self.px * other.px + self.py * other.py + self.pz * other.pz

    def angle(self, other: "Momenta") -> Array:
        """Give the opening angle in degrees; NaN where either has no momentum."""
        length = self.p * other.p
        cosine = self.dot(other) / np.where(length > 0.0, length, np.nan)
        return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))

    def within(self, low: float, high: float) -> Mask:
        """Tell which polar angles lie between `low` and `high` degrees."""
        return np.asarray((self.theta > low) & (self.theta < high))

    def in_cm(self, beam: CentreOfMass) -> "Momenta":
        """Boost to the CM frame of the beams, electron beam along +z."""
        mixed = self.energy, self.px, self.py, self.pz
        energy, px, py, pz = (sum(row[i] * mixed[i] for i in range(4)) for row in beam.beams.to_cm)
        return Momenta(px, py, pz, energy)

    def recoil(self, beam: CentreOfMass) -> "Momenta":
        """Give what recoils against these: the beams' four-momentum minus theirs (laboratory)."""
        energy, px, py, pz = beam.beams.total
        return Momenta(px - self.px, py - self.py, pz - self.pz, energy - self.energy)
