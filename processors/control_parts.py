"""What the control samples measure, by topology: predicted photons, pi0, J/psi, lines, Bhabha and two photons."""

import numpy as np

from .by_experiment import CutsDocument
from .chunk_events import ChunkEvents
from .momenta import ELECTRON_MASS, MUON_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import PhotonCuts, TrackCuts, in_part, photons_in_time
from .recoil_photon import PredictionErrors, Recoil
from .selected import Part, own
from .single_photon import muon_system_distance

MUON_PAIR_REGIONS = ("radiative_muons", "single_photon_line")


class ControlCuts(CutsDocument):
    """Values of the cuts (`selections/control.yaml`): GeV, degrees; star: CM frame.

    Attributes
    ----------
    tracks, photons
        What counts as a track and as a photon.
    identification
        Likelihood ratio of leptons.
    errors
        What the error of the predicted photon is made of.
    calorimeter
        Polar angles that the predicted photon may have, gaps included.
    recoil_energy, recoil_mass_squared
        Least energy of what recoils against two muons, and largest |m^2| of it, GeV^2 a GeV of energy, for a closer
        look.
    mass_pull, sideband
        Largest |m^2| of it over its error; what is above that and below `sideband` is kept apart, to see what recoils
        of several photons do among those of one.
    theta_error
        Largest error of the predicted polar angle.
    muon_angle
        Least angle between the prediction and a muon.
    other_angle, other_energy
        No photon above this energy further away from the prediction than that.
    match, match_energy
        A photon this close to the prediction, with at least this share of its energy, is it.
    muon_system_match
        A cluster of the muon system this close to the prediction is its.
    energy_chi2
        Largest chi2 (three degrees of freedom) of the fit that predicts the energy.
    photon_line_angle
        Polar angles of the photon where lml1 looks.
    track_line_angle, track_line_pt
        Polar angles and least transverse momentum of the tracks that ffo counts.
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
    errors: PredictionErrors
    calorimeter: tuple[float, float]
    recoil_energy: float
    recoil_mass_squared: float
    mass_pull: float
    sideband: float
    theta_error: float
    muon_angle: float
    other_angle: float
    other_energy: float
    match: float
    match_energy: float
    muon_system_match: float
    energy_chi2: float
    photon_line_angle: tuple[float, float]
    track_line_angle: tuple[float, float]
    track_line_pt: float
    pion_photon: float
    pion_mass: tuple[float, float]
    psi_mass: tuple[float, float]
    electron_energy: float
    pair_opening: float
    pair_polar_angle: tuple[float, float]


def psi(tracks: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give muon pairs near the J/psi."""
    mass = Momenta.of_tracks(tracks, MUON_MASS).table(tracks, 2).total().mass
    near = _between(mass, chosen.psi_mass)
    return Part(
        regions=("j_psi",),
        event=found[near],
        cuts={"kinematics": np.ones(int(near.sum()), dtype=bool)},
        values={"psi_mass": mass[near]},
    )


