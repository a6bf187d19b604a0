"""Event generators, one file for each process, found by name."""

from __future__ import annotations

from importlib import import_module

from .process import Integral, Process, ProcessError

__all__ = ["PROCESS_NAMES", "Integral", "Process", "ProcessError", "make_process"]

# Modules are imported when asked for: a worker that simulates one process does not pay for the compilers of the others.
_CLASSES = {
    "muon_pair": "MuonPair",
    "tau_pair": "TauPair",
    "two_photon_pair": "TwoPhotonPair",
    "photon_pair": "PhotonPair",
    "radiative_bhabha": "RadiativeBhabha",
    "radiative_return": "RadiativeReturn",
    "quarkonium_dipion": "QuarkoniumDipion",
    "pion_pair": "PionPair",
    "zprime_invisible": "ZprimeInvisible",
    "dark_photon_invisible": "DarkPhotonInvisible",
}

PROCESS_NAMES: tuple[str, ...] = tuple(_CLASSES)


def make_process(name: str, **parameters: float | str) -> Process:
    """Return the generator of a process.

    Parameters
    ----------
    name
        One of `PROCESS_NAMES`.
    **parameters
        What the process's class takes, for example ``mass=1.0`` (GeV) for a signal.

    Raises
    ------
    ProcessError
        When there is no such process, or a parameter is unknown, missing or out of range.
    """
    if name not in _CLASSES:
        raise ProcessError(f"unknown process {name!r}; known are {', '.join(PROCESS_NAMES)}")
    factory = getattr(import_module(f".{name}", __package__), _CLASSES[name])
    try:
        process: Process = factory(**parameters)
    except TypeError as error:
        raise ProcessError(f"process {name!r}: {error}") from error
    return process
