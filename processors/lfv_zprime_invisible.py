"""e+e- -> e+- mu-+ Z', Z' -> invisible: a peak in the mass that recoils against an electron and a muon.

Belle II, PRL 124, 141801 (2020): the search of `zprime_invisible` with one muon replaced by an electron; a limit on
efficiency times cross section, independent of a model. The selection table and what differs stand in `lepton_pair.py`;
besides, calorimeter lines may fire where the two-track line does not: the electron showers.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from .chunk_events import ChunkEvents
from .lepton_pair import LeptonPair, LeptonPairCuts
from .momenta import ELECTRON_MASS, MUON_MASS
from .objects import Array, Mask, Objects
from .objects_chosen import identified, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .weighing import flat, identifications

PAPER = "Belle II, PRL 124, 141801 (2020)"


class LfvZprimeInvisible(LeptonPair):
    """The search for an invisible Z' beside an electron and a muon."""

    name = "lfv_zprime_invisible"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "muon_id", "electron_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "trigger": ("ffo", "hie"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(LeptonPair.regions, ("ffo", "hie"))
    weight_variations = (
        "trigger_calorimeter",
        "tracking",
        "muon_identification",
        "electron_identification",
        "beam_background",
    )
    limit = LimitRecipe(
        method="counting",
        histogram="recoil_mass",
        regions=(RegionRange("signal", 0.0, 9.0),),
        coupling="efficiency_times_cross_section",
        coupling_power=1,
        window=WindowRule(half_width=2.0, spacing=2.0, minimum_half_width=0.02),
        background="simulation",
        systematics=(
            Systematic("luminosity", 0.015, "signal", "luminosity_{experiment}", PAPER),
            Systematic("background before tau suppression", 0.02, "background", "electron_muon_background", PAPER),
            Systematic("tau suppression", 0.22, "background", "tau_suppression", PAPER),
        ),
    )

    def leptons(self, events: ChunkEvents, chosen: LeptonPairCuts) -> Mask:
        """Ask for one electron and one muon, which are two tracks."""
        tracks = tracks_from_origin(events, chosen.tracks).tracks
        electrons = identified(tracks["electron_id"], chosen.identification)
        muons = identified(tracks["muon_id"], chosen.identification)
        return np.asarray((tracks.count(electrons & ~muons) == 1) & (tracks.count(muons & ~electrons) == 1))

    def masses(self, tracks: Objects, chosen: LeptonPairCuts) -> Array:
        """Give the electron's mass for the track identified as one."""
        electrons = identified(tracks["electron_id"], chosen.identification)
        return np.where(electrons, ELECTRON_MASS, MUON_MASS)

    def lepton_weights(self, events: ChunkEvents, tracks: Objects, chosen: LeptonPairCuts) -> dict[str, Array]:
        """Weigh two tracks, an electron, a muon, and the trigger."""
        leptons = {each: identified(tracks[f"{each}_id"], chosen.identification) for each in ("electron", "muon")}
        return (
            flat("trigger_calorimeter", tracks.events)
            | flat("tracking", tracks.events, 2.0)
            | identifications(events, tracks, leptons, chosen.identification_tables)
        )
