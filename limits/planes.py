"""Lines and bands of other origin in coupling planes: the muon's magnetic moment, and the thermal relic density."""

from functools import cache
from math import pi, sqrt
from pathlib import Path

import numpy as np
from scipy.integrate import quad

from ..datasets.documents import Document, read_document
from .coupling import ALPHA, HBAR_C, MASSES
from .histfactory import Array

TABLE = Path(__file__).parent / "planes.yaml"
LIGHT = 2.99792458e10  # cm/s
DEVIATIONS = 2.0  # of the magnetic moment's band


class MagneticMoment(Document):
    """Measured minus predicted a_mu = (g-2)/2 of the muon, with its uncertainty."""

    label: str
    difference: float
    uncertainty: float
    citation: str


class DarkMatter(Document):
    """A benchmark of dark matter coupled to a dark photon, and the annihilation rate (cm^3/s) of the relic density."""

    dark_coupling: float
    mass_ratio: float
    citation: str
    annihilation_rate: float
    annihilation_citation: str


class Planes(Document):
    """What `planes.yaml` holds."""

    muon_magnetic_moment: list[MagneticMoment]
    dark_matter: DarkMatter


@cache
def planes() -> Planes:
    """Read the figures behind lines and bands."""
    return read_document(TABLE, Planes)


def magnetic_moment(mass: float, coupling: float) -> float:
    """Give the one-loop contribution of a vector of `mass` (GeV) and `coupling` to a_mu.

    g'^2/(8 pi^2) times the integral of 2 m_mu^2 x^2 (1 - x)/(x^2 m_mu^2 + (1 - x) m^2) over x from 0 to 1
    (hep-ph/0104141, eq. 5; arXiv:0811.1030, eq. 3, in another variable); g'^2/(8 pi^2) for m -> 0.
    """
    muon = MASSES["muon"] ** 2

    def integrand(x: float) -> float:
        return 2 * muon * x**2 * (1 - x) / (x**2 * muon + (1 - x) * mass**2)

    # The integrand rises within m_mu^2/m^2 of x = 1: quad needs to know.
    edge = 1 - min(0.5, 10 * muon / mass**2) if mass > 0 else 0.5
    value = quad(integrand, 0, edge)[0] + quad(integrand, edge, 1)[0]
    return float(coupling**2 / (8 * pi**2) * value)


def magnetic_moment_band(masses: Array, entry: MagneticMoment | None = None) -> Array:
    """Give the couplings g' at the lower and upper edge of the +-2 sigma band, (2, masses); 0 where there is none."""
    found = entry or planes().muon_magnetic_moment[0]
    edges = [max(0.0, found.difference + sign * DEVIATIONS * found.uncertainty) for sign in (-1, 1)]
    unit = np.array([magnetic_moment(mass, 1.0) for mass in masses])
    band: Array = np.sqrt(np.array(edges)[:, None] / unit[None, :])
    return band


def relic_y(mass: float, benchmark: DarkMatter | None = None) -> float:
    """Give the y = eps^2 alpha_D (m_chi/m_A')^4 at which pseudo-Dirac dark matter of `mass` (GeV) has today's density.

    s-wave annihilation at rest through a dark photon, to each lepton l:
    sigma v = 16 pi alpha y/m_chi^2 (1 + r/2) sqrt(1 - r)/(1 - 4 m_chi^2/m_A'^2)^2, r = m_l^2/m_chi^2 (from
    arXiv:1505.00011, where m_A' >> m_chi). Hadrons are left out: above m_chi = 0.3 GeV the true line lies lower, by
    about 1 + R over the number of leptons, a factor of 2 to 3.
    """
    chosen = benchmark or planes().dark_matter
    needed = chosen.annihilation_rate / LIGHT / HBAR_C**2  # GeV^-2
    propagator = (1 - 4 * chosen.mass_ratio**2) ** 2
    open_channels = 0.0
    for lepton in ("electron", "muon", "tau"):
        ratio = MASSES[lepton] ** 2 / mass**2
        if ratio < 1:
            open_channels += (1 + ratio / 2) * sqrt(1 - ratio)
    return float(needed * mass**2 * propagator / (16 * pi * ALPHA * open_channels))
