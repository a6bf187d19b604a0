"""Control samples: photon energy and efficiency, pi0, J/psi, trigger efficiency and luminosity, by tag and probe."""

from collections.abc import Mapping
from typing import ClassVar

import hist

from .by_experiment import ByExperiment
from .channel import Axes
from .chunk_events import ChunkEvents
from .control_parts import (
    ControlCuts,
    bhabha,
    gamma_gamma,
    neutral_pions,
    psi,
    two_tracks,
)
from .control_photons import MUON_PAIR_REGIONS, radiative_muons
from .objects_chosen import net_charge, number_identified, photons_in_time, tracks_from_origin
from .selected import Selected, own, union, worth_a_look

PHOTON_ENERGIES = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5)  # GeV, laboratory
# Degrees: forward, gap, three parts of the barrel, gap, backward.
PHOTON_ANGLES = (17.0, 28.0, 35.0, 60.0, 90.0, 124.0, 136.0, 150.0)


def _energy_axis(name: str) -> hist.axis.Variable:
    return hist.axis.Variable(list(PHOTON_ENERGIES), name=name, label=f"{name.replace('_', ' ')} [GeV]")


def _yes_or_no(name: str, label: str) -> hist.axis.Regular:
    """Make an axis whose first bin holds 0 (no) and whose second holds 1 (yes)."""
    return hist.axis.Regular(2, -0.5, 1.5, name=name, label=label, flow=False)


class Control(ByExperiment[ControlCuts]):
    """What the searches take from data: the talk's "Belle II performances in phase 2: photon reconstruction".

    Notes
    -----
    ==================== ========================================= ==============================================
    region               selection                                 what it measures
    ==================== ========================================= ==============================================
    radiative_muons      two muons and no further track; their     whether a photon is found, by predicted energy and
                         recoil has a photon's mass: |m^2| < 2     angle, gaps too; whether the muon system sees
                         sigma, theta to 1.5 degrees, 30 degrees   those lost; photon energy over the one that muons
                         from both, above 0.5 GeV; no other        and the photon's direction predict (chi2 < 12)
                         photon above 0.15 GeV
    neutral_pion         photon pairs of 0.08 to 0.20 GeV          pi0 mass and width
    j_psi                muon pairs of 2.9 to 3.3 GeV              momentum scale and resolution
    single_photon_line   radiative_muons with line ffo, the        whether lml1 fired, by the photon's E*
                         photon found at 33 to 120 degrees
    two_track_line       two electrons or muons with line hie,     whether ffo fired, by the opening in azimuth
                         at 32 to 128 degrees, pT > 0.4 GeV
    bhabha               two electrons, back to back               luminosity
    gamma_gamma          two photons, back to back                 luminosity
    ==================== ========================================= ==============================================

    All values of cuts are the project's own. Trigger efficiencies are taken from events that a line of another
    detector fired, and are as good as these are independent. There is no limit.

    Why radiative_muons asks for so much: photons that muons radiate share the muons' clusters (within 10 degrees up to
    half of them), which says nothing about photons that a search looks for; recoils of two photons, one lost along the
    beams, point between them (a tenth of the predictions below 1 GeV in the endcaps); and what is predicted near the
    beams may have gone there. A photon that converts leaves tracks: the efficiency is the calorimeter's alone.
    """

    name = "control"
    document = ControlCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight", "event"),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "klm": ("theta", "phi"),
        "trigger": ("ffo", "hie", "lml1"),
    }
    regions = (*MUON_PAIR_REGIONS, "neutral_pion", "j_psi", "two_track_line", "bhabha", "gamma_gamma")
    cuts = ("all", "trigger", "topology", "kinematics")
    observables: ClassVar[Mapping[str, Axes]] = {
        "energy_ratio": (
            _yes_or_no("barrel", "photon in the barrel"),
            _energy_axis("fitted_energy"),
            hist.axis.Variable(
                [0, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03],
                name="fitted_error",
                label="relative error of the fitted energy",
            ),
            hist.axis.Regular(160, 0.8, 1.2, name="energy_ratio", label="energy over fitted energy"),
        ),
        "photon_found": (
            _energy_axis("predicted_energy"),
            hist.axis.Variable(list(PHOTON_ANGLES), name="predicted_theta", label="predicted angle [deg]"),
            _yes_or_no("sideband", "recoil heavier than a photon"),
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
        "pair_cosine": (
            _yes_or_no("odd", "odd event number"),
            hist.axis.Regular(40, -1.0, 1.0, name="pair_cosine", label=r"$\cos\theta^*$"),
        ),
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
        "j_psi": ("ffo", "hie"),
        "two_track_line": ("hie",),
        "bhabha": ("lml1",),
        "gamma_gamma": ("lml1",),
    }
    limit = None

    def select(self, events: ChunkEvents, variation: str) -> Selected:  # noqa: ARG002  # control samples are not shifted
        """Select, see `Channel.select`: rows are events, or pairs of photons."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        photons = photons_in_time(events, chosen.photons)
        two = sound & (tracks.counts == 2) & (net_charge(tracks) == 0.0)
        muons, electrons = (
            number_identified(events, chosen.tracks, name, chosen.identification) for name in ("muon_id", "electron_id")
        )
        muon_pair = two & (muons == 2)
        topologies = {
            **dict.fromkeys(MUON_PAIR_REGIONS, muon_pair & (events.objects("tracks").counts == 2)),
            "neutral_pion": tracks.counts >= 2,
            "j_psi": muon_pair,
            "two_track_line": two & (muons + electrons == 2),
            "bhabha": two & (electrons == 2),
            "gamma_gamma": (tracks.counts == 0) & (photons.counts >= 2),
        }
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
            **{own("topology", region): passed for region, passed in topologies.items()},
        }
        radiative = worth_a_look(early, self.cuts, MUON_PAIR_REGIONS)
        looked = {region: worth_a_look(early, self.cuts, [region]) for region in self.regions}
        parts = [
            radiative_muons(events, tracks.of(radiative), radiative, chosen),
            psi(tracks.of(looked["j_psi"]), looked["j_psi"], chosen),
            two_tracks(events, tracks.of(looked["two_track_line"]), looked["two_track_line"], chosen),
            bhabha(events, tracks.of(looked["bhabha"]), looked["bhabha"], chosen),
            neutral_pions(photons, looked["neutral_pion"], chosen),
            gamma_gamma(events, photons, looked["gamma_gamma"], chosen),
        ]
        return union(early, parts, self.cuts, self.regions)
