"""e+e- -> gamma A', A' -> e+e- or mu+mu-: a narrow peak in the pair's mass (mu: reduced mass) beside one photon."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from ..datasets.documents import Document
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .flight import pair_flight
from .momenta import ELECTRON_MASS, MUON_MASS, Momenta
from .objects import Array, Mask, Objects
from .objects_chosen import (
    PhotonCuts,
    TrackCuts,
    net_charge,
    number_identified,
    photons_in_time,
    tracks_from_origin,
)
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .resolution_axis import mass_axis
from .selected import Selected, own, worth_a_look
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .trained import CLASSIFIER, TrainedCuts, TrainedSelection
from .visible_inputs import TRAINING, pair_angles
from .weighing import flat, identifications, photon_efficiency

PAPER = "BaBar, PRL 113, 201801 (2014)"
MASSES: Mapping[str, float] = {"ee": ELECTRON_MASS, "mumu": MUON_MASS}
IDENTIFIED: Mapping[str, str] = {"ee": "electron_id", "mumu": "muon_id"}


class PairCuts(Document):
    """Cuts that are looser where a classifier follows.

    Attributes
    ----------
    total_energy, total_momentum
        Largest |E* - sqrt(s)| and |p*| of pair and photon together.
    flight
        Largest significant flight radius of an e+e- pair, cm.
    helicity
        Largest |cos| of the negative lepton's angle in the pair's frame, by region.
    """

    total_energy: float
    total_momentum: float
    flight: float
    helicity: dict[str, float]


class VisibleCuts(TrainedCuts):
    """Values of the cuts (`selections/dark_photon_visible.yaml`): GeV, cm; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    identification
        Likelihood ratio of both leptons.
    photon_energy
        Least E* of the photon, and most of any other.
    pair
        Of the selection by cuts.
    before_classifier
        Of the trained one.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    identification: float
    photon_energy: float
    pair: PairCuts
    before_classifier: PairCuts


