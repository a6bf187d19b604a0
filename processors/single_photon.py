"""One photon and nothing else: the selection of the searches for an invisible dark photon and an invisible ALP."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from ..datasets.documents import Document
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .momenta import Momenta
from .objects import Array, Index, Mask
from .objects_chosen import PhotonCuts, TrackCuts, in_part, photons_in_time, tracks_from_origin
from .selected import Selected, own, worth_a_look
from .shifts import PHOTON_SHIFTS
from .single_photon_inputs import TRAINING, balance, muon_system_layers, second_cluster, shower_shapes
from .trained import CLASSIFIER, TrainedCuts, TrainedSelection
from .weighing import beam_background, flat, photon_efficiency


class Vetoes(Document):
    """Cuts that are looser where a classifier follows.

    Attributes
    ----------
    cosines
        (E*, lowest, highest cos theta*) of the photon: straight lines between, constant beyond.
    second_cluster
        Energy of the second cluster, laboratory.
    muon_system_angle
        No cluster of the muon system this close to the missing momentum.
    """

    cosines: tuple[tuple[float, float, float], ...]
    second_cluster: float
    muon_system_angle: float


class SinglePhotonCuts(TrainedCuts):
    """Values of the cuts (`selections/<channel>.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a cluster.
    low_mass, high_mass
        Ranges of M_X^2 in GeV^2.
    vetoes
        Of the selection by cuts.
    before_classifier
        Of the trained one.
    """

    tracks: TrackCuts
    photons: PhotonCuts
    low_mass: tuple[float, float]
    high_mass: tuple[float, float]
    vetoes: Vetoes
    before_classifier: Vetoes


class SinglePhoton(TrainedSelection[SinglePhotonCuts]):
    """One photon and nothing else, in two overlapping regions of the missing mass.

    Notes
    -----
    ===================== ============================ ======================= ====================================
    cut                   Belle II                     BaBar                   source, and what differs
    ===================== ============================ ======================= ====================================
    trigger               LowM lml1 (E* > 2 GeV),      E* > 3 GeV (LowM),      Belle II's lines; BaBar's recalled
                          HighM lml6 (E* > 1 GeV)      1.5 GeV (HighM)
    no track              |d0| 0.5, |z0| 2 cm,         1.5, 10 cm, 0.05 GeV    skim SinglePhotonDark; BaBar recalled
                          pT 0.15 GeV
    photon                the most energetic within    same                    skim
                          200 ns
    photon direction      barrel ECL, laboratory       same                    away from gaps; experiment's bounds
    cos theta*            |.| < 0.45 at E* = 2 GeV,    -0.4 to 0.6             own choice (Bhabhas at low E*);
                          0.6 from 3.6 GeV on                                  BaBar, PRL 119, 131804
    M_X^2                 LowM -4 to 36, HighM 24 to   same                    BaBar, and L. Zani, Venice 2019
                          69 GeV^2
    no second cluster     E > 0.15 GeV, laboratory     0.1 GeV                 2018 skim 0.1, later 0.55: own choice
    muon system           none within 25 degrees of    20 degrees              own choice; BaBar's veto recalled
                          the missing momentum
    classifier            where trained models are     same                    paper: BDT on 12 variables
                          named: score above the
                          card's threshold
    ===================== ============================ ======================= ====================================

    With a classifier (`single_photon_inputs.py` lists its 12 variables; LowM and HighM have models of their own) the
    cuts on cos theta*, the second cluster and the muon system give way to the looser ones of `before_classifier`. The
    paper's variables are not published one by one: these are own choices of its kinds (cluster shape, other clusters,
    missing momentum, muon system). By how much energy scale and resolution are shifted is the project's own choice
    (`uncertainties.yaml`).
    """

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "photons": ("px", "py", "pz", "energy", "time"),
        "tracks": ("px", "py", "d0", "z0"),
        "klm": ("theta", "phi"),
        "trigger": ("lml1", "lml6"),
    }
    document = SinglePhotonCuts
    regions = ("low_mass", "high_mass")
    variations = PHOTON_SHIFTS
    weight_variations = ("photon_efficiency", "trigger_single_photon", "beam_background")
    cuts = (
        "all",
        "trigger",
        "no_track",
        "photon_in_barrel",
        "photon_angle",
        "mass_range",
        "no_second_cluster",
        "quiet_muon_system",
        CLASSIFIER,
    )
    training = TRAINING
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "missing_mass_squared": hist.axis.Regular(
            1500, -5.0, 70.0, name="missing_mass_squared", label="$M_X^2$ [GeV$^2$]"
        ),
    }
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "photon_angle": CutVariable(hist.axis.Regular(50, -1, 1, name="cosine", label=r"$\cos\theta^*$"), "below"),
        "no_second_cluster": CutVariable(
            hist.axis.Regular(50, 0, 1, name="second_energy", label="second cluster [GeV]"), "below"
        ),
        "quiet_muon_system": CutVariable(
            hist.axis.Regular(60, 0, 180, name="muon_system_distance", label="KLM cluster to missing momentum [deg]"),
            "above",
        ),
        CLASSIFIER: CutVariable(hist.axis.Regular(50, 0, 1, name=CLASSIFIER, label="classifier"), "above"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"low_mass": ("lml1",), "high_mass": ("lml6",)}

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`; the variations shift all photon energies."""
        return events.once(("single photon", self.key, variation), lambda: self._select(events, variation))

    @property
    def key(self) -> str:
        """What tells selections with other values apart."""
        return repr((self.selections, self.classifiers, self.preselection))

    def _select(self, events: ChunkEvents, variation: str) -> Selected:
        chosen = self.chosen(events)
        experiment = metadata(events, "experiment")
        vetoes = chosen.before_classifier if self.trained(experiment) else chosen.vetoes
        photons = photons_in_time(events, chosen.photons, variation)
        early = {
            "all": events.sound,
            **{own("trigger", region): events.fired(self.lines(events, region)) for region in self.regions},
            "no_track": tracks_from_origin(events, chosen.tracks).tracks.counts == 0,
        }
        found = worth_a_look(early, self.cuts, self.regions)
        found = found[photons.counts[found] > 0]
        photons = photons.of(found)
        photons = photons.ordered(photons["energy"])
        momenta = Momenta.of_photons(photons)
        photon, second_energy = momenta[photons.first], photons.nth(momenta.energy, 1)
        centre = photon.in_cm(events.beam)
        beam = events.beam
        mass_squared = beam.sqrt_s**2 - 2.0 * beam.sqrt_s * centre.energy
        missing = photon.recoil(beam)
        distance = muon_system_distance(events, found, missing)
        second_energy = np.where(photons.counts > 1, second_energy, 0.0)
        inputs: dict[str, Array] = {}
        if self.trained(experiment):
            inputs = {
                **shower_shapes(photons),
                **balance(centre, missing, beam.sqrt_s),
                **second_cluster(photons, momenta, missing, chosen.photons.window),
                "muon_system_layers": muon_system_layers(events, found),
            }
        selected = Selected(
            early=early,
            event=found,
            cuts={
                "photon_in_barrel": in_part(events, photon, "calorimeter_barrel"),
                "photon_angle": _central(centre, vetoes.cosines),
                **{
                    own("mass_range", region): (mass_squared >= low) & (mass_squared < high)
                    for region, (low, high) in (("low_mass", chosen.low_mass), ("high_mass", chosen.high_mass))
                },
                "no_second_cluster": second_energy <= vetoes.second_cluster,
                "quiet_muon_system": distance > vetoes.muon_system_angle,
            },
            values={
                "missing_mass_squared": mass_squared,
                "energy": centre.energy,
                "cosine": centre.cosine,
                "second_energy": second_energy,
                "muon_system_distance": distance,
                "extra_energy": photons.sum(momenta.energy) - photon.energy,
                **inputs,
            },
            weights=photon_efficiency(photon.energy)
            | flat("trigger_single_photon", len(found))
            | beam_background(events, found),
        )
        return self.classified(events, experiment, selected, self.cuts)


def muon_system_distance(events: ChunkEvents, found: Index, axis: Momenta) -> Array:
    """Give the angle (degrees) between each event's axis and the nearest cluster of the muon system.

    180 without a cluster; NaN where a cluster's direction is not a number, so that it cannot be overlooked.
    """
    clusters = events.objects("klm").of(found)
    theta, phi = clusters["theta"], clusters["phi"]
    sine = np.sin(theta)
    directions = Momenta(sine * np.cos(phi), sine * np.sin(phi), np.cos(theta), np.ones(len(clusters)))
    angles = directions.angle(axis[clusters.event])
    nearest = np.full(len(found), 180.0)
    np.minimum.at(nearest, clusters.event, angles)
    return nearest


def _central(photon: Momenta, cosines: tuple[tuple[float, float, float], ...]) -> Mask:
    energies, lowest, highest = np.transpose(cosines)
    low, high = np.interp(photon.energy, energies, lowest), np.interp(photon.energy, energies, highest)
    return np.asarray((photon.cosine > low) & (photon.cosine < high))
