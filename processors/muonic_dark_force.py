"""e+e- -> mu+mu- Z', Z' -> mu+mu-: a narrow peak in the reduced mass of the opposite-sign pairs of four muons."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .momenta import MUON_MASS, Momenta
from .objects import Mask, Objects
from .objects_chosen import PhotonCuts, TrackCuts, identified, net_charge, photons_in_time, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .resolution_axis import mass_axis
from .selected import Selected, worth_a_look
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .weighing import flat, identification

PAPER = "BaBar, PRD 94, 011102 (2016)"
UPSILON_1S = 9.4604  # GeV, PDG 2024
NARROW_UPSILONS = (10.0, 10.5)  # GeV: sqrt(s) at which Y(2S) and Y(3S) go to pi pi Y(1S)


class FourMuonCuts(CutsDocument):
    """Values of the cuts (`selections/muonic_dark_force.yaml`): GeV.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    identification
        Likelihood ratio of a muon.
    extra_energy
        Sum of all photons' energies, laboratory.
    mass_difference
        Largest |m(4 mu) - sqrt(s)|.
    upsilon_window
        In data on the Y(2S) and Y(3S): no pair this close to the Y(1S)'s mass.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    identification: float
    extra_energy: float
    mass_difference: float
    upsilon_window: float


class MuonicDarkForce(ByExperiment[FourMuonCuts]):
    """The search for a Z' that decays to two muons, radiated off a muon: BaBar, PRD 94, 011102 (2016), 514 fb^-1.

    Notes
    -----
    ==================== =================================== =================================================
    cut                  value                               source, and what differs
    ==================== =================================== =================================================
    trigger              ffo or fff (Belle II)               two tracks apart, or three; BaBar: track lines
    four tracks          net charge 0                        paper
    same-sign muons      both of one charge identified, 0.9  paper: at least two same-sign muons
    no extra energy      0.2 GeV, photons above 0.1 GeV      paper (recalled)
    four-muon mass       within 0.5 GeV of sqrt(s)           paper (recalled)
    no Y(1S)             |m - 9.460| > 0.1 GeV               paper, Y(2S) and Y(3S) data only (recalled)
    ==================== =================================== =================================================

    All four opposite-sign pairs of an event count. The J/psi's 30 MeV are left out of the scan, as in the paper. The
    paper fits a kinematic hypothesis with the beams' energy; masses here are as measured.
    """

    name = "muonic_dark_force"
    document = FourMuonCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "muon_id"),
        "photons": ("energy", "time"),
        "trigger": ("ffo", "fff"),
    }
    regions = ("signal",)
    variations = MOMENTUM_SHIFTS
    weight_variations = ("trigger_multi_track", "tracking", "muon_identification")
    cuts = ("all", "trigger", "four_tracks", "same_sign_muons", "no_extra_energy", "total_mass", "no_upsilon")
    observables: ClassVar[Mapping[str, hist.axis.Variable]] = {
        "reduced_mass": mass_axis("reduced_mass", "$m_R$ [GeV]", 0.0, 10.4, 0.0015, 0.00065),
    }
    coarseness = 50
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "no_extra_energy": CutVariable(
            hist.axis.Regular(60, 0, 3, name="extra_energy", label="extra energy [GeV]"), "below"
        ),
        "total_mass": CutVariable(
            hist.axis.Regular(80, -2, 2, name="mass_difference", label="$m(4\\mu)-\\sqrt{s}$ [GeV]"), "below"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"signal": ("ffo", "fff")}
    limit = LimitRecipe(
        method="shape",
        histogram="reduced_mass",
        regions=(RegionRange("signal", 0.212, 10.0),),
        coupling="g_prime",
        window=WindowRule(10.0, 0.5, ("reduced_mass",), minimum_half_width=0.02, combinatorial=True),
        background="polynomial",
        background_order=3,
        systematics=(
            Systematic("signal efficiency", 0.02, "signal", "four_muon_efficiency", f"{PAPER} (recalled)"),
            Systematic("luminosity", 0.006, "signal", "luminosity_babar", f"{PAPER} (recalled)"),
        ),
        excluded=((3.067, 3.127),),
        interpretations=("muon_magnetic_moment",),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`: four rows an event; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        early = {
            "all": events.sound,
            "trigger": events.fired(self.lines(events, "signal")),
            "four_tracks": sound & (tracks.counts == 4) & (net_charge(tracks) == 0.0),
        }
        found = worth_a_look(early, self.cuts, self.regions)
        tracks = shifted_tracks(tracks.of(found), variation, metadata(events, "experiment"))
        # Net charge 0 of four unit charges: two positive ones come first.
        tracks = tracks.ordered(tracks["charge"])
        muons = Momenta.of_tracks(tracks, MUON_MASS).table(tracks, 4)
        first, second = np.array([0, 0, 1, 1]), np.array([2, 3, 2, 3])
        pairs = (muons[:, first] + muons[:, second]).mass
        photons = photons_in_time(events, chosen.photons).of(found)
        extra = photons.sum(photons["energy"])
        difference = muons.total().mass - events.beam.sqrt_s
        upsilon = (np.abs(pairs - UPSILON_1S) < chosen.upsilon_window).any(axis=1)
        narrow = NARROW_UPSILONS[0] < events.beam.sqrt_s < NARROW_UPSILONS[1]
        rows = np.repeat(np.arange(len(found)), 4)
        same_sign = _same_sign(tracks, chosen.identification)
        identified_muons = identification(events, "muon", tracks, same_sign, chosen.identification_tables)
        return Selected(
            early=early,
            event=found[rows],
            cuts={
                "same_sign_muons": tracks.any(same_sign)[rows],
                "no_extra_energy": (extra < chosen.extra_energy)[rows],
                "total_mass": (np.abs(difference) < chosen.mass_difference)[rows],
                "no_upsilon": ~(upsilon & narrow)[rows],
            },
            values={
                "reduced_mass": np.sqrt(pairs.ravel() ** 2 - 4.0 * MUON_MASS**2),
                "extra_energy": extra[rows],
                "mass_difference": difference[rows],
            },
            weights=flat("trigger_multi_track", len(rows))
            | flat("tracking", len(rows), 4.0)
            | {source: factor[rows] for source, factor in identified_muons.items()},
        )


def _same_sign(tracks: Objects, threshold: float) -> Mask:
    """Tell which tracks are the two identified muons of one sign; the positive ones where both signs have them."""
    muons = identified(tracks["muon_id"], threshold)
    positive, negative = muons & (tracks["charge"] > 0), muons & (tracks["charge"] < 0)
    two = tracks.count(positive) == 2
    return np.where(two[tracks.event], positive, negative & (tracks.count(negative) == 2)[tracks.event])
