"""Photons that two muons predict, and what calorimeter, muon system and trigger saw of them."""

import numpy as np

from .chunk_events import ChunkEvents
from .control_parts import ControlCuts
from .momenta import MUON_MASS, Momenta
from .objects import Array, Index, Mask, Objects
from .objects_chosen import in_part, photons_in_time
from .recoil_photon import Recoil
from .selected import Part, own
from .single_photon import muon_system_distance

MUON_PAIR_REGIONS = ("radiative_muons", "single_photon_line")


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
    seen, single = matched.counts > 0, prediction.pull < chosen.mass_pull
    first = Momenta.of_photons(matched)[matched.first[seen]]
    central = _spread(first.within(*chosen.photon_line_angle), seen) == 1.0
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
            "in_muon_system": _close(muon_system_distance(events, found, photon), chosen),
            "barrel": _spread(in_part(events, first, "calorimeter_barrel"), seen),
            "photon_energy": _spread(first.in_cm(events.beam).energy, seen),
            "fired": events.fired(("lml1",))[found].astype(np.float64),
            **_energies(recoil, first, seen, single, chosen),
        },
    )


def _energies(recoil: Recoil, photons: Momenta, seen: Mask, single: Mask, chosen: ControlCuts) -> dict[str, Array]:
    """Compare the energies of the photons that were seen with those that the muons and their directions predict."""
    fitted = Recoil(recoil.momentum[seen], recoil.covariance[seen]).along(photons, chosen.errors)
    sound = np.where(single[seen] & (fitted.chi2 < chosen.energy_chi2), 1.0, np.nan)
    return {
        "fitted_energy": _spread(fitted.energy, seen),
        "fitted_error": _spread(fitted.error / fitted.energy * sound, seen),
        "energy_ratio": _spread(photons.energy / fitted.energy, seen),
    }


def _close(distance: Array, chosen: ControlCuts) -> Array:
    return np.asarray(distance < chosen.muon_system_match, dtype=np.float64)


def _spread(values: np.ndarray, there: Mask) -> Array:
    """Give a value for each row: those of the rows that have one, NaN for the others."""
    result = np.full(len(there), np.nan)
    result[there] = values
    return result
