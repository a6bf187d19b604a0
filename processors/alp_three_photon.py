"""e+e- -> gamma a, a -> gamma gamma: peaks in the mass of two of three photons, or in what recoils against one."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents
from .momenta import Momenta
from .objects import Index, Mask, Objects
from .objects_chosen import PhotonCuts, TrackCuts, photons_in_time, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .resolution_axis import mass_axis
from .selected import Part, Selected, own, union, worth_a_look
from .shifts import PHOTON_SHIFTS
from .single_photon import muon_system_distance
from .weighing import beam_background, flat, photon_efficiency

PAPER = "Belle II, PRL 125, 161806 (2020)"
WHOLE = WindowRule(10.0, 1.0, ("whole_axis",))
SQUARED = WindowRule(10.0, 0.5, ("mass_squared",), minimum_half_width=0.05, combinatorial=True)


class ThreePhotonCuts(CutsDocument):
    """Values of the cuts (`selections/alp_three_photon.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    photon_energy
        Least energy of each photon, laboratory.
    barrel
        Range of the photons' polar angles, laboratory.
    mass_range
        Mass of three photons over sqrt(s).
    merged_balance
        Two clusters: largest |E* - sqrt(s)/2| of either.
    displaced_energy
        One cluster: least E*.
    displaced_angle
        It needs a cluster of the muon system this close to the missing momentum.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    photon_energy: float
    barrel: tuple[float, float]
    mass_range: tuple[float, float]
    merged_balance: float
    displaced_energy: float
    displaced_angle: float


class AlpThreePhoton(ByExperiment[ThreePhotonCuts]):
    """The search for an axion-like particle in photons, Belle II, PRL 125, 161806 (2020), 445 pb^-1.

    Notes
    -----
    ================ ======================================= ==================================================
    cut              value                                   source, and what differs
    ================ ======================================= ==================================================
    trigger          lml1, lml12, hie (resolved, recoil);    calorimeter lines; paper: energy sum above 1 GeV; lml1
                     lml1, hie (merged); lml1 (displaced)    has no Bhabha veto, which light ALPs would fall to
    no track         |d0| 2, |z0| 5 cm, pT 0.15 GeV          paper
    photons          resolved three, merged two, displaced   the talk's categories (a), (b), (c)
                     one, above 0.65 GeV in 200 ns           energy from the paper (recalled)
    photon angles    37.3 to 123.7 degrees, laboratory       paper (recalled)
    three-photon mass 0.88 to 1.03 sqrt(s)                   paper (recalled)
    balance (merged) both within 0.3 GeV of sqrt(s)/2        own
    muon system      displaced: a cluster within 25 degrees  own: the veto of the single photon turned round
    (displaced)      of the missing momentum
    ================ ======================================= ==================================================

    Resolved: all three pairs count; light ALPs are looked for in M_gammagamma^2, those above 6.85 GeV in the mass
    squared that recoils against the third photon (region recoil), as in the paper. Merged: the two photons share a
    cluster, whose lateral second moment is larger; the moments of both are filled. Displaced: the ALP decays behind the
    calorimeter's front and showers in the muon system. The fourth category, escaping, is `alp_invisible`. The paper
    has the resolved category only, with a further selection of clusters against beam background that is left out.
    """

    name = "alp_three_photon"
    document = ThreePhotonCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "photons": ("px", "py", "pz", "energy", "time", "second_moment"),
        "tracks": ("px", "py", "d0", "z0"),
        "klm": ("theta", "phi"),
        "trigger": ("lml1", "lml12", "hie"),
    }
    regions = ("resolved", "recoil", "merged", "displaced")
    variations = PHOTON_SHIFTS
    weight_variations = ("trigger_calorimeter", "photon_efficiency", "beam_background")
    cuts = ("all", "trigger", "no_track", "photons", "photon_angles", "total_mass", "topology")
    observables: ClassVar[Mapping[str, hist.axis.AxesMixin]] = {
        # In GeV^2: half of a resolution of 0.03 GeV^2 + 0.02 M^2, so that light particles lie off the axis's end.
        "diphoton_mass_squared": mass_axis(
            "diphoton_mass_squared", "$M_{\\gamma\\gamma}^2$ [GeV$^2$]", -0.5, 108.0, 0.03, 0.02
        ),
        "recoil_mass_squared": hist.axis.Regular(
            1100, -2.0, 108.0, name="recoil_mass_squared", label="$M_{recoil}^2$ [GeV$^2$]"
        ),
        "second_moment": hist.axis.Regular(100, 0.0, 10.0, name="second_moment", label="second moment [cm$^2$]"),
        "missing_mass_squared": hist.axis.Regular(
            600, -5.0, 70.0, name="missing_mass_squared", label="$M_X^2$ [GeV$^2$]"
        ),
    }
    only_in: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "diphoton_mass_squared": ("resolved",),
        "recoil_mass_squared": ("recoil",),
        "second_moment": ("merged",),
        "missing_mass_squared": ("displaced",),
    }
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "total_mass": CutVariable(
            hist.axis.Regular(60, 0.7, 1.15, name="mass_ratio", label="$m(3\\gamma)/\\sqrt{s}$"), "above"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "resolved": ("lml1", "lml12", "hie"),
        "recoil": ("lml1", "lml12", "hie"),
        "merged": ("lml1", "hie"),
        "displaced": ("lml1",),
    }
    limit = LimitRecipe(
        method="shape",
        histogram="diphoton_mass_squared",
        regions=(
            RegionRange("resolved", 0.15, 6.85, background="polynomial"),
            RegionRange("recoil", 6.85, 9.8, "recoil_mass_squared", background="polynomial"),
            RegionRange("merged", 0.05, 0.5, "second_moment", WHOLE),
            RegionRange("displaced", 0.05, 0.5, "missing_mass_squared", SQUARED),
        ),
        coupling="g_agammagamma",
        window=SQUARED,
        background="simulation",
        level=0.95,
        systematics=(
            Systematic(
                "signal efficiency", 0.05, "signal", "three_photon_efficiency", f"{PAPER}: about 5 % (recalled)"
            ),
            Systematic("luminosity", 0.015, "signal", "luminosity_belle2_2018", PAPER),
        ),
        excluded=((0.125, 0.145), (0.53, 0.57), (0.93, 0.98)),
        lifetime="two_photon_width",
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`: three rows a resolved event; the variations shift photon energies."""
        chosen = self.chosen(events)
        photons = photons_in_time(events, chosen.photons, variation)
        hard = ~(photons["energy"] <= chosen.photon_energy)
        number = photons.count(hard)
        wanted = {"resolved": 3, "recoil": 3, "merged": 2, "displaced": 1}
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
            "no_track": tracks_from_origin(events, chosen.tracks).tracks.counts == 0,
            **{own("photons", region): number == count for region, count in wanted.items()},
        }
        found = worth_a_look(early, self.cuts, self.regions)
        photons = photons.keep(hard)
        parts = [
            make(events, photons.of(here), here, chosen)
            for make, count in ((_resolved, 3), (_merged, 2), (_displaced, 1))
            for here in [found[number[found] == count]]
        ]
        return union(early, parts, self.cuts, self.regions)


def _angles(photons: Momenta, chosen: ThreePhotonCuts) -> Mask:
    return np.asarray(photons.within(*chosen.barrel).all(axis=-1))


def _resolved(events: ChunkEvents, photons: Objects, found: Index, chosen: ThreePhotonCuts) -> Part:
    three = Momenta.of_photons(photons).table(photons, 3)
    ratio = three.total().mass / events.beam.sqrt_s
    first, second, third = np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([2, 1, 0])
    rows = np.repeat(np.arange(len(found)), 3)
    other = three[:, third].recoil(events.beam)
    low, high = chosen.mass_range
    return Part(
        regions=("resolved", "recoil"),
        event=found[rows],
        cuts={"photon_angles": _angles(three, chosen)[rows], "total_mass": ((ratio > low) & (ratio < high))[rows]},
        values={
            "diphoton_mass_squared": (three[:, first] + three[:, second]).mass_squared.ravel(),
            "recoil_mass_squared": other.mass_squared.ravel(),
            "mass_ratio": ratio[rows],
        },
        weights=flat("trigger_calorimeter", len(rows))
        | photon_efficiency(three.energy[rows])
        | beam_background(events, found[rows]),
    )


def _merged(events: ChunkEvents, photons: Objects, found: Index, chosen: ThreePhotonCuts) -> Part:
    two = Momenta.of_photons(photons).table(photons, 2)
    energy = two.in_cm(events.beam).energy
    balanced = (np.abs(energy - events.beam.sqrt_s / 2.0) < chosen.merged_balance).all(axis=-1)
    rows = np.repeat(np.arange(len(found)), 2)
    return Part(
        regions=("merged",),
        event=found[rows],
        cuts={"photon_angles": _angles(two, chosen)[rows], "topology": balanced[rows]},
        values={"second_moment": photons.table(photons["second_moment"], 2).ravel()},
        weights=flat("trigger_calorimeter", len(rows))
        | photon_efficiency(two.energy[rows])
        | beam_background(events, found[rows]),
    )


def _displaced(events: ChunkEvents, photons: Objects, found: Index, chosen: ThreePhotonCuts) -> Part:
    one = Momenta.of_photons(photons).table(photons, 1)
    photon = one[:, 0]
    energy = photon.in_cm(events.beam).energy
    distance = muon_system_distance(events, found, photon.recoil(events.beam))
    sqrt_s = events.beam.sqrt_s
    return Part(
        regions=("displaced",),
        event=found,
        cuts={
            "photon_angles": _angles(one, chosen),
            "topology": (energy > chosen.displaced_energy) & (distance < chosen.displaced_angle),
        },
        values={"missing_mass_squared": sqrt_s**2 - 2.0 * sqrt_s * energy},
        weights=flat("trigger_calorimeter", len(found))
        | photon_efficiency(photon.energy)
        | beam_background(events, found),
    )
