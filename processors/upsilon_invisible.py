"""Y(3S), Y(2S) -> pi+pi- Y(1S), Y(1S) -> invisible: a peak at 9.460 GeV in the mass that recoils against two pions."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .momenta import PION_MASS, Momenta
from .objects_chosen import PhotonCuts, TrackCuts, net_charge, photons_in_time, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .selected import Selected, worth_a_look
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .weighing import beam_background, flat

PAPER = "BaBar, PRL 103, 251801 (2009)"


class DipionCuts(CutsDocument):
    """Values of the cuts (`selections/upsilon_invisible.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    lepton
        Largest likelihood ratio of a track as electron or muon.
    pion_momentum
        Largest p* of either pion.
    pair_mass
        Range of m(pi pi).
    extra_energy
        Sum of all photons' energies, laboratory.
    pair_cosine
        Largest |cos theta*| of the pair.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    lepton: float
    pion_momentum: float
    pair_mass: tuple[float, float]
    extra_energy: float
    pair_cosine: float


class UpsilonInvisible(ByExperiment[DipionCuts]):
    """The search for Y(1S) -> invisible, tagged by two pions: BaBar, PRL 103, 251801 (2009), 91.4e6 Y(3S).

    Notes
    -----
    =================== =============================== ==================================================
    cut                 value                           source, and what differs
    =================== =============================== ==================================================
    trigger             ffo or stt (Belle II)           track lines; BaBar's own third-level lines
    two tracks          opposite, pT > 0.1 GeV          paper
    pions               neither electron nor muon,      paper: particle identification; values own
                        p* < 1 GeV
    m(pi pi)            0.28 to 0.90 GeV                kinematic limit at the Y(3S): 0.895 GeV
    no extra energy     0.3 GeV, photons > 0.1 GeV      paper: enters a random forest; value own
    |cos theta*| (pair) 0.9                             own: two-photon pairs go forward
    =================== =============================== ==================================================

    The paper's random forest on further variables is left out. Samples are normalised to the number of decays, so
    that cross sections are branching fractions; the peak of Y(1S) -> leptons that are not seen is a background
    process of its own.
    """

    name = "upsilon_invisible"
    document = DipionCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id"),
        "photons": ("energy", "time"),
        "trigger": ("ffo", "stt"),
    }
    regions = ("signal",)
    variations = MOMENTUM_SHIFTS
    weight_variations = ("trigger_two_tracks", "tracking", "beam_background")
    cuts = ("all", "trigger", "two_tracks", "pions", "pair_mass", "no_extra_energy", "pair_angle")
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "recoil_mass": hist.axis.Regular(400, 9.3, 9.7, name="recoil_mass", label="recoil mass [GeV]"),
    }
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "no_extra_energy": CutVariable(
            hist.axis.Regular(60, 0, 3, name="extra_energy", label="extra energy [GeV]"), "below"
        ),
        "pair_angle": CutVariable(
            hist.axis.Regular(50, 0, 1, name="pair_cosine", label=r"$|\cos\theta^*_{\pi\pi}|$"), "below"
        ),
        "pair_mass": CutVariable(
            hist.axis.Regular(70, 0.25, 0.95, name="pair_mass", label=r"$m_{\pi\pi}$ [GeV]"), "above"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"signal": ("ffo", "stt")}
    limit = LimitRecipe(
        method="shape",
        histogram="recoil_mass",
        regions=(RegionRange("signal", 9.4, 9.5),),
        coupling="branching_fraction",
        coupling_power=1,
        window=WindowRule(half_width=12.0, spacing=1.0, minimum_half_width=0.04),
        background="polynomial",
        background_order=1,
        systematics=(
            Systematic("signal efficiency", 0.05, "signal", "dipion_efficiency", f"{PAPER} (assumed)"),
            Systematic("number of decays", 0.01, "signal", "upsilon_decays", f"{PAPER} (recalled)"),
        ),
        peaking=("quarkonium_dipion",),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        early = {
            "all": events.sound,
            "trigger": events.fired(self.lines(events, "signal")),
            "two_tracks": sound & (tracks.counts == 2) & (net_charge(tracks) == 0.0),
        }
        found = worth_a_look(early, self.cuts, self.regions)
        tracks = shifted_tracks(tracks.of(found), variation, metadata(events, "experiment"))
        pions = Momenta.of_tracks(tracks, PION_MASS)
        slow = pions.in_cm(events.beam).p < chosen.pion_momentum
        hadron = (tracks["electron_id"] < chosen.lepton) & (tracks["muon_id"] < chosen.lepton)
        pair = pions.table(tracks, 2).total()
        recoil = pair.recoil(events.beam)
        cosine = np.abs(pair.in_cm(events.beam).cosine)
        photons = photons_in_time(events, chosen.photons).of(found)
        extra = photons.sum(photons["energy"])
        low, high = chosen.pair_mass
        return Selected(
            early=early,
            event=found,
            cuts={
                "pions": tracks.count(slow & hadron) == 2,
                "pair_mass": (pair.mass > low) & (pair.mass < high),
                "no_extra_energy": extra < chosen.extra_energy,
                "pair_angle": cosine < chosen.pair_cosine,
            },
            values={"recoil_mass": recoil.mass, "pair_mass": pair.mass, "extra_energy": extra, "pair_cosine": cosine},
            weights=flat("trigger_two_tracks", len(found))
            | flat("tracking", len(found), 2.0)
            | beam_background(events, found),
        )
