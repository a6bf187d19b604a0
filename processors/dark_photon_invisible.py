"""e+e- -> gamma A', A' -> invisible: a peak in M_X^2 = s - 2 sqrt(s) E* of events with one photon and nothing else.

BaBar, PRL 119, 131804 (2017), 53 fb^-1; the selection table and what differs stand in `single_photon.py`.
"""

from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .single_photon import SinglePhoton

BABAR = "BaBar, PRL 119, 131804 (2017)"


class DarkPhotonInvisible(SinglePhoton):
    """The search for an invisible dark photon beside one photon."""

    name = "dark_photon_invisible"
    limit = LimitRecipe(
        method="shape",
        histogram="missing_mass_squared",
        regions=(RegionRange("low_mass", 0.0, 5.5), RegionRange("high_mass", 5.5, 8.3)),
        coupling="epsilon",
        interpretations=("dark_matter_y",),
        window=WindowRule(half_width=10.0, spacing=0.5, observable=("mass_squared",)),
        peaking=("photon_events",),
        background="polynomial",
        systematics=(
            Systematic("signal efficiency", 0.05, "signal", "single_photon_efficiency", f"{BABAR} (recalled)"),
            Systematic("luminosity", 0.015, "signal", "luminosity_{experiment}", "Belle II, PRL 124, 141801 (2020)"),
        ),
    )
