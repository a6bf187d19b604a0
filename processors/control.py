"""Control samples: photon energy and efficiency, pi0, J/psi, trigger efficiency and luminosity, by tag and probe."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .chunk_events import ChunkEvents
from .momenta import ELECTRON_MASS, MUON_MASS, Momenta
from .objects import Index, Mask, Objects
from .objects_chosen import (
    PhotonCuts,
    TrackCuts,
    net_charge,
    number_identified,
    photons_in_time,
    tracks_from_origin,
)
from .selected import Part, Selected, own, union
from .single_photon import muon_system_distance

MUON_PAIR_REGIONS = ("radiative_muons", "single_photon_line")


def _yes_or_no(name: str, label: str) -> hist.axis.Regular:
    """Make an axis whose first bin holds 0 (no) and whose second holds 1 (yes)."""
    return hist.axis.Regular(2, -0.5, 1.5, name=name, label=label)


class ControlCuts(CutsDocument):
    """Values of the cuts (`selections/control.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    identification
        Likelihood ratio of leptons.
    calorimeter
        Polar angles that the predicted photon may have, gaps included.
    recoil_energy, recoil_mass_squared
        Least energy of what recoils against two muons, and largest |m^2| of it, GeV^2 a GeV of energy: the resolution
        of m^2 grows with the energy.
    match, muon_system_match
        A photon (a cluster of the muon system) this close to the prediction is it.
    pion_photon, pion_mass
        Least energy of a photon and range of the pair's mass for a neutral pion.
    psi_mass
        Range of the muon pair's mass for a J/psi.
    electron_energy, pair_opening, pair_polar_angle
        Bhabha and two-photon events: least E* of both, least angle between them (CM), range of theta*.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    identification: float
    calorimeter: tuple[float, float]
    recoil_energy: float
    recoil_mass_squared: float
    match: float
    muon_system_match: float
    pion_photon: float
    pion_mass: tuple[float, float]
    psi_mass: tuple[float, float]
    electron_energy: float
    pair_opening: float
    pair_polar_angle: tuple[float, float]


class Control(ByExperiment[ControlCuts]):
    """What the searches take from data: the talk's "Belle II performances in phase 2: photon reconstruction".

    Notes
    -----
    ==================== ========================================= ==============================================
    region               selection                                 what it measures
    ==================== ========================================= ==============================================
    radiative_muons      two muons, recoil of one photon's mass    photon energy over the predicted one; whether a
                         (|m^2| < 0.1 GeV E) above 0.5 GeV         photon is found, by energy and angle, gaps too;
                                                                   whether the muon system sees those lost
    neutral_pion         photon pairs of 0.08 to 0.20 GeV          pi0 mass and width
    j_psi                muon pairs of 2.9 to 3.3 GeV              momentum scale and resolution
    single_photon_line   radiative_muons with line ffo             whether lml1 fired, by the photon's E*
    two_track_line       two electrons or muons with line hie      whether ffo fired, by the opening in azimuth
    bhabha               two electrons, back to back               luminosity
    gamma_gamma          two photons, back to back                 luminosity
    ==================== ========================================= ==============================================

    All values of cuts are the project's own. Trigger efficiencies are taken from events that a line of another
    detector fired, and are as good as these are independent. There is no limit.
    """

    name = "control"
    document = ControlCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "klm": ("theta", "phi"),
        "trigger": ("ffo", "hie", "lml1"),
    }
    regions = (*MUON_PAIR_REGIONS, "neutral_pion", "j_psi", "two_track_line", "bhabha", "gamma_gamma")
    cuts = ("all", "trigger", "topology", "kinematics")
    observables: ClassVar[Mapping[str, hist.axis.AxesMixin]] = {
        "energy_ratio": (
            hist.axis.Variable([0.5, 1, 2, 3, 4, 5, 6, 7.5], name="predicted_energy", label="predicted energy [GeV]"),
            hist.axis.Regular(100, 0.5, 1.5, name="energy_ratio", label="energy over prediction"),
        ),
        "photon_found": (
            hist.axis.Variable([0.5, 1, 2, 3, 4, 5, 6, 7.5], name="predicted_energy", label="predicted energy [GeV]"),
            hist.axis.Variable(
                [12.4, 31.4, 32.2, 60, 90, 128.7, 130.7, 155.1], name="predicted_theta", label="predicted angle [deg]"
            ),
            _yes_or_no("found", "photon found"),
            _yes_or_no("in_muon_system", "seen by the muon system"),
        ),
        "pion_mass": hist.axis.Regular(120, 0.08, 0.20, name="pion_mass", label=r"$m_{\gamma\gamma}$ [GeV]"),
        "psi_mass": hist.axis.Regular(160, 2.9, 3.3, name="psi_mass", label=r"$m_{\mu\mu}$ [GeV]"),
        "single_photon_line": (
            hist.axis.Regular(22, 0.0, 5.5, name="photon_energy", label="$E^*$ [GeV]"),
            _yes_or_no("fired", "lml1 fired"),
        ),
        "two_track_line": (
            hist.axis.Regular(18, 0.0, 180.0, name="opening", label="opening in azimuth [deg]"),
            _yes_or_no("fired", "ffo fired"),
        ),
        "pair_cosine": hist.axis.Regular(40, -1.0, 1.0, name="pair_cosine", label=r"$\cos\theta^*$"),
    }
    only_in: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "energy_ratio": ("radiative_muons",),
        "photon_found": ("radiative_muons",),
        "pion_mass": ("neutral_pion",),
        "psi_mass": ("j_psi",),
        "single_photon_line": ("single_photon_line",),
        "two_track_line": ("two_track_line",),
        "pair_cosine": ("bhabha", "gamma_gamma"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "radiative_muons": ("ffo",),
        "single_photon_line": ("ffo",),
        "neutral_pion": ("ffo", "hie"),
        "j_psi": ("ffo",),
        "two_track_line": ("hie",),
        "bhabha": ("lml1",),
        "gamma_gamma": ("lml1",),
    }
    limit = None

    def select(self, events: ChunkEvents, variation: str) -> Selected:  # noqa: ARG002  # control samples are not shifted
        """Select, see `Channel.select`: rows are events, or pairs of photons."""
        chosen = self.chosen(events)
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
        }
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        two = sound & (tracks.counts == 2) & (net_charge(tracks) == 0.0) & events.sound
        photons = photons_in_time(events, chosen.photons)
        muons, electrons = (
            number_identified(events, chosen.tracks, name, chosen.identification) for name in ("muon_id", "electron_id")
        )
        muon_pairs, electron_pairs = np.flatnonzero(two & (muons == 2)), np.flatnonzero(two & (electrons == 2))
        pairs = np.flatnonzero(two & (muons + electrons == 2))
        parts = [
            *_muon_pairs(events, tracks.of(muon_pairs), muon_pairs, chosen),
            _two_tracks(events, tracks.of(pairs), pairs),
            _bhabha(events, tracks.of(electron_pairs), electron_pairs, chosen),
            _neutral_pions(photons, np.flatnonzero(events.sound & (tracks.counts >= 2)), chosen),
            _gamma_gamma(events, photons, np.flatnonzero(events.sound & (tracks.counts == 0)), chosen),
        ]
        return union(early, parts, self.cuts, self.regions)


def _muon_pairs(events: ChunkEvents, tracks: Objects, found: Index, chosen: ControlCuts) -> list[Part]:
    pair = Momenta.of_tracks(tracks, MUON_MASS).table(tracks, 2).total()
    recoil = pair.recoil(events.beam)
    photons = photons_in_time(events, chosen.photons).of(found)
    momenta = Momenta.of_photons(photons)
    angle = momenta.angle(recoil[photons.event])
    nearest = photons.with_columns({"angle": angle, "found_energy": photons["energy"]}).ordered(-angle)
    seen = nearest.nth(nearest["angle"], 0) < chosen.match
    ratio = nearest.nth(nearest["found_energy"], 0) / recoil.energy
    in_muon_system = muon_system_distance(events, found, recoil) < chosen.muon_system_match
    radiative = (
        (recoil.energy > chosen.recoil_energy)
        & (np.abs(recoil.mass_squared) < chosen.recoil_mass_squared * recoil.energy)
        & recoil.within(*chosen.calorimeter)
    )
    fired = events.fired(("lml1",))[found]
    return [
        Part(
            regions=MUON_PAIR_REGIONS,
            event=found,
            cuts={"kinematics": radiative, own("topology", "single_photon_line"): seen},
            values={
                "predicted_energy": recoil.energy,
                "predicted_theta": recoil.theta,
                "energy_ratio": np.where(seen, ratio, np.nan),
                "found": seen.astype(np.float64),
                "in_muon_system": in_muon_system.astype(np.float64),
                "photon_energy": recoil.in_cm(events.beam).energy,
                "fired": fired.astype(np.float64),
            },
        ),
        Part(
            regions=("j_psi",),
            event=found,
            cuts={"kinematics": _between(pair.mass, chosen.psi_mass)},
            values={"psi_mass": pair.mass},
        ),
    ]


def _two_tracks(events: ChunkEvents, tracks: Objects, found: Index) -> Part:
    both = Momenta.of_tracks(tracks, 0.0).table(tracks, 2)
    opening = np.degrees(np.abs(np.angle(np.exp(1j * (both.phi[:, 0] - both.phi[:, 1])))))
    fired = events.fired(("ffo",))[found]
    return Part(
        regions=("two_track_line",),
        event=found,
        cuts={"kinematics": np.asarray(np.isfinite(both.p).all(axis=-1))},
        values={"opening": opening, "fired": fired.astype(np.float64)},
    )


def _bhabha(events: ChunkEvents, tracks: Objects, found: Index, chosen: ControlCuts) -> Part:
    # The negative one is the electron: it comes last.
    tracks = tracks.ordered(tracks["charge"])
    both = Momenta.of_tracks(tracks, ELECTRON_MASS).in_cm(events.beam).table(tracks, 2)
    return Part(
        regions=("bhabha",),
        event=found,
        cuts={"kinematics": _back_to_back(both, chosen)},
        values={"pair_cosine": both[:, 1].cosine},
    )


def _gamma_gamma(events: ChunkEvents, photons: Objects, found: Index, chosen: ControlCuts) -> Part:
    found = found[photons.counts[found] >= 2]
    photons = photons.of(found)
    photons = photons.ordered(photons["energy"])
    both = Momenta.of_photons(photons).in_cm(events.beam).table(photons, 2)
    return Part(
        regions=("gamma_gamma",),
        event=found,
        cuts={"kinematics": _back_to_back(both, chosen)},
        values={"pair_cosine": both[:, 0].cosine},
    )


def _neutral_pions(photons: Objects, found: Index, chosen: ControlCuts) -> Part:
    photons = photons.of(found)
    photons = photons.keep(photons["energy"] > chosen.pion_photon)
    first, second = photons.pairs_with(photons)
    first, second = first[first < second], second[first < second]
    momenta = Momenta.of_photons(photons)
    mass = (momenta[first] + momenta[second]).mass
    near = _between(mass, chosen.pion_mass)
    return Part(
        regions=("neutral_pion",),
        event=found[photons.event[first[near]]],
        cuts={"kinematics": np.ones(int(near.sum()), dtype=bool)},
        values={"pion_mass": mass[near]},
    )


def _back_to_back(both: Momenta, chosen: ControlCuts) -> Mask:
    low, high = chosen.pair_polar_angle
    hard = (both.energy > chosen.electron_energy).all(axis=-1) & np.isfinite(both.energy).all(axis=-1)
    inside = both.within(low, high).all(axis=-1)
    return np.asarray(hard & inside & (both[:, 0].angle(both[:, 1]) > chosen.pair_opening))


def _between(values: np.ndarray, range_: tuple[float, float]) -> Mask:
    return np.asarray((values > range_[0]) & (values < range_[1]))
