"""Widths and branching fractions of a dark photon that decays to what it mixes into."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from pydantic import Field

from ...documents import Document, read_document
from ..constants import ALPHA, ELECTRON_MASS, KAON_MASS, MUON_MASS, PION_MASS, TAU_MASS
from .pion_form_factor import form_factor_squared
from .process import ProcessError
from .resonances import find_resonance, fraction

TABLE = Path(__file__).parent / "hadronic_ratio.yaml"
LEPTONS = {"ee": ELECTRON_MASS, "mumu": MUON_MASS, "tautau": TAU_MASS}
PION_RANGE = 2.0
"""GeV up to which two pions are told apart from the rest of R."""


class HadronicRatio(Document):
    """R beside two pions, omega and phi: pairs of energy (GeV) and value."""

    continuum: list[tuple[float, float]] = Field(min_length=2)


@cache
def _continuum() -> tuple[tuple[float, ...], tuple[float, ...]]:
    energies, values = zip(*read_document(TABLE, HadronicRatio).continuum, strict=True)
    return energies, values


def lepton_width(mass: float, lepton_mass: float) -> float:
    """Return Gamma(A' -> l+l-) in GeV at mixing 1: (alpha m/3) sqrt(1 - 4r) (1 + 2r), r = m_l^2/m^2."""
    r = (lepton_mass / mass) ** 2
    return ALPHA * mass / 3.0 * float(np.sqrt(max(1.0 - 4.0 * r, 0.0))) * (1.0 + 2.0 * r)


def pion_ratio(mass: float) -> float:
    """Return R of two charged pions at a mass in GeV: beta^3 |F_pi|^2/4."""
    if mass <= 2.0 * PION_MASS:
        return 0.0
    beta = np.sqrt(1.0 - (2.0 * PION_MASS / mass) ** 2)
    return float(0.25 * beta**3 * form_factor_squared(np.array(mass**2)))


def kaon_ratio(mass: float) -> float:
    """Return R of K+ K- from the phi alone at a mass in GeV."""
    return _line("phi", mass) * fraction("phi", "kk") if mass > 2.0 * KAON_MASS else 0.0


def hadronic_ratio(mass: float) -> float:
    """Return R = sigma(hadrons)/sigma(mu mu, massless) at a mass in GeV: pions, omega, phi, and a table beyond."""
    pions = pion_ratio(mass) if mass < PION_RANGE else 0.0
    narrow = _line("omega", mass) * fraction("omega", "pipipi0") + _line("phi", mass)
    return pions + narrow + float(np.interp(mass, *_continuum(), left=0.0))


def total_width(mass: float) -> float:
    """Return the A' width in GeV at mixing 1: leptons, and alpha m/3 times R."""
    leptons = sum(lepton_width(mass, each) for each in LEPTONS.values())
    return leptons + ALPHA * mass / 3.0 * hadronic_ratio(mass)


def branching_fraction(mass: float, decay: str) -> float:
    """Return the fraction of A' of a mass in GeV that decay to "ee", "mumu", "tautau", "pipi" or "kk"."""
    ratios = {"pipi": pion_ratio, "kk": kaon_ratio}
    if decay in LEPTONS:
        partial = lepton_width(mass, LEPTONS[decay])
    elif decay in ratios:
        partial = ALPHA * mass / 3.0 * ratios[decay](mass)
    else:
        raise ProcessError(f"unknown decay {decay!r} of a dark photon; known are {', '.join((*LEPTONS, *ratios))}")
    return partial / total_width(mass)


def _line(name: str, mass: float) -> float:
    """Return R of all decays of a narrow resonance: 12 pi Gamma_ee Gamma/|D|^2 over 4 pi alpha^2/(3 m^2)."""
    meson = find_resonance(name)
    breadth = (mass**2 - meson.mass**2) ** 2 + (meson.mass * meson.width) ** 2
    return 9.0 * mass**2 * meson.electron_width * meson.width / (ALPHA**2 * breadth)
