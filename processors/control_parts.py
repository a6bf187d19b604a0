"""What the control samples measure, by topology: pi0, J/psi, trigger lines, Bhabha and two photons."""

import numpy as np

from .by_experiment import CutsDocument
from .chunk_events import ChunkEvents
from .momenta import ELECTRON_MASS, MUON_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import PhotonCuts, TrackCuts
from .recoil_photon import PredictionErrors
from .selected import Part


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
