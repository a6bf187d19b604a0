"""Event generators, one file for each process, found by name."""

from __future__ import annotations

from importlib import import_module

from .process import Integral, Process, ProcessError

__all__ = ["PROCESS_NAMES", "Integral", "Process", "ProcessError", "make_process"]

# The class of each process, in the module of the process's name unless one is given beside.
# Modules are imported when asked for: a worker that simulates one process does not pay for the compilers of the others.
_CLASSES: dict[str, str | tuple[str, str]] = {
    "muon_pair": "MuonPair",
    "radiative_muon_pair": "RadiativeMuonPair",
    "tau_pair": "TauPair",
    "two_photon_pair": "TwoPhotonPair",
    "photon_pair": "PhotonPair",
    "photon_events": "PhotonEvents",
    "radiative_bhabha": "RadiativeBhabha",
    "bhabha": "Bhabha",
    "radiative_return": "RadiativeReturn",
    "quarkonium_dipion": "QuarkoniumDipion",
    "four_muons": "FourMuons",
    "quark_pair": "QuarkPair",
    "upsilon_4s": "Upsilon4S",
    "pion_pair": "PionPair",
    "zprime_invisible": "ZprimeInvisible",
    "zprime_visible": "ZprimeVisible",
    "lfv_zprime_invisible": "LfvZprimeInvisible",
    "dark_photon_invisible": "DarkPhotonInvisible",
    "dark_photon_visible": "DarkPhotonVisible",
    "upsilon_invisible": "UpsilonInvisible",
    "b_to_kaon_scalar": "BToKaonScalar",
    "inelastic_dark_matter": "InelasticDarkMatter",
    "displaced_pair": "DisplacedPair",
    "monopole_pair": "MonopolePair",
    "alp_two_photon": ("alp", "AlpTwoPhoton"),
    "alp_invisible": ("alp", "AlpInvisible"),
    "dark_higgs_invisible": ("dark_higgsstrahlung", "DarkHiggsInvisible"),
    "dark_higgs_visible": ("dark_higgsstrahlung", "DarkHiggsVisible"),
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
    found = _CLASSES[name]
    module, kind = (name, found) if isinstance(found, str) else found
    factory = getattr(import_module(f".{module}", __package__), kind)
    try:
        process: Process = factory(**parameters)
    except TypeError as error:
        raise ProcessError(f"process {name!r}: {error}") from error
    return process
