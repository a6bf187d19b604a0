"""Behaviours of the event model's records: Lorentz vectors of `vector`, and the frame of each event's beams."""

from typing import Any

import awkward as ak
import numpy as np
from coffea.nanoevents.methods import base, vector
from coffea.util import dask_property

from .frames import Beams

BEAMS = ("beam_energy", "beam_px", "beam_py", "beam_pz")
"""Fields with the event's own beams."""

behavior: dict[Any, Any] = {**base.behavior, **vector.behavior}


class CentreOfMass:
    """The e+e- centre-of-mass frame of the beams: electron along +z, energies in GeV.

    Works on any record array with a Lorentz vector's behaviour (photons, tracks with a mass, sums of both), jagged or
    flat, lazy or not. Results have double precision.

    Parameters
    ----------
    beams
        The period's beams in the laboratory.
    """

    def __init__(self, beams: Beams) -> None:
        self.beams = beams

    @property
    def sqrt_s(self) -> float:
        """Centre-of-mass energy in GeV."""
        return self.beams.sqrt_s

    def to_cm(self, momenta: ak.Array) -> ak.Array:
        """Boost laboratory four-momenta to the CM frame and rotate the electron beam onto +z.

        Parameters
        ----------
        momenta
            Lorentz vectors, GeV, laboratory.

        Returns
        -------
        ak.Array
            Records `Momentum4D` (px, py, pz, energy in GeV, CM frame) of the same shape.
        """
        rows = self.beams.to_cm
        components = (momenta.energy, momenta.px, momenta.py, momenta.pz)
        energy, px, py, pz = (sum(row[i] * components[i] for i in range(4)) for row in rows)
        return lorentz(px, py, pz, energy)

    def recoil(self, momenta: ak.Array) -> ak.Array:
        """Give what recoils against `momenta`: the beams' four-momentum minus theirs, GeV, laboratory frame."""
        energy, px, py, pz = (np.float64(component) for component in self.beams.total)
        return lorentz(px - momenta.px, py - momenta.py, pz - momenta.pz, energy - momenta.energy)


