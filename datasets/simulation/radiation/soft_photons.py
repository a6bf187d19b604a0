"""How likely the beams are to radiate nothing above a given energy."""

from __future__ import annotations

import numpy as np

from ..constants import ALPHA
from ..phase_space.boosts import Floats
from .initial_state import logarithm


def soft_factor(share: Floats, s: float) -> Floats:
    """Return the probability that neither beam radiates a photon of more than a share of its energy.

    The square of the structure function integrated from 1 - share to 1 (Kuraev, Fadin, Sov. J. Nucl. Phys. 41 (1985)
    466): delta X^(beta/2) - (beta/4) (2 X - X^2/2), and what second-order hard radiation adds to make the whole a
    probability, 1 - delta + 3 beta/8 (0.2 %), taken as even in X.

    Parameters
    ----------
    share
        X = k/E of the hardest photon that is allowed, in (0, 1].
    s
        Scale of the structure functions, GeV^2.
    """
    log = logarithm(s)
    beta = 2.0 * ALPHA / np.pi * (log - 1.0)
    delta = 1.0 + 3.0 * beta / 8.0 - beta**2 / 48.0 * (log / 3.0 + np.pi**2 - 47.0 / 8.0)
    second_order = 1.0 - delta + 3.0 * beta / 8.0
    kept = delta * share ** (beta / 2.0) - beta / 4.0 * (2.0 * share - 0.5 * share**2) + second_order * share
    return np.asarray(kept**2, dtype=np.float64)
