"""For each channel an event that passes all its cuts in its first region, turned about the beam axis by an angle."""

from collections.abc import Callable

from handmade_events import Event, electron_cm, muon_cm, photon_cm


def _muons(turn: float) -> Event:
    return Event([muon_cm(3.0, 80, turn, 1), muon_cm(1.5, 80, 130 + turn, -1)])


def _electron_and_muon(turn: float) -> Event:
    return Event([electron_cm(3.0, 80, turn, 1), muon_cm(1.5, 80, 130 + turn, -1)])


def _photon(turn: float) -> Event:
    return Event(photons=[photon_cm(4.5, 80, 20 + turn)])


PASSING: dict[str, Callable[[float], Event]] = {
    "zprime_invisible": _muons,
    "lfv_zprime_invisible": _electron_and_muon,
    "dark_photon_invisible": _photon,
    "alp_invisible": _photon,
}


def passing(channel: str, turn: float = 0.0) -> Event:
    """Make the event of a channel, turned by an angle in degrees in the CM frame."""
    return PASSING[channel](turn)
