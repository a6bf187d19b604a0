"""e+e- -> A' h': two muons and a recoil (h' not seen), or three pairs of tracks of equal mass (h' -> A'A')."""

from collections.abc import Mapping
from itertools import permutations
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .dark_photon_visible import helicity_cosine
from .momenta import ELECTRON_MASS, MUON_MASS, PION_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import (
    PhotonCuts,
    TrackCuts,
    close_to,
    identified,
    in_part,
    net_charge,
    number_identified,
    photons_in_time,
    tracks_from_origin,
)
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .selected import Part, Selected, own, union, worth_a_look
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .weighing import beam_background, flat, identification

BELLE2 = "Belle II, PRL 130, 071804 (2023), 8.34 fb^-1"
BABAR = "BaBar, PRL 108, 211801 (2012), 516 fb^-1"
PAIRINGS = np.array(list(permutations(range(3))))


class DarkHiggsCuts(CutsDocument):
    """Values of the cuts (`selections/dark_higgsstrahlung.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    muon
        Likelihood ratio of both muons beside a recoil.
    lepton
        Likelihood ratio above which one of six tracks is taken for a lepton.
    cone
        No photon this close to the recoil.
    extra_energy
        Sum of all photons' energies, laboratory.
    pair_pt
        Least pT* of the muon pair.
    helicity
        Largest |cos| of the muons' angle in the pair's frame.
    total_mass
        Least mass of six tracks over sqrt(s).
    spread
        Largest difference of the three pairs' masses.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    muon: float
    lepton: float
    cone: float
    extra_energy: float
    pair_pt: float
    helicity: float
    total_mass: float
    spread: float


class DarkHiggsstrahlung(ByExperiment[DarkHiggsCuts]):
    """The search for a dark Higgs boson beside a dark photon: Belle II (invisible h'), BaBar (visible h').

    Notes
    -----
    ================ ====================================== ====================================================
    cut              value                                  source, and what differs
    ================ ====================================== ====================================================
    trigger          ffo (invisible), ffo or fff (visible)  track lines; BaBar's own third-level lines
    tracks           two, or six with three pairs           Belle II PRL 130, 071804; BaBar PRL 108, 211801
    identification   muons 0.9 / two leptons 0.5            papers; visible: a pair with one lepton identified is
                                                            one of that lepton, else of pions
    recoil           barrel ECL, laboratory                 Belle II (recalled)
    photon cone      15 degrees; all photons < 0.4 GeV      Belle II (recalled)
    pT* of the pair  0.1 GeV                                Belle II (recalled)
    helicity         |cos| < 0.9                            own, for the paper's helicity angle cut in each window
    six-track mass   0.95 sqrt(s)                           BaBar
    equal masses     spread < 0.24 GeV                      BaBar: 10 to 240 MeV by mass and mode
    ================ ====================================== ====================================================

    Invisible: the plane of m(mumu) and recoil mass; visible: the mean of the three pairs' masses, for the pairing of
    least spread. BaBar's inclusive mode with two lepton pairs and a dark photon to anything is left out.
    """

    name = "dark_higgsstrahlung"
    document = DarkHiggsCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "trigger": ("ffo", "fff"),
    }
    regions = ("invisible", "visible")
    variations = MOMENTUM_SHIFTS
    weight_variations = ("trigger_two_tracks", "tracking", "muon_identification", "beam_background")
    cuts = (
        "all",
        "trigger",
        "tracks",
        "leptons",
        "recoil_in_barrel",
        "no_photon_in_cone",
        "no_extra_energy",
        "pair_pt",
        "helicity",
        "total_mass",
        "equal_masses",
    )
    observables: ClassVar[Mapping[str, hist.axis.AxesMixin]] = {
        "mass_plane": (
            hist.axis.Regular(195, 0.75, 10.5, name="pair_mass", label=r"$m_{\mu\mu}$ [GeV]"),
            hist.axis.Regular(75, -0.6, 10.65, name="recoil_mass", label="recoil mass [GeV]"),
        ),
        "mean_pair_mass": hist.axis.Regular(700, 0.0, 3.5, name="mean_pair_mass", label="mean pair mass [GeV]"),
    }
    only_in: ClassVar[Mapping[str, tuple[str, ...]]] = {"mass_plane": ("invisible",), "mean_pair_mass": ("visible",)}
    coarseness = 15
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "no_extra_energy": CutVariable(
            hist.axis.Regular(60, 0, 3, name="extra_energy", label="extra energy [GeV]"), "below"
        ),
        "pair_pt": CutVariable(hist.axis.Regular(60, 0, 6, name="pair_pt", label="$p_T^*$ of the pair [GeV]"), "above"),
        "equal_masses": CutVariable(hist.axis.Regular(60, 0, 3, name="spread", label="mass spread [GeV]"), "below"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"invisible": ("ffo",), "visible": ("ffo", "fff")}
    limit = LimitRecipe(
        method="counting",
        histogram="mass_plane",
        regions=(
            RegionRange("invisible", 1.65, 10.51),
            RegionRange("visible", 0.25, 3.5, "mean_pair_mass", WindowRule(2.0, 1.0, minimum_half_width=0.02)),
        ),
        coupling="epsilon_squared_alpha_d",
        coupling_power=1,
        window=WindowRule(2.0, 2.0, ("mass", "mass"), ("mass", "higgs_mass"), 0.05),
        background="simulation",
        systematics=(
            Systematic("signal efficiency", 0.1, "signal", "dark_higgs_efficiency", f"{BELLE2} (recalled)"),
            Systematic("luminosity", 0.01, "signal", "luminosity_belle2_2019", f"{BELLE2} (recalled)"),
            Systematic("background", 0.1, "background", "dark_higgs_background", f"{BELLE2} (assumed)"),
        ),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        neutral = sound & (net_charge(tracks) == 0.0)
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
            own("tracks", "invisible"): neutral & (tracks.counts == 2),
            own("tracks", "visible"): neutral & (tracks.counts == 6),
            own("leptons", "invisible"): number_identified(events, chosen.tracks, "muon_id", chosen.muon) == 2,
            own("leptons", "visible"): _two_leptons(events, chosen),
        }
        found = worth_a_look(early, self.cuts, self.regions)
        two, six = found[tracks.counts[found] == 2], found[tracks.counts[found] == 6]
        parts = [
            _beside_recoil(
                events, shifted_tracks(tracks.of(two), variation, metadata(events, "experiment")), two, chosen
            ),
            _three_pairs(
                events, shifted_tracks(tracks.of(six), variation, metadata(events, "experiment")), six, chosen
            ),
        ]
        return union(early, parts, self.cuts, self.regions)


def _two_leptons(events: ChunkEvents, chosen: DarkHiggsCuts) -> Mask:
    """Tell which events have at least two tracks that are taken for leptons."""
    muons, electrons = (
        number_identified(events, chosen.tracks, name, chosen.lepton) for name in ("muon_id", "electron_id")
    )
    return np.asarray(muons + electrons >= 2)


def _beside_recoil(events: ChunkEvents, tracks: Objects, found: Index, chosen: DarkHiggsCuts) -> Part:
    muons = Momenta.of_tracks(tracks, MUON_MASS).table(tracks, 2)
    leptons = identified(tracks["muon_id"], chosen.muon)
    pair = muons.total()
    recoil, centre = pair.recoil(events.beam), pair.in_cm(events.beam)
    photons = photons_in_time(events, chosen.photons).of(found)
    extra = photons.sum(photons["energy"])
    helicity = helicity_cosine(muons.in_cm(events.beam)[:, 0], centre)
    return Part(
        regions=("invisible",),
        event=found,
        cuts={
            "recoil_in_barrel": in_part(events, recoil, "calorimeter_barrel"),
            "no_photon_in_cone": ~close_to(photons, Momenta.of_photons(photons), recoil, chosen.cone),
            "no_extra_energy": extra < chosen.extra_energy,
            "pair_pt": centre.pt > chosen.pair_pt,
            "helicity": np.abs(helicity) < chosen.helicity,
        },
        values={"pair_mass": pair.mass, "recoil_mass": recoil.mass, "extra_energy": extra, "pair_pt": centre.pt},
        weights=flat("trigger_two_tracks", len(found))
        | flat("tracking", len(found), 2.0)
        | identification(events, "muon", tracks, leptons, chosen.identification_tables)
        | beam_background(events, found),
    )


def _three_pairs(events: ChunkEvents, tracks: Objects, found: Index, chosen: DarkHiggsCuts) -> Part:
    tracks = tracks.ordered(tracks["charge"])
    muon, electron = identified(tracks["muon_id"], chosen.lepton), identified(tracks["electron_id"], chosen.lepton)
    pairs, total = _pairings(tracks, muon, electron)
    spread = pairs.max(axis=-1) - pairs.min(axis=-1)
    spread = np.where(np.isfinite(spread), spread, np.inf)
    best = spread.argmin(axis=-1) if len(found) else np.zeros(0, dtype=np.int64)
    rows = np.arange(len(found))
    least = spread[rows, best]
    return Part(
        regions=("visible",),
        event=found,
        cuts={
            "total_mass": total.mass > chosen.total_mass * events.beam.sqrt_s,
            "equal_masses": least < chosen.spread,
        },
        values={
            "mean_pair_mass": pairs[rows, best].mean(axis=-1),
            "spread": np.where(np.isfinite(least), least, np.nan),
        },
        weights=flat("tracking", len(found), 6.0) | flat("muon_identification", len(found), 2.0),
    )


def _pairings(tracks: Objects, muon: Mask, electron: Mask) -> tuple[Array, Momenta]:
    """Give the masses of three pairs of opposite charge in all six pairings, (events, 6, 3), and the tracks' sum.

    A pair is one of muons (electrons) if either track is identified as one, of pions if neither is; NaN if it would
    be both.
    """
    momenta = [tracks.table(tracks[axis], 6) for axis in ("px", "py", "pz")]
    first, second = np.broadcast_to(np.arange(3), PAIRINGS.shape), 3 + PAIRINGS
    species = [tracks.table(each.astype(np.float64), 6) > 0.0 for each in (muon, electron)]
    muons, electrons = (each[:, first] | each[:, second] for each in species)
    mass = np.select([muons & electrons, muons, electrons], [np.nan, MUON_MASS, ELECTRON_MASS], PION_MASS)
    px, py, pz = momenta
    one, other = (Momenta.massive(px[:, place], py[:, place], pz[:, place], mass) for place in (first, second))
    total = Momenta.massive(px, py, pz, np.where(species[1], ELECTRON_MASS, np.where(species[0], MUON_MASS, PION_MASS)))
    return (one + other).mass, total.total()
