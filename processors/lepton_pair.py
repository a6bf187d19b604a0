"""Two leptons and nothing else: the selection that the searches for an invisible Z' share."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .momenta import Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import (
    PhotonCuts,
    TrackCuts,
    close_to,
    in_part,
    net_charge,
    photons_in_time,
    tracks_from_origin,
)
from .selected import Selected, own, worth_a_look
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .weighing import beam_background


class LeptonPairCuts(CutsDocument):
    """Values of the cuts (`selections/<channel>.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    identification
        Likelihood ratio of each lepton.
    cone
        No photon this close to the recoil.
    extra_energy
        Sum of all photons' energies, laboratory.
    pair_pt, pair_pt_slope
        Least pT* of the pair: pair_pt + pair_pt_slope * m_recoil.
    tau_suppression
        (recoil mass, least |pT of the recoil across the faster lepton|, the same across the slower one).
    """

    tracks: TrackCuts
    photons: PhotonCuts
    identification: float
    cone: float
    extra_energy: float
    pair_pt: float
    pair_pt_slope: float
    tau_suppression: tuple[tuple[float, float, float], ...]


class LeptonPair(ByExperiment[LeptonPairCuts]):
    """Two leptons of opposite charge, and a recoil without anything seen in it.

    Notes
    -----
    ====================== ============================ =====================================================
    cut                    value                        source, and what differs
    ====================== ============================ =====================================================
    trigger                ffo                          two tracks, more than 90 degrees apart in phi
    |d0|, |z0|             2 cm, 5 cm                   skim DimuonPlusMissingEnergy; paper tighter (recalled)
    track pT               0.15 GeV                     Belle II's clean tracks; rejects curling fakes
    exactly two, opposite  2 tracks                     paper
    identification         0.9                          paper: from the ECL only (2018), here a likelihood
    recoil theta           barrel ECL, laboratory       paper; bounds are the experiment's
    photon cone            15 degrees, E > 0.1 GeV      paper (recalled)
    extra energy           0.4 GeV, all photons > 0.1   paper (recalled)
    pT* of the pair        1.0 GeV - 0.08 m_recoil      own straight line: paper's shape not recalled
    tau suppression        see below                    variables from the paper, values own
    ====================== ============================ =====================================================

    Tau suppression (arXiv:1912.11276): the recoil's transverse momentum (CM, two components) is projected on the
    transverse direction of the faster lepton l_max, and on that of the slower one l_min: along it, and across it. A Z'
    comes off one lepton's leg and leaves pT across both; the neutrinos of a tau pair follow the leptons. Cut on are
    both components across, each above a line in the recoil mass. The paper optimises cuts for each mass bin with the
    Punzi figure of merit (`darkbelle optimise` does that here); its values are not public.
    """

    document = LeptonPairCuts
    regions = ("signal", "before_tau_suppression")
    open_regions = ("before_tau_suppression",)
    variations = MOMENTUM_SHIFTS
    cuts = (
        "all",
        "trigger",
        "two_tracks",
        "leptons",
        "recoil_in_barrel",
        "no_photon_in_cone",
        "no_extra_energy",
        "pair_pt",
        "across_faster",
        "across_slower",
    )
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "recoil_mass": hist.axis.Regular(1260, -2.0, 10.6, name="recoil_mass", label="recoil mass [GeV]"),
    }
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "no_extra_energy": CutVariable(
            hist.axis.Regular(60, 0, 3, name="extra_energy", label="extra energy [GeV]"), "below"
        ),
        "pair_pt": CutVariable(hist.axis.Regular(60, 0, 6, name="pair_pt", label="$p_T^*$ of the pair [GeV]"), "above"),
        "across_faster": CutVariable(
            hist.axis.Regular(60, 0, 6, name="across_faster", label=r"recoil $p_T$ across $\ell_{max}$ [GeV]"), "above"
        ),
        "across_slower": CutVariable(
            hist.axis.Regular(60, 0, 6, name="across_slower", label=r"recoil $p_T$ across $\ell_{min}$ [GeV]"), "above"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(regions, ("ffo",))

    def leptons(self, events: ChunkEvents, chosen: LeptonPairCuts) -> Mask:
        """Tell which events have the two leptons that are looked for."""
        raise NotImplementedError

    def masses(self, tracks: Objects, chosen: LeptonPairCuts) -> Array:
        """Give each track's mass (GeV)."""
        raise NotImplementedError

    def lepton_weights(self, events: ChunkEvents, tracks: Objects, chosen: LeptonPairCuts) -> dict[str, Array]:
        """Give the weight variations of tracks, leptons and trigger."""
        raise NotImplementedError

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        early = {
            "all": events.sound,
            "trigger": events.fired(self.lines(events, "signal")),
            "two_tracks": sound & (tracks.counts == 2) & (net_charge(tracks) == 0.0),
            "leptons": self.leptons(events, chosen),
        }
        found = worth_a_look(early, self.cuts, self.regions)
        tracks = shifted_tracks(tracks.of(found), variation, metadata(events, "experiment"))
        masses = self.masses(tracks, chosen)
        pair = Momenta.of_tracks(tracks, 0.0)
        pair = Momenta.massive(pair.px, pair.py, pair.pz, masses).table(tracks, 2)
        recoil = pair.total().recoil(events.beam)
        values = {"recoil_mass": recoil.mass} | _shape(pair.in_cm(events.beam), recoil.in_cm(events.beam))
        quiet = _quiet(events, found, recoil, chosen)
        values["extra_energy"] = quiet.pop("extra_energy")
        points, faster, slower = np.transpose(chosen.tau_suppression)
        mass = values["recoil_mass"]
        open_end = {own(cut, "before_tau_suppression"): np.isfinite(mass) for cut in ("across_faster", "across_slower")}
        return Selected(
            early=early,
            event=found,
            cuts={
                "recoil_in_barrel": in_part(events, recoil, "calorimeter_barrel"),
                "no_photon_in_cone": quiet["no_photon_in_cone"] > 0.0,
                "no_extra_energy": values["extra_energy"] < chosen.extra_energy,
                "pair_pt": values["pair_pt"] > chosen.pair_pt + chosen.pair_pt_slope * mass,
                "across_faster": values["across_faster"] > np.interp(mass, points, faster),
                "across_slower": values["across_slower"] > np.interp(mass, points, slower),
            }
            | open_end,
            values=values,
            weights=self.lepton_weights(events, tracks, chosen) | beam_background(events, found),
        )


def _quiet(events: ChunkEvents, found: Index, recoil: Momenta, chosen: LeptonPairCuts) -> dict[str, Array]:
    photons = photons_in_time(events, chosen.photons).of(found)
    seen = close_to(photons, Momenta.of_photons(photons), recoil, chosen.cone)
    return {"no_photon_in_cone": 1.0 - seen, "extra_energy": photons.sum(photons["energy"])}


def _shape(pair: Momenta, recoil: Momenta) -> dict[str, Array]:
    """Give pT* of the pair and the recoil's transverse momentum along and across each lepton (GeV, CM frame).

    Parameters
    ----------
    pair
        (rows, 2).
    recoil
        (rows,).
    """
    order = np.argsort(-pair.p, axis=-1)
    result = {"pair_pt": recoil.pt}
    for place, name in enumerate(("faster", "slower")):
        chosen = np.take_along_axis(order, np.full((len(order), 1), place), axis=-1)
        px, py = (np.take_along_axis(each, chosen, axis=-1)[:, 0] for each in (pair.px, pair.py))
        length = np.hypot(px, py)
        length = np.where(length > 0.0, length, np.nan)
        result[f"along_{name}"] = (recoil.px * px + recoil.py * py) / length
        result[f"across_{name}"] = np.abs(recoil.px * py - recoil.py * px) / length
    return result
