"""e+e- -> gamma A', A' -> invisible: a peak in M_X^2 = s - 2 sqrt(s) E* of events with one photon and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import awkward as ak
import hist
import numpy as np

from ..datasets.experiment import load_experiment
from . import selection
from .channel import NOMINAL, Channel, column
from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule

BABAR = "BaBar, PRL 119, 131804 (2017)"
TALK = "L. Zani, Venice 2019, on BaBar's regions"


@dataclass(frozen=True)
class SinglePhotonSelection:
    """The cuts after PRL 119, 131804 and Belle II's skim SinglePhotonDark. Star: CM frame.

    Notes
    -----
    ===================== ================================ ==================================================
    cut                   value                            source, and what differs
    ===================== ================================ ==================================================
    trigger               LowM lml1, HighM lml6            Belle II's lines: E* > 2 GeV, E* > 1 GeV
    no track              |d0| 0.5, |z0| 2 cm, pT 0.15     skim SinglePhotonDark
    photon                the most energetic in 200 ns     skim
    photon direction      barrel ECL, laboratory           away from gaps; the experiment's bounds
    |cos theta*|          0.45 at E* = 2 to 0.6 at 3.6 GeV own choice (Bhabhas at low E*); BaBar -0.4 to 0.6
    M_X^2                 LowM -4 to 36, HighM 24 to 69    BaBar
    no second cluster     E > 0.15 GeV laboratory, 200 ns  2018 skim 0.1, later 0.55: between, own choice
    muon system           none within 25 degrees           own choice; the skim has no such veto
    ===================== ================================ ==================================================

    The paper's BDT on 12 variables of the photon's cluster is not here: the event model lacks most of them.
    """

    track_d0: float = 0.5
    track_z0: float = 2.0
    track_pt: float = 0.15
    photon_window: float = 200.0
    cosine_low: float = 0.45
    cosine_high: float = 0.6
    cosine_energies: tuple[float, float] = (2.0, 3.6)
    low_mass: tuple[float, float] = (-4.0, 36.0)
    high_mass: tuple[float, float] = (24.0, 69.0)
    second_cluster: float = 0.15
    muon_system_angle: float = 25.0
    energy_scale: float = 0.005


class DarkPhotonInvisible(Channel):
    """The search for an invisible dark photon beside one photon.

    Parameters
    ----------
    cuts
        Values of the selection.
    """

    name = "dark_photon_invisible"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "": ("weight",),
        "photons": ("px", "py", "pz", "energy", "time"),
        "tracks": ("px", "py", "d0", "z0"),
        "klm": ("theta", "phi"),
        "trigger": ("lml1", "lml6"),
    }
    regions = ("low_mass", "high_mass")
    variations = (NOMINAL, "photon_energy_scale_up", "photon_energy_scale_down")
    cuts = (
        "all",
        "trigger",
        "no_track",
        "photon_in_barrel",
        "photon_angle",
        "mass_range",
        "no_second_cluster",
        "quiet_muon_system",
    )
    observables: ClassVar[Mapping[str, hist.axis.Regular]] = {
        "missing_mass_squared": hist.axis.Regular(
            1500, -5.0, 70.0, name="missing_mass_squared", label="$M_X^2$ [GeV$^2$]"
        ),
    }
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"low_mass": ("lml1",), "high_mass": ("lml6",)}
    limit = LimitRecipe(
        method="shape",
        histogram="missing_mass_squared",
        regions=(RegionRange("low_mass", 0.0, 5.5), RegionRange("high_mass", 5.5, 8.3)),
        coupling="epsilon",
        window=WindowRule(half_width=10.0, spacing=0.5, observable=("mass_squared",)),
        peaking=("photon_pair",),
        interpretations=("dark_matter_y",),
        background="simulation",
        systematics=(
            Systematic("signal efficiency", 0.05, "signal", "single_photon_efficiency", f"{BABAR} (recalled)"),
            Systematic("luminosity", 0.015, "signal", "luminosity_belle2_2018", "Belle II, PRL 124, 141801 (2020)"),
        ),
    )

    def __init__(self, cuts: SinglePhotonSelection | None = None) -> None:
        self.selection = cuts or SinglePhotonSelection()

    def select(self, events: Any) -> Any:
        """Apply the selection, see `Channel.select`; the variations scale all photon energies."""
        chosen = self.selection
        tracks, _ = selection.from_interaction_point(events.tracks, chosen.track_d0, chosen.track_z0, chosen.track_pt)
        fixed = {"all": np.isfinite(events.weight), "no_track": ak.num(tracks, axis=1) == 0}
        ranges = {"low_mass": chosen.low_mass, "high_mass": chosen.high_mass}
        fired = {region: events.trigger[line] for region, (line,) in self.triggers.items()}
        shift = chosen.energy_scale
        columns = {"weight": events.weight}
        for variation, scale in zip(self.variations, (1.0, 1.0 + shift, 1.0 - shift), strict=True):
            mass, moving = self._kinematics(events, scale)
            columns[column(variation)] = mass
            for region, (low, high) in ranges.items():
                own = {"trigger": fired[region], "mass_range": (mass >= low) & (mass < high)}
                columns[column(variation, region)] = selection.cuts_passed(fixed | moving | own, self.cuts)
        return ak.zip(columns, depth_limit=1)

    def _kinematics(self, events: Any, scale: float) -> tuple[Any, dict[str, Any]]:
        """Give M_X^2 (GeV^2) and the cuts that photons enter, for energies scaled by `scale`."""
        chosen = self.selection
        barrel = load_experiment(events.metadata["experiment"]).acceptance["calorimeter_barrel"]
        photons = _by_energy(selection.in_time(events.photons, chosen.photon_window), scale)
        fields = ("px", "py", "pz", "energy")
        leading = ak.zip({each: selection.first_or_nan(photons[each]) for each in fields}, with_name="Momentum4D")
        centre = events.beam.to_cm(leading)
        sqrt_s = events.beam.sqrt_s
        others = photons.energy[:, 1:]
        close = selection.may_lie_within(_directions(events.klm), events.beam.recoil(leading), chosen.muon_system_angle)
        return sqrt_s**2 - 2.0 * sqrt_s * centre.energy, {
            "photon_in_barrel": selection.points_into(leading, barrel),
            "photon_angle": abs(centre.pz) < self._largest_cosine(centre.energy) * selection.momentum_of(centre),
            "no_second_cluster": ~ak.any(selection.may_exceed(others, chosen.second_cluster), axis=1),
            "quiet_muon_system": ~ak.any(close, axis=1),
        }

    def _largest_cosine(self, energy: Any) -> Any:
        """Give the largest |cos theta*| of a photon of `energy` (GeV, CM): a straight line between two plateaus."""
        chosen = self.selection
        first, last = chosen.cosine_energies
        place = np.minimum(np.maximum((energy - first) / (last - first), 0.0), 1.0)
        return chosen.cosine_low + (chosen.cosine_high - chosen.cosine_low) * place


def _by_energy(photons: Any, scale: float) -> Any:
    """Scale four-momenta and order them by energy, highest first."""
    fields = {each: np.float64(scale) * photons[each] for each in ("px", "py", "pz", "energy")}
    scaled = ak.zip(fields, with_name="Momentum4D")
    return scaled[ak.argsort(scaled.energy, axis=1, ascending=False)]


def _directions(clusters: Any) -> Any:
    sine = np.sin(clusters.theta)
    fields = {"px": sine * np.cos(clusters.phi), "py": sine * np.sin(clusters.phi), "pz": np.cos(clusters.theta)}
    return ak.zip(fields)
