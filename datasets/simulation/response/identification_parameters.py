"""Identification: how often a track of one species passes the cut for another, by momentum and region."""

from typing import Any

import numpy as np
from pydantic import Field, field_validator, model_validator

from ...documents import Document
from .columns import Floats
from .quantities import Angle, Positive, Probability

SPECIES = ("electron", "muon", "pion", "kaon", "proton")
Rate = tuple[tuple[float, ...], ...]


def _rate_names() -> list[str]:
    return [f"{species}_as_{taken}" for species in SPECIES for taken in SPECIES]


class IdentificationResponse(Document):
    """Chances to pass a cut on the likelihood ratios at the working point.

    Each `<species>_as_<hypothesis>` is one number for all tracks, a list over `momenta`, or three such lists for
    forward, barrel and backward; between momenta it is linear, outside them constant.

    Attributes
    ----------
    working_point
        The cut that the chances are stated at.
    sharpness
        Ratios above the cut are 1 - (1 - cut) u^sharpness with u uniform.
    momenta
        GeV.
    barrel_low, barrel_high
        Polar angles (degrees) between which the barrel lies.
    """

    working_point: Probability = Field(gt=0.5, lt=1)
    sharpness: Positive
    momenta: list[Positive] = Field(min_length=2)
    barrel_low: Angle
    barrel_high: Angle
    electron_as_electron: Rate
    electron_as_muon: Rate
    electron_as_pion: Rate
    electron_as_kaon: Rate
    electron_as_proton: Rate
    electron_without_cluster: Probability
    muon_as_electron: Rate
    muon_as_muon: Rate
    muon_as_pion: Rate
    muon_as_kaon: Rate
    muon_as_proton: Rate
    pion_as_electron: Rate
    pion_as_muon: Rate
    pion_as_pion: Rate
    pion_as_kaon: Rate
    pion_as_proton: Rate
    kaon_as_electron: Rate
    kaon_as_muon: Rate
    kaon_as_pion: Rate
    kaon_as_kaon: Rate
    kaon_as_proton: Rate
    proton_as_electron: Rate
    proton_as_muon: Rate
    proton_as_pion: Rate
    proton_as_kaon: Rate
    proton_as_proton: Rate

    @field_validator(*_rate_names(), mode="before")
    @classmethod
    def _nested(cls, value: Any) -> Any:
        """Bring a number or a list of numbers to the form of a table."""
        rows = value if isinstance(value, list) else [value]
        return rows if rows and all(isinstance(row, (list, tuple)) for row in rows) else [rows]

    @model_validator(mode="after")
    def _consistent(self) -> "IdentificationResponse":
        if self.momenta != sorted(set(self.momenta)):
            raise ValueError("momenta must grow")
        for name in _rate_names():
            rate = getattr(self, name)
            if len(rate) not in (1, 3) or any(len(row) not in (1, len(self.momenta)) for row in rate):
                raise ValueError(
                    f"{name} must be a number, {len(self.momenta)} numbers (one each of momenta), or three such lists"
                )
        for species, table in zip(SPECIES, self.table, strict=True):
            if table.min() < 0.0 or table.sum(axis=0).max() > 1.0 + 1e-9:
                raise ValueError(f"the rates {species}_as_... exclude each other: none below 0, not above 1 together")
        return self

    @property
    def table(self) -> Floats:
        """Chances (species, hypothesis, region, momentum); regions are forward, barrel, backward."""
        table = np.empty((len(SPECIES), len(SPECIES), 3, len(self.momenta)))
        for row, species in enumerate(SPECIES):
            for column, taken in enumerate(SPECIES):
                for region, rate in enumerate(3 * getattr(self, f"{species}_as_{taken}")):
                    if region < 3:
                        table[row, column, region] = rate
        return table