def radiative_muons(events: ChunkEvents, tracks: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give the photons that two muons predict, and what was seen of them."""
    muons = Momenta.of_tracks(tracks, MUON_MASS).table(tracks, 2)
    rest = muons.total().recoil(events.beam)
    near = np.flatnonzero(
        (rest.energy > 0.8 * chosen.recoil_energy)
        & (np.abs(rest.mass_squared) < chosen.recoil_mass_squared * rest.energy)
    )
    muons, found = muons[near], found[near]
    recoil = Recoil.of(muons, events.beam, chosen.errors)
    prediction = recoil.massless()
    photon = prediction.photon
    photons = photons_in_time(events, chosen.photons).of(found)
    angle = Momenta.of_photons(photons).angle(photon[photons.event])
    others = photons.any(~(photons["energy"] <= chosen.other_energy) & ~(angle <= chosen.other_angle))
    clear = (
        (prediction.pull > -chosen.mass_pull)
        & (prediction.pull < chosen.sideband)
        & (prediction.theta_error < chosen.theta_error)
        & (photon.energy > chosen.recoil_energy)
        & photon.within(*chosen.calorimeter)
        & (muons.angle(photon[:, np.newaxis]) > chosen.muon_angle).all(axis=-1)
        & ~others
    )
    right = (angle < chosen.match) & (photons["energy"] > chosen.match_energy * photon.energy[photons.event])
    matched = photons.with_columns({"angle": angle}).keep(right)
    matched = matched.ordered(-matched["angle"])
    seen = matched.counts > 0
    rows = np.flatnonzero(seen)
    first = Momenta.of_photons(matched)[matched.first[rows]]
    fitted = Recoil(recoil.momentum[rows], recoil.covariance[rows]).along(first, chosen.errors)
    single = prediction.pull < chosen.mass_pull
    sound = np.where(single[rows] & (fitted.chi2 < chosen.energy_chi2), 1.0, np.nan)
    barrel = _spread(in_part(events, first, "calorimeter_barrel"), seen)
    central = _spread(first.within(*chosen.photon_line_angle), seen) == 1.0
    distance = muon_system_distance(events, found, photon)
    return Part(
        regions=MUON_PAIR_REGIONS,
        event=found,
        cuts={
            "kinematics": clear,
            own("kinematics", "single_photon_line"): clear & single & central,
        },
        values={
            "predicted_energy": photon.energy,
            "predicted_theta": photon.theta,
            "sideband": (~single).astype(np.float64),
            "found": seen.astype(np.float64),
            "in_muon_system": (distance < chosen.muon_system_match).astype(np.float64),
            "barrel": barrel,
            "fitted_energy": _spread(fitted.energy, seen),
            "fitted_error": _spread(fitted.error / fitted.energy * sound, seen),
            "energy_ratio": _spread(first.energy / fitted.energy, seen),
            "photon_energy": _spread(first.in_cm(events.beam).energy, seen),
            "fired": events.fired(("lml1",))[found].astype(np.float64),
        },
    )


def _spread(values: np.ndarray, there: Mask) -> Array:
    """Give a value for each row: those of the rows that have one, NaN for the others."""
    result = np.full(len(there), np.nan)
    result[there] = values
    return result


def two_tracks(events: ChunkEvents, tracks: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give pairs of leptons that the two-track line can see, and whether it fired."""
    both = Momenta.of_tracks(tracks, 0.0).table(tracks, 2)
    opening = np.degrees(np.abs(np.angle(np.exp(1j * (both.phi[:, 0] - both.phi[:, 1])))))
    central = both.within(*chosen.track_line_angle) & (both.pt > chosen.track_line_pt)
    fired = events.fired(("ffo",))[found]
    return Part(
        regions=("two_track_line",),
        event=found,
        cuts={"kinematics": np.asarray(central.all(axis=-1))},
        values={"opening": opening, "fired": fired.astype(np.float64)},
    )


def bhabha(events: ChunkEvents, tracks: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give back-to-back electron pairs; the angle is the electron's."""
    # The negative one is the electron: it comes last.
    tracks = tracks.ordered(tracks["charge"])
    both = Momenta.of_tracks(tracks, ELECTRON_MASS).in_cm(events.beam).table(tracks, 2)
    return Part(
        regions=("bhabha",),
        event=found,
        cuts={"kinematics": _back_to_back(both, chosen)},
        values={"pair_cosine": both[:, 1].cosine, "odd": _odd(events, found)},
    )


def gamma_gamma(events: ChunkEvents, photons: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give back-to-back photon pairs; the angle is that of the more energetic one."""
    photons = photons.of(found)
    photons = photons.ordered(photons["energy"])
    both = Momenta.of_photons(photons).in_cm(events.beam).table(photons, 2)
    return Part(
        regions=("gamma_gamma",),
        event=found,
        cuts={"kinematics": _back_to_back(both, chosen)},
        values={"pair_cosine": both[:, 0].cosine, "odd": _odd(events, found)},
    )


def neutral_pions(photons: Objects, found: Index, chosen: ControlCuts) -> Part:
    """Give all photon pairs near the pi0."""
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


def _odd(events: ChunkEvents, found: Index) -> Array:
    """Tell odd event numbers, so that simulation can be measured with the acceptance of its other half."""
    return np.asarray(events.event, dtype=np.int64)[found] % 2.0


def _between(values: np.ndarray, range_: tuple[float, float]) -> Mask:
    return np.asarray((values > range_[0]) & (values < range_[1]))
