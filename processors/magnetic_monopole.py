"""e+e- -> M Mbar of small magnetic charge: two back-to-back, highly ionising tracks that bend in r-z only."""

from collections.abc import Mapping
from typing import ClassVar

import hist
import numpy as np

from .by_experiment import ByExperiment, CutsDocument
from .channel import CutVariable
from .chunk_events import ChunkEvents
from .momenta import Momenta
from .objects import Array
from .objects_chosen import TrackCuts, tracks_from_origin
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .selected import Selected, own, worth_a_look
from .weighing import flat

LARGEST = 199.0  # of the ionisation axis
PLAN = "own, after L. Zani, Venice 2019 (planned search, nothing published)"


class MonopoleCuts(CutsDocument):
    """Values of the cuts (`selections/magnetic_monopole.yaml`).

    Attributes
    ----------
    tracks
        What counts as a track.
    ionisation
        Least dE/dx of both tracks, over a minimum ionising particle's.
    opening
        Least angle between them, degrees, laboratory azimuth.
    bending
        Least |curvature in r-z| of both, 1/cm, of opposite signs.
    straight_pt
        Least transverse momentum that a track fitted as electrically charged appears to have, GeV.
    """

    tracks: TrackCuts
    ionisation: float
    opening: float
    bending: float
    straight_pt: float


class MagneticMonopole(ByExperiment[MonopoleCuts]):
    """The search for pairs of magnetic monopoles, in a grid of mass and charge, as a counting experiment.

    Notes
    -----
    ============== ==================================== ======================================================
    cut            value                                source, and what differs
    ============== ==================================== ======================================================
    trigger        ffo or hie                           two tracks apart, or calorimeter energy
    two tracks     |d0| 2, |z0| 5 cm                    own
    back to back   azimuths 170 degrees apart           own: produced in pairs
    ionisation     both above 3 times the minimum, or   own: dE/dx goes as (g beta / e)^2, so that charges of 1 e
                   not: two regions                     and less ionise lightly
    straight       both pT above 2 GeV                  own: no bending in r-phi
    bent in r-z    |curvature| > 0.0005 / cm, opposite  own: a magnetic charge is accelerated along the field
    ============== ==================================== ======================================================

    Background (delta electrons, beam background) is expected to be none; each region is one bin. The event
    model's ionisation and bending are measured by the simulation and by no input format so far.
    """

    name = "magnetic_monopole"
    document = MonopoleCuts
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "tracks": ("px", "py", "pz", "d0", "z0", "ionisation", "bending_rz"),
        "trigger": ("ffo", "hie"),
    }
    regions = ("highly_ionising", "lightly_ionising")
    weight_variations = ("trigger_two_tracks", "tracking")
    cuts = ("all", "trigger", "two_tracks", "back_to_back", "ionisation", "straight", "bent_along_field")
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "lower_ionisation": hist.axis.Regular(
            50, 0.0, 200.0, name="lower_ionisation", label="lower dE/dx of the two [minimum]"
        ),
    }
    coarseness = 50
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {
        "back_to_back": CutVariable(
            hist.axis.Regular(60, 0, 180, name="opening", label="opening in azimuth [deg]"), "above"
        ),
        "ionisation": CutVariable(
            hist.axis.Regular(80, 0, 20, name="lower_ionisation", label="lower dE/dx of the two [minimum]"), "above"
        ),
        "bent_along_field": CutVariable(
            hist.axis.Regular(60, 0, 0.006, name="lower_bending", label="lower |curvature in r-z| [1/cm]"), "above"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(regions, ("ffo", "hie"))
    limit = LimitRecipe(
        method="counting",
        histogram="lower_ionisation",
        regions=(RegionRange("highly_ionising", 0.0, 5.3), RegionRange("lightly_ionising", 0.0, 5.3)),
        coupling="",
        window=WindowRule(half_width=1.0, spacing=1.0, observable=("whole_axis",)),
        background="simulation",
        systematics=(
            Systematic("signal efficiency", 0.2, "signal", "monopole_efficiency", PLAN),
            Systematic("luminosity", 0.015, "signal", "luminosity_belle2_2018", "Belle II, PRL 124, 141801 (2020)"),
        ),
    )

    def select(self, events: ChunkEvents, variation: str) -> Selected:  # noqa: ARG002  # nothing is shifted
        """Select, see `Channel.select`."""
        chosen = self.chosen(events)
        tracks, sound, _ = tracks_from_origin(events, chosen.tracks)
        early = {
            "all": events.sound,
            "trigger": events.fired(self.lines(events, "highly_ionising")),
            "two_tracks": sound & (tracks.counts == 2),
        }
        found = worth_a_look(early, self.cuts, self.regions)
        tracks = tracks.of(found)
        both = Momenta.of_tracks(tracks, 0.0).table(tracks, 2)
        opening = np.degrees(np.abs(np.angle(np.exp(1j * (both.phi[:, 0] - both.phi[:, 1])))))
        ionisation = _finite(tracks.table(tracks["ionisation"], 2)).min(axis=-1)
        bending = _finite(tracks.table(tracks["bending_rz"], 2))
        weakest = np.abs(bending).min(axis=-1)
        return Selected(
            early=early,
            event=found,
            cuts={
                "back_to_back": (opening > chosen.opening) & np.isfinite(both.p).all(axis=-1),
                own("ionisation", "highly_ionising"): ionisation > chosen.ionisation,
                own("ionisation", "lightly_ionising"): ionisation <= chosen.ionisation,
                "straight": both.pt.min(axis=-1) > chosen.straight_pt,
                "bent_along_field": (weakest > chosen.bending) & (bending.prod(axis=-1) < 0.0),
            },
            values={"lower_ionisation": _on_axis(ionisation), "lower_bending": weakest, "opening": opening},
            weights=flat("trigger_two_tracks", len(found)) | flat("tracking", len(found), 2.0),
        )


def _on_axis(ionisation: Array) -> Array:
    """Keep values below the axis's end: a region is one bin, however much a track ionises."""
    return np.minimum(ionisation, LARGEST)


def _finite(values: Array) -> Array:
    """Make infinities NaN, which the weaker of two tracks then is."""
    return np.where(np.isfinite(values), values, np.nan)
