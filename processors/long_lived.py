"""Displaced pairs of tracks: B -> K(*) S, inelastic dark matter, or inclusive, in bins of the vertex's radius."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents, metadata
from .displaced import Displaced, displaced_pairs
from .momenta import KAON_MASS, PION_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import PhotonCuts, TrackCuts, identified, photons_in_time, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .selected import Part, Selected, own, union
from .shifts import MOMENTUM_SHIFTS, shifted_tracks
from .weighing import flat, pair, size_of

BELLE2 = "Belle II, PRD 108, L111104 (2023), 189 fb^-1"
BABAR = "BaBar, PRL 114, 171801 (2015)"
KAON_STAR = 0.89555  # GeV, K*(892)0, PDG 2024
BINS = ("near", "middle", "far")
TOPOLOGIES = ("kaon", "missing", "inclusive")
VERTEX_SCALE = 10.0  # cm of radius at which vertexing is as uncertain as stated


class LongLivedCuts(CutsDocument):
    """Values of the cuts (`selections/long_lived.yaml`): GeV, cm, degrees; star: CM frame.

    Attributes
    ----------
    prompt, photons
        What counts as a track from the interaction point and as a photon.
    probability, significance
        Least p-value of the vertex, and radius over its uncertainty.
    radii
        Edges of the bins near, middle and far.
    identification, kaon
        Likelihood ratios of leptons and of the kaon.
    kaon_star_window
        Largest distance of a K pi pair from the K*(892)0.
    beam_constrained_mass, energy_difference
        Least M_bc and largest |Delta E| of a B candidate.
    pointing
        Largest angle between momentum and flight of inclusive pairs.
    extra_energy, missing_mass
        Beside pairs with missing energy: largest sum of photons, least recoil mass.
    kaon_short_window, lambda_window
        Pairs this close to the K_S (as pi pi) or Lambda (as p pi) are left out.
    conversion_mass
        Pairs below as e+e- are left out.
    """

    prompt: TrackCuts
    photons: PhotonCuts
    probability: float
    significance: float
    radii: tuple[float, float, float, float]
    identification: float
    kaon: float
    kaon_star_window: float
    beam_constrained_mass: float
    energy_difference: float
    pointing: float
    extra_energy: float
    missing_mass: float
    kaon_short_window: float
    lambda_window: float
    conversion_mass: float


class LongLived(ByExperiment[LongLivedCuts]):
    """The searches for long-lived particles that decay to two charged ones.

    Notes
    -----
    ================== ==================================== =====================================================
    cut                value                                source, and what differs
    ================== ==================================== =====================================================
    trigger            ffo, fff, hie or stt                 tracks or calorimeter energy
    vertex             p-value 0.001, 5 sigma off the beam  PRD 108, L111104 (radius above 0.05 cm); own values
    radius             0.2 - 2 - 15 - 60 cm                 own bins; BaBar: beyond 1 cm
    no K_S, Lambda     20 MeV (pi pi), 10 MeV (p pi)        papers veto both
    no conversion      m(ee) > 50 MeV                       papers
    kaon topology      kaon 0.6, M_bc > 5.27 GeV,           PRD 108, L111104
                       |Delta E| < 0.05 GeV
    K*0                K pi within 0.15 GeV of 0.896        PRD 108, L111104 (recalled)
    missing topology   no other track, photons < 0.5 GeV    own: inelastic dark matter, chi1 chi2 without a photon
    pointing           5 degrees (inclusive)                BaBar PRL 114, 171801: collinear within 0.01 rad
    ================== ==================================== =====================================================

    A vertex is filled in one topology: as a B candidate's where it makes one, else as one with missing energy, else as
    an inclusive one. The pair's mass is that of two muons, electrons or kaons as identified, else of two pions. The
    lifetime's grid is the samples'; each has its own efficiency in the bins of radius.
    """

    name = "long_lived"
    document = LongLivedCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "charge", "d0", "z0", "electron_id", "muon_id", "kaon_id"),
        "photons": ("energy", "time"),
        "vertices": (
            *("first", "second", "x", "y", "z", "radius_error", "probability"),
            *(f"{which}_p{axis}" for which in ("first", "second") for axis in "xyz"),
        ),
        "trigger": ("ffo", "fff", "hie", "stt"),
    }
    regions = tuple(f"{topology}_{place}" for topology in TOPOLOGIES for place in BINS)
    variations = MOMENTUM_SHIFTS
    weight_variations = ("trigger_multi_track", "tracking", "vertexing")
    cuts = ("all", "trigger", "vertex", "radius", "no_kaon_short", "no_lambda", "no_conversion", "topology", "pointing")
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "displaced_mass": hist.axis.Regular(1000, 0.0, 10.0, name="displaced_mass", label="pair mass [GeV]"),
    }
    coarseness = 50
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "no_kaon_short": CutVariable(
            hist.axis.Regular(60, 0.44, 0.56, name="pion_pair_mass", label=r"$m_{\pi\pi}$ [GeV]"), "above"
        ),
        "no_lambda": CutVariable(
            hist.axis.Regular(60, 1.08, 1.2, name="lambda_mass", label=r"$m_{p\pi}$ [GeV]"), "above"
        ),
        "pointing": CutVariable(hist.axis.Regular(60, 0, 30, name="pointing", label="pointing angle [deg]"), "below"),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(regions, ("ffo", "fff", "hie", "stt"))
    limit = LimitRecipe(
        method="counting",
        histogram="displaced_mass",
        regions=tuple(
            RegionRange(region, 0.1, 4.78 if region.startswith("kaon") else 9.5)
            for region in (f"{topology}_{place}" for topology in TOPOLOGIES for place in BINS)
        ),
        coupling="branching_fraction",
        coupling_power=1,
        window=WindowRule(half_width=2.0, spacing=0.5, minimum_half_width=0.05),
        background="simulation",
        systematics=(
            Systematic("signal efficiency", 0.1, "signal", "displaced_efficiency", f"{BELLE2} (recalled)"),
            Systematic("number of B pairs", 0.03, "signal", "number_of_b_pairs", f"{BELLE2} (recalled)"),
            Systematic("background", 0.2, "background", "displaced_background", "assumed"),
        ),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Select, see `Channel.select`: a row a vertex; the variations shift the tracks' momenta."""
        chosen = self.chosen(events)
        vertices = _worth_a_look(events, chosen)
        early = {
            "all": events.sound,
            "trigger": events.fired(self.lines(events, self.regions[0])),
            "vertex": vertices.counts > 0,
        }
        found = np.flatnonzero(early["all"] & early["trigger"] & early["vertex"])
        pairs = displaced_pairs(events, vertices, found, chosen.identification, variation)
        candidate = _b_candidate(events, found, pairs, chosen, variation)
        alone = _alone(events, found, pairs, chosen)
        topology = {"kaon": candidate, "missing": alone & ~candidate, "inclusive": ~alone & ~candidate}
        part = Part(
            regions=self.regions,
            event=found[pairs.event],
            cuts=_vertex_cuts(pairs, chosen)
            | {own("topology", region): topology[region.split("_")[0]] for region in self.regions}
            | {own("radius", region): _in_bin(pairs, chosen, region.split("_")[1]) for region in self.regions}
            | {
                own("pointing", region): pairs.pointing < chosen.pointing
                for region in self.regions
                if not region.startswith("missing")
            },
            values={
                "displaced_mass": pairs.mass,
                "radius": pairs.radius,
                "pion_pair_mass": pairs.pion_pair_mass,
                "lambda_mass": pairs.lambda_mass,
                "pointing": pairs.pointing,
            },
            weights=flat("trigger_multi_track", len(pairs.event))
            | flat("tracking", len(pairs.event), 2.0)
            | pair("vertexing", 1.0 + np.minimum(size_of("vertexing") * pairs.radius / VERTEX_SCALE, 1.0)),
        )
        return union(early, [part], self.cuts, self.regions)


