"""From cross sections to couplings, and the closed forms that check the reference cross sections."""

from math import atanh, cos, pi, radians

NANOBARN = 0.3893793721e6  # (hbar c)^2 in nb GeV^2, PDG 2024
ALPHA = 1 / 137.035999084  # Thomson limit, CODATA 2018


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
