"""From cross sections to couplings: closed forms of cross sections, widths and lifetimes, with their inverses."""

from math import atanh, cos, pi, radians, sqrt

NANOBARN = 0.3893793721e6  # (hbar c)^2 in nb GeV^2, PDG 2024
HBAR_C = 1.973269804e-14  # GeV cm, PDG 2024
ALPHA = 1 / 137.035999084  # Thomson limit, CODATA 2018
FERMI = 1.1663788e-5  # GeV^-2, PDG 2024
MASSES = {"electron": 0.51099895e-3, "muon": 0.1056583755, "tau": 1.77693, "pion": 0.13957039}  # GeV, PDG 2024


def coupling_limit(cross_section: float, reference: float, coupling: float, power: int = 2) -> float:
    """Turn a limit on a cross section into one on the coupling that it grows with.

    Parameters
    ----------
    cross_section
        Upper limit, nb.
    reference
        Born cross section, nb, at `coupling`.
    coupling
        Reference coupling.
    power
        Of the coupling in the cross section.

    Returns
    -------
    float
        coupling * (cross_section / reference)^(1/power). It holds where the efficiency does not depend on the
        coupling (no lifetime that does).
    """
    return float(coupling * (cross_section / reference) ** (1 / power))


def cross_section_limit(coupling: float, reference: float, reference_coupling: float, power: int = 2) -> float:
    """Turn a limit on a coupling back into one on the cross section (nb): the inverse of `coupling_limit`."""
    return float(reference * (coupling / reference_coupling) ** power)


def dark_photon_cross_section(mass: float, s: float, epsilon: float = 1.0, edge: float = 20.0) -> float:
    """Born cross section of e+e- -> gamma A' in nb, photon between `edge` and 180 - `edge` degrees in the CM frame.

    Integral of (4 pi alpha^2 eps^2 / (s x)) [(2 - 2x + x^2)/sin^2 - x^2/2], x = 1 - m^2/s, over cos(theta*).
    Masses in GeV, s in GeV^2.
    """
    x = 1 - mass**2 / s
    c = cos(radians(edge))
    return 4 * pi * ALPHA**2 * epsilon**2 / (s * x) * ((2 - 2 * x + x**2) * 2 * atanh(c) - x**2 * c) * NANOBARN


def alp_cross_section(mass: float, s: float, g: float) -> float:
    """Cross section of e+e- -> gamma a in nb: (g^2 alpha/24)(1 - m^2/s)^3; g in GeV^-1, mass in GeV, s in GeV^2."""
    return g**2 * ALPHA / 24 * (1 - mass**2 / s) ** 3 * NANOBARN


def alp_coupling(cross_section: float, mass: float, s: float) -> float:
    """Give g (GeV^-1) of a cross section (nb) of e+e- -> gamma a: sqrt(24 sigma/(alpha (1 - m^2/s)^3))."""
    return sqrt(24 * cross_section / NANOBARN / (ALPHA * (1 - mass**2 / s) ** 3))


def alp_lifetime(mass: float, g: float) -> float:
    """Proper decay length c tau (cm) of a -> gamma gamma: Gamma = g^2 m^3/(64 pi); mass in GeV, g in GeV^-1."""
    return HBAR_C * 64 * pi / (g**2 * mass**3)


def scalar_lifetime(mass: float, sine: float) -> float:
    """Proper decay length c tau (cm) of a scalar that mixes with the Higgs boson by sin(theta).

    Leptons: Gamma = sin^2 G_F m m_l^2/(4 sqrt(2) pi) beta^3. Pions: leading-order chiral perturbation theory
    (Voloshin, Sov. J. Nucl. Phys. 44, 478), sin^2 3 G_F/(16 sqrt(2) pi m) beta |(2/9)(m^2 + 11/2 m_pi^2)|^2 for all
    charges: assumed up to 2 GeV, although final-state interactions enlarge it by up to a factor of ten near f0(980)
    (arXiv:1809.01876), and left out above.
    """
    width = 0.0
    for lepton in ("electron", "muon", "tau"):
        ratio = 4 * MASSES[lepton] ** 2 / mass**2
        if ratio < 1:
            width += FERMI * mass * MASSES[lepton] ** 2 / (4 * sqrt(2) * pi) * (1 - ratio) ** 1.5
    ratio = 4 * MASSES["pion"] ** 2 / mass**2
    if ratio < 1 and mass < 2.0:
        amplitude = 2 / 9 * (mass**2 + 5.5 * MASSES["pion"] ** 2)
        width += 3 * FERMI / (16 * sqrt(2) * pi * mass) * sqrt(1 - ratio) * amplitude**2
    return HBAR_C / (sine**2 * width)


def dark_matter_y(epsilon: float, dark_coupling: float, mass_ratio: float) -> float:
    """Give y = eps^2 alpha_D (m_chi/m_A')^4, what the relic density depends on away from the resonance."""
    return epsilon**2 * dark_coupling * mass_ratio**4
