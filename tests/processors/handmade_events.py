"""Small files in the native format, from events written out by hand, and the doors they are opened through."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import awkward as ak
import numpy as np
import uproot
from coffea.nanoevents import NanoEventsFactory
from darkbelle.datasets.event_model import COLLECTIONS
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.schemas.native import NativeSchema
from darkbelle.processors.momenta import ELECTRON_MASS, MUON_MASS, PION_MASS
from darkbelle.processors.registry import make_channels

LINES = sorted({line for channel in make_channels() for line in channel.needs.get("trigger", ())})
BEAMS = load_experiment("belle2").beams()
Record = dict[str, float]


@dataclass
class Event:
    """One event: its objects as records; every trigger line fires unless it is named in `silent`."""

    tracks: list[Record] = field(default_factory=list)
    photons: list[Record] = field(default_factory=list)
    klm: list[Record] = field(default_factory=list)
    vertices: list[Record] = field(default_factory=list)
    weight: float = 1.0
    silent: tuple[str, ...] = ()


def photon(energy: float, theta: float, phi: float, time: float = 0.0) -> Record:
    """Make a photon of `energy` in GeV at lab angles in degrees."""
    px, py, pz = direction(theta, phi) * energy
    return {"px": px, "py": py, "pz": pz, "energy": energy, "time": time}


def photon_cm(energy: float, theta: float, phi: float) -> Record:
    """Make a photon of CM `energy` in GeV at CM angles in degrees."""
    e, px, py, pz = BEAMS.to_laboratory @ np.concatenate([[energy], direction(theta, phi) * energy])
    return {"px": px, "py": py, "pz": pz, "energy": e, "time": 0.0}


def track_cm(momentum: float, theta: float, phi: float, charge: int, mass: float, **fields: float) -> Record:
    """Make a track from the interaction point of CM `momentum` in GeV at CM angles in degrees."""
    cm = np.concatenate([[np.hypot(momentum, mass)], direction(theta, phi) * momentum])
    _, px, py, pz = BEAMS.to_laboratory @ cm
    return {"px": px, "py": py, "pz": pz, "charge": charge, "d0": 0.0, "z0": 0.0, **fields}


def muon_cm(momentum: float, theta: float, phi: float, charge: int) -> Record:
    """Make an identified muon."""
    return track_cm(momentum, theta, phi, charge, MUON_MASS, muon_id=1.0)


def electron_cm(momentum: float, theta: float, phi: float, charge: int) -> Record:
    """Make an identified electron."""
    return track_cm(momentum, theta, phi, charge, ELECTRON_MASS, electron_id=1.0, cluster_energy=momentum)


def pion_cm(momentum: float, theta: float, phi: float, charge: int) -> Record:
    """Make an identified pion."""
    return track_cm(momentum, theta, phi, charge, PION_MASS, pion_id=1.0)


def direction(theta: float, phi: float) -> Any:
    """Give the unit vector at polar angle and azimuth in degrees."""
    polar, azimuth = np.radians([theta, phi])
    return np.array([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)])


def write_native(path: Path, events: Sequence[Event]) -> Path:
    """Write the events to the tree `events` of a ROOT file, all of the model's reconstructed fields filled."""
    content: dict[str, Any] = {
        "weight": np.array([each.weight for each in events], dtype=np.float64),
        "event": np.arange(len(events), dtype=np.int64),
    }
    for line in LINES:
        content[f"trigger_{line}"] = np.array([line not in each.silent for each in events], dtype=bool)
    for collection in COLLECTIONS:
        if collection.kind == "list" and collection.fields and collection.name != "truth":
            lists = [getattr(each, collection.name) for each in events]
            counts = np.array([len(each) for each in lists], dtype=np.int64)
            fields = {
                f.name: ak.unflatten(
                    np.array([r.get(f.name, 0) for each in lists for r in each], dtype=f.dtype), counts
                )
                for f in collection.fields
            }
            content[collection.name] = ak.zip(fields)
    with uproot.recreate(path) as file:
        # An empty tree has to know its branches' types.
        types = {
            name: value.dtype if isinstance(value, np.ndarray) else value.type.content
            for name, value in content.items()
        }
        file.mktree("events", types)
        if len(events):
            file["events"].extend(content)
        file.mktree("metadata", {"generated": "float64"}).extend({"generated": np.array([float(len(events))])})
    return path


def open_native(
    path: Path, sample: str = "s", mode: Literal["virtual", "eager", "dask"] = "virtual", **options: Any
) -> Any:
    """Open the events of `path` as Belle II's, through one of coffea's doors."""
    metadata = {"sample": sample, "experiment": "belle2", "beams": (BEAMS.electron, BEAMS.positron)}
    factory = NanoEventsFactory.from_root(
        {str(path): "events"}, schemaclass=NativeSchema, metadata=metadata, mode=mode, **options
    )
    return factory.events()
