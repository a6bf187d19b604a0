"""For each channel an event that passes all its cuts in its first region, turned about the beam axis by an angle."""

from collections.abc import Callable
from math import acos, atan2, degrees, hypot, sqrt
from typing import Any

import numpy as np
from darkbelle.processors.momenta import ELECTRON_MASS, KAON_MASS, MUON_MASS
from handmade_events import (
    BEAMS,
    Event,
    Record,
    direction,
    electron_cm,
    muon_cm,
    photon_cm,
    pion_cm,
    track_cm,
)

SQRT_S = BEAMS.sqrt_s


def polar(vector: Any) -> tuple[float, float, float]:
    """Give length, polar angle and azimuth (degrees) of a vector."""
    x, y, z = vector
    length = sqrt(x * x + y * y + z * z)
    return length, degrees(acos(z / length)), degrees(atan2(y, x))


def pair_of(momentum: Any, mass: float, daughter: float) -> list[Any]:
    """Split a particle of `momentum` and `mass` into two of mass `daughter`, straight across in its own frame."""
    axis = np.cross(momentum, [0.0, 0.0, 1.0])
    across = axis / np.linalg.norm(axis) * sqrt(mass**2 / 4 - daughter**2)
    return [momentum / 2 + across, momentum / 2 - across]


def photon_and_pair(mass: float, lepton: Callable[..., Record], lepton_mass: float, turn: float) -> Event:
    """Make a photon and a particle of `mass` that decays to two leptons, all beam energy used up."""
    energy = (SQRT_S**2 - mass**2) / (2 * SQRT_S)
    leptons = pair_of(-energy * direction(80, 20 + turn), mass, lepton_mass)
    tracks = [lepton(*polar(p), charge) for p, charge in zip(leptons, (1, -1), strict=True)]
    return Event(tracks, [photon_cm(energy, 80, 20 + turn)])


def _muons(turn: float) -> Event:
    return Event([muon_cm(3.0, 80, turn, 1), muon_cm(1.5, 80, 130 + turn, -1)])


def _electron_and_muon(turn: float) -> Event:
    return Event([electron_cm(3.0, 80, turn, 1), muon_cm(1.5, 80, 130 + turn, -1)])


def _photon(turn: float) -> Event:
    return Event(photons=[photon_cm(4.5, 80, 20 + turn)])


def _visible(turn: float) -> Event:
    return photon_and_pair(2.0, electron_cm, ELECTRON_MASS, turn)


def _radiative_muons(turn: float) -> Event:
    return photon_and_pair(2.0, muon_cm, MUON_MASS, turn)


def four_muons(turn: float = 0.0) -> Event:
    """Make four muons of a quarter of the energy each, in a cross; the positive ones are identified."""
    momentum = sqrt((SQRT_S / 4) ** 2 - MUON_MASS**2)
    tracks = [muon_cm(momentum, 90, turn + 90 * place, charge) for place, charge in enumerate((1, 1, -1, -1))]
    return Event([*tracks[:2], *({name: v for name, v in t.items() if name != "muon_id"} for t in tracks[2:])])


def _three_photons(turn: float) -> Event:
    return Event(photons=[photon_cm(SQRT_S / 3, 90, turn + 120 * place) for place in range(3)])


def _pions(turn: float) -> Event:
    # E* = 2 sqrt(0.5^2 + m_pi^2) = 1.038, p* = 2 * 0.5 cos 55 = 0.574: m = 0.865, recoil sqrt(9.542^2 - 0.33) = 9.525
    return Event([pion_cm(0.5, 90, turn, 1), pion_cm(0.5, 90, 110 + turn, -1)])


def b_decay(mass: float = 1.0, radius: float = 1.0, turn: float = 0.0) -> Event:
    """Make B -> K S at rest in the CM frame, S -> mu mu at a vertex of `radius` (cm) along its flight."""
    half = SQRT_S / 2
    momentum = sqrt((half**2 - (mass + KAON_MASS) ** 2) * (half**2 - (mass - KAON_MASS) ** 2)) / (2 * half)
    flight = direction(80, 200 + turn)
    kaon = track_cm(momentum, 100, 20 + turn, 1, KAON_MASS, kaon_id=1.0)
    muons = [
        muon_cm(*polar(p), charge) | {"d0": radius}
        for p, charge in zip(pair_of(momentum * flight, mass, MUON_MASS), (1, -1), strict=True)
    ]
    return Event([kaon, *muons], vertices=[vertex_of(muons, radius)])


def vertex_of(tracks: list[Record], radius: float, first: int = 1) -> Record:
    """Make the vertex of two tracks at `radius` (cm), straight along their summed momentum."""
    px, py, pz = (tracks[0][f"p{axis}"] + tracks[1][f"p{axis}"] for axis in "xyz")
    stretch = radius / hypot(px, py)
    momenta = {
        f"{which}_p{axis}": t[f"p{axis}"]
        for which, t in zip(("first", "second"), tracks, strict=True)
        for axis in "xyz"
    }
    place = {"x": px * stretch, "y": py * stretch, "z": pz * stretch}
    return {"first": first, "second": first + 1, "radius_error": 0.01, "probability": 0.5, **place, **momenta}


def _monopoles(turn: float) -> Event:
    return Event(
        [
            muon_cm(4.0, 90, turn + 180 * place, 1) | {"ionisation": 12.0, "bending_rz": 0.01 * (-1) ** place}
            for place in (0, 1)
        ]
    )


PASSING: dict[str, Callable[[float], Event]] = {
    "zprime_invisible": _muons,
    "lfv_zprime_invisible": _electron_and_muon,
    "dark_photon_invisible": _photon,
    "alp_invisible": _photon,
    "dark_photon_visible": _visible,
    "muonic_dark_force": four_muons,
    "alp_three_photon": _three_photons,
    "upsilon_invisible": _pions,
    "dark_higgsstrahlung": _muons,
    "long_lived": lambda turn: b_decay(turn=turn),
    "magnetic_monopole": _monopoles,
    "control": _radiative_muons,
}


def passing(channel: str, turn: float = 0.0) -> Event:
    """Make the event of a channel, turned by an angle in degrees in the CM frame."""
    return PASSING[channel](turn)


def required(channel: str, event: Event) -> list[Record]:
    """Give the objects of that event that it cannot do without."""
    if channel == "long_lived":
        return [event.tracks[0], *event.vertices]
    tracks: list[Record] = event.tracks
    return tracks if channel == "control" else tracks + event.photons