class EventCentreOfMass:
    """The e+e- centre-of-mass frame of beams that differ between events, GeV; else as `CentreOfMass`.

    Parameters
    ----------
    total
        (energy, px, py, pz) of both beams of each event in the laboratory.
    electron
        The period's electron beam, (E, px, py, pz): its direction, seen in each event's frame, becomes +z.
    """

    def __init__(self, total: tuple[Any, Any, Any, Any], electron: tuple[float, float, float, float]) -> None:
        self._total = total
        self._electron = electron

    @property
    def sqrt_s(self) -> Any:
        """Centre-of-mass energy of each event in GeV."""
        energy, px, py, pz = self._total
        return np.sqrt(energy**2 - px**2 - py**2 - pz**2)

    def to_cm(self, momenta: ak.Array) -> ak.Array:
        """Boost laboratory four-momenta to each event's CM frame and rotate the electron beam onto +z, see `frames`."""
        energy, *momentum = self._boosted((momenta.energy, momenta.px, momenta.py, momenta.pz))
        _, *electron = self._boosted(self._electron)
        length = np.sqrt(sum(each**2 for each in electron))
        x, y, z = (each / length for each in electron)
        px, py, pz = momentum
        along = (x * px + y * py) / (1.0 + z)  # Rodrigues' formula for the axis (y, -x, 0)
        return lorentz(px - x * (pz + along), py - y * (pz + along), x * px + y * py + z * pz, energy)

    def recoil(self, momenta: ak.Array) -> ak.Array:
        """Give what recoils against `momenta`: the beams' four-momentum minus theirs, GeV, laboratory frame."""
        energy, px, py, pz = self._total
        return lorentz(px - momenta.px, py - momenta.py, pz - momenta.pz, energy - momenta.energy)

    def _boosted(self, vector: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
        """Boost (E, px, py, pz) to the rest frame of the beams, without rotation."""
        total, mass = self._total, self.sqrt_s
        product = sum(p * v for p, v in zip(total[1:], vector[1:], strict=True))
        shift = (product / (mass + total[0]) - vector[0]) / mass
        moved = [v + p * shift for p, v in zip(total[1:], vector[1:], strict=True)]
        return (total[0] * vector[0] - product) / mass, moved[0], moved[1], moved[2]


def lorentz(px: Any, py: Any, pz: Any, energy: Any) -> ak.Array:
    """Make Lorentz vectors (`Momentum4D`, GeV) from components of equal shape."""
    fields = {"px": px, "py": py, "pz": pz, "energy": energy}
    return ak.zip(fields, with_name="Momentum4D", behavior=behavior)


@ak.mixin_class(behavior)
class Events(base.NanoEvents):
    """The top-level array: one record an event."""

    @dask_property
    def beam(self) -> CentreOfMass | EventCentreOfMass:
        """Give the centre-of-mass frame of each event's beams where the file tells them, else of the period's."""
        return _frame(self, self.metadata["beams"])

    @beam.dask  # type: ignore[no-redef]
    def beam(self, lazy: Any) -> CentreOfMass | EventCentreOfMass:
        """Give the same for a lazy array."""
        return _frame(lazy, self.metadata["beams"])


def _frame(events: Any, beams: Any) -> CentreOfMass | EventCentreOfMass:
    electron, positron = beams
    if set(BEAMS) <= set(events.fields):
        energy, px, py, pz = (events[name] for name in BEAMS)
        return EventCentreOfMass((energy, px, py, pz), tuple(electron))
    return CentreOfMass(Beams(tuple(electron), tuple(positron)))


@ak.mixin_class(behavior)
class Photon(vector.LorentzVector):
    """A massless Lorentz vector (px, py, pz, energy in GeV, laboratory) with the cluster's properties."""


@ak.mixin_class(behavior)
class TruthParticle(vector.LorentzVector):
    """A generated particle: Lorentz vector (px, py, pz, energy in GeV, laboratory)."""


@ak.mixin_class(behavior)
class Track(vector.ThreeVector):
    """A track's momentum (px, py, pz in GeV, laboratory) with impact parameters and identification."""

    def as_particle(self, mass: float) -> ak.Array:
        """Give the Lorentz vectors (GeV, laboratory) of the tracks under a mass hypothesis in GeV."""
        energy = np.sqrt(self.px**2 + self.py**2 + self.pz**2 + np.float64(mass) ** 2)
        return lorentz(self.px, self.py, self.pz, energy)


@ak.mixin_class(behavior)
class KLMCluster(base.NanoCollection):
    """A cluster of the muon system: a direction, no energy."""


@ak.mixin_class(behavior)
class Vertex(base.NanoCollection):
    """Where two tracks meet: position, quality, and both momenta there."""


@ak.mixin_class(behavior)
class Candidate(base.NanoCollection):
    """A candidate of the file's own reconstruction."""


@ak.mixin_class(behavior)
class Trigger(base.NanoCollection):
    """Trigger lines as booleans."""


def _project(array: type, momentum: type) -> None:
    """Tell vector's arithmetic which classes sums, boosts and projections of `array` are."""
    array.ProjectionClass2D = vector.TwoVectorArray  # type: ignore[attr-defined]
    array.ProjectionClass3D = vector.ThreeVectorArray  # type: ignore[attr-defined]
    array.ProjectionClass4D = vector.LorentzVectorArray  # type: ignore[attr-defined]
    array.MomentumClass = momentum  # type: ignore[attr-defined]


_project(PhotonArray, vector.LorentzVectorArray)  # type: ignore[name-defined]  # noqa: F821  # made by mixin_class
_project(TruthParticleArray, vector.LorentzVectorArray)  # type: ignore[name-defined]  # noqa: F821
_project(TrackArray, vector.ThreeVectorArray)  # type: ignore[name-defined]  # noqa: F821
