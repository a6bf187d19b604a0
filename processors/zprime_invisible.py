"""e+e- -> mu+mu- Z', Z' -> invisible: a peak in the mass that recoils against two muons and nothing else.

Belle II, PRL 124, 141801 (2020), 276 pb^-1; the selection table and what differs stand in `lepton_pair.py`.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from .chunk_events import ChunkEvents
from .lepton_pair import LeptonPair, LeptonPairCuts
from .momenta import MUON_MASS
from .objects import Array, Mask, Objects
from .objects_chosen import identified, number_identified
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .weighing import flat, identification

PAPER = "Belle II, PRL 124, 141801 (2020)"


class ZprimeInvisible(LeptonPair):
    """The search for an invisible Z' radiated off a muon."""

    name = "zprime_invisible"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "muon_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "trigger": ("ffo",),
    }
    weight_variations = ("trigger_two_tracks", "tracking", "muon_identification", "beam_background")
    limit = LimitRecipe(
        method="counting",
        histogram="recoil_mass",
        regions=(RegionRange("signal", 0.0, 9.0),),
        coupling="g_prime",
        interpretations=("muon_magnetic_moment",),
        window=WindowRule(half_width=2.0, spacing=2.0, minimum_half_width=0.02),
        background="simulation",
        systematics=(
            Systematic("luminosity", 0.015, "signal", "luminosity_{experiment}", PAPER),
            Systematic("dimuon yield", 0.125, "signal", "dimuon_yield", "L. Zani, Venice 2019 (2018 data)"),
            Systematic("background before tau suppression", 0.02, "background", "dimuon_background", PAPER),
            Systematic("tau suppression", 0.22, "background", "tau_suppression", PAPER),
        ),
    )

    def leptons(self, events: ChunkEvents, chosen: LeptonPairCuts) -> Mask:
        """Ask for two muons."""
        return np.asarray(number_identified(events, chosen.tracks, "muon_id", chosen.identification) == 2)

    def masses(self, tracks: Objects, chosen: LeptonPairCuts) -> Array:  # noqa: ARG002  # both are muons
        """Give the muon's mass for every track."""
        return np.full(len(tracks), MUON_MASS)

    def lepton_weights(self, events: ChunkEvents, tracks: Objects, chosen: LeptonPairCuts) -> dict[str, Array]:
        """Weigh two tracks, two muons and the two-track trigger."""
        muons = identified(tracks["muon_id"], chosen.identification)
        return (
            flat("trigger_two_tracks", tracks.events)
            | flat("tracking", tracks.events, 2.0)
            | identification(events, "muon", tracks, muons, chosen.identification_tables)
        )
