"""e+e- -> mu+mu- Z', Z' -> invisible: a peak in the mass that recoils against two muons and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import awkward as ak
import hist
import numpy as np

from ..datasets.experiment import load_experiment
from . import selection
from .channel import NOMINAL, Channel, column
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule

MUON_MASS = 0.1056583755  # GeV, PDG 2024
PAPER = "Belle II, PRL 124, 141801 (2020)"
TRACKS = ("px", "py", "pz", "charge", "d0", "z0", "muon_id")
PHOTONS = ("px", "py", "pz", "energy", "time")


@dataclass(frozen=True)
class ZprimeSelection:
    """The cuts after PRL 124, 141801, those marked "recalled" from memory of it. Star: CM frame.

    Notes
    -----
    ====================== ============================ =====================================================
    cut                    value                        source, and what differs
    ====================== ============================ =====================================================
    trigger                ffo                          two tracks, more than 90 degrees apart in phi
    |d0|, |z0|             2 cm, 5 cm                   skim DimuonPlusMissingEnergy; paper tighter (recalled)
    track pT               0.15 GeV                     Belle II's clean tracks; rejects curling fakes
    exactly two, opposite  2 tracks                     paper
    muon_id                0.9                          paper: from the ECL only (2018), here a likelihood
    recoil theta           barrel ECL, laboratory       paper; bounds are the experiment's
    photon cone            15 degrees, E > 0.1 GeV      paper (recalled)
    extra energy           0.4 GeV, all photons > 0.1   paper (recalled)
    pT* of the pair        1.0 GeV - 0.08 m_recoil      own straight line: paper's shape not recalled
    tau suppression        see `tau_*`                  variables from the paper, values own; paper: Punzi per bin
    ====================== ============================ =====================================================

    The straight lines of the tau suppression, 1.0 and 1.5 GeV of recoil momentum across the faster and the slower
    muon, were chosen on generated signal and tau pairs (docs/channels.md).
    """

    track_d0: float = 2.0
    track_z0: float = 5.0
    track_pt: float = 0.15
    muon_id: float = 0.9
    photon_window: float = 200.0
    photon_energy: float = 0.1
    cone: float = 15.0
    extra_energy: float = 0.4
    pair_pt: float = 1.0
    pair_pt_slope: float = -0.08
    tau_faster: float = 1.0
    tau_slower: float = 1.5
    momentum_scale: float = 0.001


class ZprimeInvisible(Channel):
    """The search for an invisible Z' radiated off a muon.

    Parameters
    ----------
    cuts
        Values of the selection.
    """

    name = "zprime_invisible"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": TRACKS,
        "photons": PHOTONS,
        "trigger": ("ffo",),
    }
    regions = ("signal", "before_tau_suppression")
    variations = (NOMINAL, "momentum_scale_up", "momentum_scale_down")
    cuts = (
        "all",
        "trigger",
        "two_tracks",
        "muons",
        "recoil_in_barrel",
        "no_photon_in_cone",
        "no_extra_energy",
        "pair_pt",
        "tau_suppression",
    )
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "recoil_mass": hist.axis.Regular(1260, -2.0, 10.6, name="recoil_mass", label="recoil mass [GeV]"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(regions, ("ffo",))
    limit = LimitRecipe(
        method="counting",
        histogram="recoil_mass",
        regions=(RegionRange("signal", 0.0, 9.0),),
        coupling="g_prime",
        window=WindowRule(half_width=2.0, spacing=2.0, minimum_half_width=0.02),
        interpretations=("muon_magnetic_moment",),
        background="simulation",
        systematics=(
            Systematic("trigger", 0.06, "signal", "trigger_two_tracks", PAPER),
            Systematic("tracking", 0.04, "signal", "tracking", PAPER),
            Systematic("muon identification", 0.04, "signal", "muon_identification", PAPER),
            Systematic("luminosity", 0.015, "signal", "luminosity_belle2_2018", PAPER),
            Systematic("dimuon yield", 0.125, "signal", "dimuon_yield", "L. Zani, Venice 2019 (2018 data)"),
            Systematic("background before tau suppression", 0.02, "background", "dimuon_background", PAPER),
            Systematic("tau suppression", 0.22, "background", "tau_suppression", PAPER),
        ),
    )

    def __init__(self, cuts: ZprimeSelection | None = None) -> None:
        self.selection = cuts or ZprimeSelection()

    def select(self, events: Any) -> Any:
        """Apply the selection, see `Channel.select`; the variations scale the tracks' momenta."""
        chosen = self.selection
        tracks, sound = selection.from_interaction_point(
            events.tracks, chosen.track_d0, chosen.track_z0, chosen.track_pt
        )
        fixed = {
            "all": np.isfinite(events.weight),
            "trigger": events.trigger.ffo,
            "two_tracks": sound & (ak.num(tracks, axis=1) == 2) & (ak.sum(tracks.charge, axis=1) == 0),
            "muons": ak.all((tracks.muon_id > chosen.muon_id) & (tracks.muon_id <= 1.0), axis=1),
        }
        shift = chosen.momentum_scale
        columns = {"weight": events.weight}
        for variation, scale in zip(self.variations, (1.0, 1.0 + shift, 1.0 - shift), strict=True):
            mass, moving = self._kinematics(events, tracks, scale)
            cuts = fixed | moving
            columns[column(variation)] = mass
            columns[column(variation, "signal")] = selection.cuts_passed(cuts, self.cuts)
            open_end = cuts | {"tau_suppression": np.isfinite(mass)}
            columns[column(variation, "before_tau_suppression")] = selection.cuts_passed(open_end, self.cuts)
        return ak.zip(columns, depth_limit=1)

    def _kinematics(self, events: Any, tracks: Any, scale: float) -> tuple[Any, dict[str, Any]]:
        """Give the recoil mass (GeV) and the cuts that momenta enter, for momenta scaled by `scale`."""
        chosen = self.selection
        barrel = load_experiment(events.metadata["experiment"]).acceptance["calorimeter_barrel"]
        muons = _muons(tracks, scale)
        recoil = events.beam.recoil(_sum(muons))
        mass = selection.signed_mass(recoil)
        recoil_cm = events.beam.to_cm(recoil)
        faster, slower = _recoil_across_muons(events.beam.to_cm(muons), recoil_cm)
        photons = selection.in_time(events.photons, chosen.photon_window)
        photons = photons[selection.may_exceed(photons.energy, chosen.photon_energy)]
        pair_pt = np.hypot(recoil_cm.px, recoil_cm.py)
        return mass, {
            "recoil_in_barrel": selection.points_into(recoil, barrel),
            "no_photon_in_cone": ~ak.any(selection.may_lie_within(photons, recoil, chosen.cone), axis=1),
            "no_extra_energy": ak.sum(photons.energy, axis=1) < chosen.extra_energy,
            "pair_pt": np.isfinite(mass) & (pair_pt > chosen.pair_pt + chosen.pair_pt_slope * mass),
            "tau_suppression": (faster > chosen.tau_faster) & (slower > chosen.tau_slower),
        }