class DarkPhotonVisible(TrainedSelection[VisibleCuts]):
    """The search for a dark photon that decays to two leptons, BaBar, PRL 113, 201801 (2014), 514 fb^-1.

    Notes
    -----
    ================== =============================== =======================================================
    cut                value                           source, and what differs
    ================== =============================== =======================================================
    trigger            ffo or hie (Belle II)           two tracks or energy, no 3D Bhabha; BaBar: track lines
    two tracks         opposite, |d0| 2, |z0| 5 cm     paper: two oppositely charged tracks
    identification     0.9, both leptons               paper: one electron or both muons (recalled)
    one photon         exactly one, E* > 0.2 GeV       paper; further photons only below that
    balance            |E* - sqrt(s)| < 0.5 GeV,       own values: the paper fits the kinematics and cuts on the
                       |p*| < 0.5 GeV                  fit's quality; no fit here, so masses are as measured
    prompt (ee)        no vertex further than 1 cm     paper: electron flight length, against conversions
                       by 3 sigma
    helicity           |cos| < 0.8 (ee), 0.95 (mumu)   own values
    classifier         where trained models are named: paper: neural network on angular variables and flight length
                       score above the card's
                       threshold
    ================== =============================== =======================================================

    With a classifier (`visible_inputs.py` lists its variables; ee and mumu have models of their own, each for all
    masses) the last three cuts give way to the looser ones of `before_classifier`.

    The mumu observable is the reduced mass sqrt(m^2 - 4 m_mu^2), smooth at threshold. Bins are half of the paper's
    resolution of 1.5 to 8 MeV. Resonances are left out of the scan: omega/phi, J/psi, psi(2S), Y(1S), Y(2S) (recalled).
    """

    name = "dark_photon_visible"
    document = VisibleCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id"),
        "photons": ("px", "py", "pz", "energy", "time"),
        "vertices": ("x", "y", "radius_error"),
        "trigger": ("ffo", "hie"),
    }
    regions = ("ee", "mumu")
    variations = MOMENTUM_SHIFTS
    weight_variations = (
        "trigger_calorimeter",
        "tracking",
        "electron_identification",
        "muon_identification",
        "photon_efficiency",
    )
    cuts = ("all", "trigger", "two_tracks", "leptons", "one_photon", "balance", "prompt", "helicity", CLASSIFIER)
    training = TRAINING
    observables: ClassVar[Mapping[str, hist.axis.Variable]] = {
        "pair_mass": mass_axis("pair_mass", "$m_{ee}$ [GeV]", 0.0, 10.4, 0.0015, 0.00065),
        "reduced_mass": mass_axis("reduced_mass", "$m_R$ [GeV]", 0.0, 10.4, 0.0015, 0.00065),
    }
    only_in: ClassVar[Mapping[str, tuple[str, ...]]] = {"pair_mass": ("ee",), "reduced_mass": ("mumu",)}
    coarseness = 50
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "balance": CutVariable(
            hist.axis.Regular(60, -1.5, 1.5, name="excess_energy", label="$E^*-\\sqrt{s}$ [GeV]"), "below"
        ),
        "prompt": CutVariable(hist.axis.Regular(60, 0, 12, name="flight", label="flight radius [cm]"), "below"),
        "helicity": CutVariable(hist.axis.Regular(50, 0, 1, name="helicity", label="|cos helicity angle|"), "below"),
        CLASSIFIER: CutVariable(hist.axis.Regular(50, 0, 1, name=CLASSIFIER, label="classifier"), "above"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"ee": ("ffo", "hie"), "mumu": ("ffo", "hie")}
    limit = LimitRecipe(
        method="shape",
        histogram="pair_mass",
        regions=(
            RegionRange("ee", 0.02, 10.2),
            RegionRange(
                "mumu", 0.212, 10.2, "reduced_mass", WindowRule(10.0, 0.5, ("reduced_mass",), minimum_half_width=0.02)
            ),
        ),
        coupling="epsilon",
        modes_add=True,
        window=WindowRule(half_width=10.0, spacing=0.5, minimum_half_width=0.02),
        background="polynomial",
        background_order=3,
        systematics=(
            Systematic("signal efficiency", 0.02, "signal", "visible_efficiency", f"{PAPER}: 0.5 to 4 % (recalled)"),
            Systematic("luminosity", 0.006, "signal", "luminosity_babar", f"{PAPER} (recalled)"),
        ),
        excluded=((0.75, 0.81), (0.99, 1.05), (3.05, 3.15), (3.63, 3.73), (9.40, 9.52), (9.98, 10.06)),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        experiment = metadata(events, "experiment")
        trained = self.trained(experiment)
        limits = chosen.before_classifier if trained else chosen.pair
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        photons = photons_in_time(events, chosen.photons)
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
            "two_tracks": sound & (tracks.counts == 2) & (net_charge(tracks) == 0.0),
            **{
                own("leptons", region): number_identified(events, chosen.tracks, name, chosen.identification) == 2
                for region, name in IDENTIFIED.items()
            },
        }
        found = worth_a_look(early, self.cuts, self.regions)
        found = found[photons.counts[found] > 0]
        tracks, photons = shifted_tracks(tracks.of(found), variation, experiment), photons.of(found)
        gamma = Momenta.of_photons(photons).in_cm(events.beam)
        one = photons.count(~(gamma.energy <= chosen.photon_energy)) == 1
        hardest = photons.with_columns({"px": gamma.px, "py": gamma.py, "pz": gamma.pz, "energy": gamma.energy})
        hardest = hardest.ordered(gamma.energy)
        gamma = Momenta.of_photons(hardest)[hardest.first]
        radius = pair_flight(events, found)
        cuts: dict[str, Mask] = {"one_photon": one}
        values: dict[str, Array] = {"photon_energy": gamma.energy, "flight": radius, "log_flight": np.log1p(radius)}
        shapes = {region: _shape(events, tracks, gamma, mass, angles=trained) for region, mass in MASSES.items()}
        muons = early[own("leptons", "mumu")][found]
        for region, shape in shapes.items():
            cuts[own("balance", region)] = (np.abs(shape["excess_energy"]) < limits.total_energy) & (
                shape["total_momentum"] < limits.total_momentum
            )
            cuts[own("helicity", region)] = shape["helicity"] < limits.helicity[region]
        cuts[own("prompt", "ee")] = radius < limits.flight
        for name in (each for each in shapes["ee"] if each != "mass"):
            values[name] = np.where(muons, shapes["mumu"][name], shapes["ee"][name])
        values["pair_mass"] = shapes["ee"]["mass"]
        # Below threshold a real pair cannot lie: reduced masses are numbers from 0 on.
        values["reduced_mass"] = np.sqrt(shapes["mumu"]["mass"] ** 2 - 4.0 * MUON_MASS**2)
        selected = Selected(early, found, cuts, values, _weights(events, tracks, muons, gamma.energy, chosen))
        return self.classified(events, experiment, selected, self.cuts)


def _shape(events: ChunkEvents, tracks: Objects, gamma: Momenta, mass: float, *, angles: bool) -> dict[str, Array]:
    leptons = Momenta.of_tracks(tracks, mass).in_cm(events.beam).table(tracks, 2)
    both = leptons.total()
    everything = both + gamma
    negative = np.where(tracks.table(tracks["charge"], 2)[:, 0] < 0.0, 0, 1)
    rows = np.arange(len(negative))
    lepton, other = leptons[rows, negative], leptons[rows, 1 - negative]
    cosine = helicity_cosine(lepton, both)
    return {
        "mass": both.mass,
        "excess_energy": everything.energy - events.beam.sqrt_s,
        "total_momentum": everything.p,
        "helicity": np.abs(cosine),
        **(pair_angles(lepton, other, gamma, cosine) if angles else {}),
    }


def helicity_cosine(daughter: Momenta, mother: Momenta) -> Array:
    """Give the cosine of the daughter's angle in the mother's frame to the mother's direction, from invariants.

    For daughters of equal mass: cos = (E1 - E2) / (beta p), with E1 - E2 = 2 E1 - E, p the mother's momentum and
    beta the daughters' velocity in her frame.
    """
    velocity = np.sqrt(1.0 - 4.0 * np.abs(daughter.mass_squared) / mother.mass_squared)
    return (2.0 * daughter.energy - mother.energy) / (velocity * mother.p)


def _weights(events: ChunkEvents, tracks: Objects, muons: Mask, energy: Array, chosen: VisibleCuts) -> dict[str, Array]:
    of_muons = muons[tracks.event]
    return (
        flat("trigger_calorimeter", len(muons))
        | flat("tracking", len(muons), 2.0)
        | identifications(events, tracks, {"muon": of_muons, "electron": ~of_muons}, chosen.identification_tables)
        | photon_efficiency(energy)
    )