def _worth_a_look(events: ChunkEvents, chosen: LongLivedCuts) -> Objects:
    """Keep the vertices of some quality within the bins of radius, once a chunk: few are."""

    def find() -> Objects:
        vertices = events.objects("vertices")
        radius = np.hypot(vertices["x"], vertices["y"])
        inside = (radius >= chosen.radii[0]) & (radius < chosen.radii[-1])
        good = (vertices["probability"] > chosen.probability) & (vertices["probability"] <= 1.0)
        return vertices.keep(inside & good & (radius / vertices["radius_error"] > chosen.significance))

    return events.once(("vertices", chosen.radii, chosen.probability, chosen.significance), find)


def _vertex_cuts(pairs: Displaced, chosen: LongLivedCuts) -> dict[str, Mask]:
    return {
        "no_kaon_short": pairs.kaon_short_distance > chosen.kaon_short_window,
        "no_lambda": pairs.lambda_distance > chosen.lambda_window,
        "no_conversion": pairs.electron_pair_mass > chosen.conversion_mass,
    }


def _in_bin(pairs: Displaced, chosen: LongLivedCuts, name: str) -> Mask:
    place = BINS.index(name)
    return np.asarray((pairs.radius >= chosen.radii[place]) & (pairs.radius < chosen.radii[place + 1]))


