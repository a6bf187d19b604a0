"""e+e- -> A' h': dark Higgsstrahlung, with an invisible h' or one that decays to two more A'."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, DARK_HIGGS, DARK_PHOTON, NANOBARN
from .dark_photon_widths import branching_fraction
from .event_record import EventRecord
from .process import ProcessError
from .scalar_to_vectors import add_two_vectors
from .two_body_signal import TwoBodySignal, draw_polynomial
from .vector_decay import PAIRS, add_pair, annihilation_tensor, find_pair, mixed_pairs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkHiggsstrahlung(TwoBodySignal):
    """A dark photon (first) and a dark Higgs boson, at eps = 1 and alpha_D = `dark_alpha`.

    sigma = (pi alpha alpha_D eps^2/(3 s)) (1 - m_A^2/s)^-2 sqrt(lambda) [lambda + 12 m_A^2/s], angle
    lambda sin^2 + 8 m_A^2/s, lambda = Kallen(1, m_A^2/s, m_h^2/s) (B. Batell, M. Pospelov, A. Ritz,
    Phys. Rev. D 79 (2009) 115008, arXiv:0903.0363). Widths are left out.

    Parameters
    ----------
    mass, higgs_mass
        Of A' and h', GeV.
    dark_alpha
        alpha_D: the cross section is for it.
    isr
        Whether the beams radiate.
    """

    mass: float
    higgs_mass: float
    dark_alpha: float = 1.0
    isr: bool = True
    name: str = "dark_higgsstrahlung"

    def __post_init__(self) -> None:
        for what in ("mass", "higgs_mass", "dark_alpha"):
            if getattr(self, what) <= 0.0:
                raise ProcessError(f"{what} must be positive, got {getattr(self, what)}")

    @property
    def masses(self) -> tuple[float, float]:
        """A' and h', GeV."""
        return self.mass, self.higgs_mass

    @property
    @abstractmethod
    def branching(self) -> float:
        """Fraction of the events that decay as generated; the cross section includes it."""

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at s in GeV^2, branching fractions included."""
        share = self.mass**2 / s
        kallen = _kallen(share, self.higgs_mass**2 / s)
        bracket = np.sqrt(kallen) * (kallen + 12.0 * share)
        coupling = np.pi * ALPHA * self.dark_alpha / (3.0 * s)
        return np.asarray(coupling * bracket / (1.0 - share) ** 2 * self.branching * NANOBARN)

    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw cos theta* of the A'."""
        share = self.mass**2 / s
        kallen = _kallen(share, self.higgs_mass**2 / s)
        return draw_polynomial(kallen + 8.0 * share, -kallen, generator)


@dataclass(frozen=True)
class DarkHiggsInvisible(DarkHiggsstrahlung):
    """A' -> mu+ mu- (or another pair) and an h' that leaves nothing; slots are A' (decayed), h', the pair.

    Parameters
    ----------
    decay_to
        What the A' decays to: "mumu", "ee", "pipi" or "kk".
    """

    decay_to: str = "mumu"
    name: str = "dark_higgs_invisible"

    def __post_init__(self) -> None:
        super().__post_init__()
        find_pair(self.decay_to, self.mass)

    @property
    def branching(self) -> float:
        """Fraction of the A' that decay so."""
        return branching_fraction(self.mass, self.decay_to)

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add A', h' and the pair, at angles given by the polarisation."""
        mother = record.add(DARK_PHOTON, first, decayed=True)
        record.add(DARK_HIGGS, second)
        tensor = annihilation_tensor(first, first[:, 0] + second[:, 0])
        add_pair(record, mother, first, tensor, find_pair(self.decay_to, self.mass), generator)


@dataclass(frozen=True)
class DarkHiggsVisible(DarkHiggsstrahlung):
    """h' -> A'A' and three pairs; slots are A', h' (decayed), the first pair, two A' (decayed) and their pairs.

    Each A' decays to e, mu, pi or K pairs in the proportion of its widths.
    """

    name: str = "dark_higgs_visible"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.higgs_mass <= 2.0 * self.mass:
            raise ProcessError(f"higgs_mass {self.higgs_mass} GeV is below two A' of {self.mass} GeV")
        if not self.fractions:
            raise ProcessError(f"mass {self.mass} GeV is below every pair")

    @property
    def fractions(self) -> dict[str, float]:
        """Branching fractions of the pairs that are generated."""
        found = {name: branching_fraction(self.mass, name) for name in PAIRS if name != "tautau"}
        return {
            name: share for name, share in found.items() if share > 0.0 and 2.0 * float(PAIRS[name].mass) < self.mass
        }

    @property
    def branching(self) -> float:
        """Fraction of the events in which all three A' decay to these pairs."""
        return sum(self.fractions.values()) ** 3

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add A', h', its two A' and six daughters, polarisations included."""
        number = len(first)
        mother = record.add(DARK_PHOTON, first, decayed=True)
        higgs = record.add(DARK_HIGGS, second, decayed=True)
        names, shares = list(self.fractions), np.array(list(self.fractions.values()))
        modes = generator.choice(len(names), size=(3, number), p=shares / shares.sum())
        one, two, three = (mixed_pairs(names, chosen) for chosen in modes)
        add_pair(record, mother, first, annihilation_tensor(first, first[:, 0] + second[:, 0]), one, generator)
        add_two_vectors(record, higgs, second, self.masses, (two, three), generator)


def _kallen(first: Array, second: Array) -> Array:
    """Return lambda(1, a, b), at least 0."""
    root = np.sqrt(first), np.sqrt(second)
    above = 1.0 - (root[0] + root[1]) ** 2
    return np.asarray(np.maximum(above, 0.0) * (1.0 - (root[0] - root[1]) ** 2))
