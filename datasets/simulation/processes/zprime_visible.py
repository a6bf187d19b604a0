"""e+e- -> mu+mu- Z' with a Z' that decays to muons or taus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..amplitudes.dark_vector import polarisation_tensor
from ..constants import ELECTRON_MASS, MUON_MASS, ZPRIME
from ..phase_space.boosts import Floats, boost_from_rest
from ..phase_space.two_body import beams_of
from .event_record import EventRecord
from .fermion_pair import PairProposals
from .process import ProcessError
from .tau_pair import decay as decay_taus
from .vector_decay import add_pair, at_rest, draw_direction, find_pair
from .zprime import Zprime, branching_fractions

TAUS = 2
"""Slots of a record of `tau_pair` that hold the taus."""


@dataclass(frozen=True)
class ZprimeVisible(Zprime):
    """Slots are mu-, mu+, Z' (decayed), its pair, and what taus decay to.

    The cross section includes the branching fraction of a Z' of L_mu - L_tau. Muons follow the polarisation that the
    production leaves; that the four are identical two by two is left out (the Z' is narrow). Taus are those of an
    unpolarised Z', their spins correlated with each other.

    Parameters
    ----------
    mass, isr
        As of `Zprime`.
    decay_to
        "mumu" or "tautau".
    """

    decay_to: str = "mumu"
    name: str = "zprime_visible"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay_to not in ("mumu", "tautau"):
            raise ProcessError(f"unknown decay {self.decay_to!r} of a Z'; known are mumu, tautau")
        find_pair(self.decay_to, self.mass)

    @property
    def branching(self) -> float:
        """Fraction of the Z' that decay so."""
        return branching_fractions(self.mass)[self.decay_to]

    def decay(self, record: EventRecord, energies: Floats, momenta: Floats, generator: np.random.Generator) -> None:
        """Add the Z' and its pair."""
        mother = record.add(ZPRIME, momenta[:, 2], decayed=True)
        if self.decay_to == "tautau":
            self._add_taus(record, mother, momenta[:, 2], generator)
            return
        event = np.concatenate([beams_of(energies, ELECTRON_MASS), momenta], axis=1)
        tensor = polarisation_tensor(event, ELECTRON_MASS, MUON_MASS, self.mass)
        add_pair(record, mother, momenta[:, 2], tensor, find_pair("mumu", self.mass), generator)

    def _add_taus(self, record: EventRecord, mother: int, vector: Floats, generator: np.random.Generator) -> None:
        """Decay both taus in the rest frame of the Z', about an even axis: an average over polarisations."""
        number = len(vector)
        masses = np.full(number, self.mass)
        pair = find_pair("tautau", self.mass)
        axis = draw_direction(np.tile(np.eye(3), (number, 1, 1)), masses, find_pair("mumu", self.mass), generator)
        tensor = np.eye(3) - axis[:, :, np.newaxis] * axis[:, np.newaxis, :]
        unit = draw_direction(tensor, masses, pair, generator)
        rest = np.zeros((number, 5, 4))
        rest[:, 0], rest[:, 1] = at_rest(unit, masses, pair)
        events = decay_taus(PairProposals(rest, unit, axis, np.ones(number)), generator)
        moved = boost_from_rest(events.momenta, vector[:, np.newaxis])
        first = record.add(events.pdg[:, 0], moved[:, 0], mother, decayed=True)
        record.add(events.pdg[:, 1], moved[:, 1], mother, decayed=True)
        for slot in range(TAUS, events.pdg.shape[1]):
            if events.pdg[:, slot].any():
                record.add(events.pdg[:, slot], moved[:, slot], first + int(events.mothers[:, slot].max()))