def _b_candidate(events: ChunkEvents, found: Index, pairs: Displaced, chosen: LongLivedCuts, variation: str) -> Mask:
    """Tell which displaced pairs make a B meson with a prompt kaon, or with a K*(892)0 of a kaon and a pion."""
    prompt, _, good_ones = tracks_from_origin(events, chosen.prompt)
    tracks = shifted_tracks(prompt.keep(good_ones).of(found), variation, metadata(events, "experiment"))
    kaons = tracks.keep(identified(tracks["kaon_id"], chosen.kaon))
    pions = tracks.keep(~identified(tracks["kaon_id"], chosen.kaon))
    kaon = Momenta.of_tracks(kaons, KAON_MASS)
    vertex, one = pairs.objects.pairs_with(kaons)
    good = pairs.without(kaons, vertex, one) & _is_b(events, pairs.momentum[vertex] + kaon[one], chosen)
    accepted = np.bincount(vertex[good], minlength=len(pairs.event)) > 0
    stars = _kaon_stars(kaons, pions, kaon, Momenta.of_tracks(pions, PION_MASS), chosen.kaon_star_window)
    vertex, star = pairs.objects.pairs_with(stars.objects)
    good = pairs.without(kaons, vertex, stars.kaon[star]) & pairs.without(pions, vertex, stars.pion[star])
    good &= _is_b(events, pairs.momentum[vertex] + stars.momentum[star], chosen)
    return np.asarray(accepted | (np.bincount(vertex[good], minlength=len(pairs.event)) > 0))


class _Stars:
    """Pairs of a kaon and a pion of opposite charge near the K*(892)0."""

    def __init__(self, kaons: Objects, kaon: Index, pion: Index, momentum: Momenta) -> None:
        self.kaon, self.pion, self.momentum = kaon, pion, momentum
        counts = np.bincount(kaons.event[kaon], minlength=kaons.events)
        self.objects = Objects(lambda name: np.zeros(len(kaon)), counts.astype(np.int64))  # noqa: ARG005  # no columns


def _kaon_stars(kaons: Objects, pions: Objects, kaon: Momenta, pion: Momenta, window: float) -> _Stars:
    first, second = kaons.pairs_with(pions)
    both = kaon[first] + pion[second]
    good = (np.abs(both.mass - KAON_STAR) < window) & (kaons["charge"][first] * pions["charge"][second] < 0.0)
    return _Stars(kaons, first[good], second[good], both[good])


def _is_b(events: ChunkEvents, candidates: Momenta, chosen: LongLivedCuts) -> Mask:
    """Cut on M_bc = sqrt(s/4 - p*^2) and Delta E = E* - sqrt(s)/2."""
    centre, half = candidates.in_cm(events.beam), events.beam.sqrt_s / 2.0
    constrained = np.sqrt(half**2 - centre.p**2)
    return np.asarray(
        (constrained > chosen.beam_constrained_mass) & (np.abs(centre.energy - half) < chosen.energy_difference)
    )


def _alone(events: ChunkEvents, found: Index, pairs: Displaced, chosen: LongLivedCuts) -> Mask:
    """Tell which pairs have no other track and little energy beside them, and enough missing mass."""
    tracks = tracks_from_origin(events, chosen.prompt).tracks.of(found)
    vertex, one = pairs.objects.pairs_with(tracks)
    others = np.bincount(vertex[pairs.without(tracks, vertex, one)], minlength=len(pairs.event))
    photons = photons_in_time(events, chosen.photons).of(found)
    extra: Array = photons.sum(photons["energy"])[pairs.event]
    missing = pairs.momentum.recoil(events.beam).mass
    return np.asarray((others == 0) & (extra < chosen.extra_energy) & (missing > chosen.missing_mass))