def _muons(tracks: Any, scale: float) -> Any:
    px, py, pz = (np.float64(scale) * tracks[component] for component in ("px", "py", "pz"))
    energy = np.sqrt(px**2 + py**2 + pz**2 + MUON_MASS**2)
    return ak.zip({"px": px, "py": py, "pz": pz, "energy": energy}, with_name="Momentum4D")


def _sum(muons: Any) -> Any:
    total = {component: ak.sum(muons[component], axis=1) for component in ("px", "py", "pz", "energy")}
    return ak.zip(total, with_name="Momentum4D")


def _recoil_across_muons(muons: Any, recoil: Any) -> tuple[Any, Any]:
    """Give the recoil's momentum (GeV, CM) transverse to the faster and to the slower muon; NaN without muons.

    A Z' is radiated off one muon, mostly the one that ends up slower; a tau pair's neutrinos follow both muons.
    """
    momentum = selection.momentum_of(muons)
    along = (muons.px * recoil.px + muons.py * recoil.py + muons.pz * recoil.pz) / momentum
    across = np.sqrt(abs(selection.momentum_of(recoil) ** 2 - along**2))
    order = ak.argsort(momentum, axis=1, ascending=False)
    return selection.first_or_nan(across[order]), selection.first_or_nan(across[order][:, 1:])
