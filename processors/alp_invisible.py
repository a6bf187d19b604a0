"""e+e- -> gamma a, a escapes or decays to dark matter: the selection of the invisible dark photon, another signal.

A projection: Dolan et al., arXiv:1709.00009, after BaBar's single-photon search. The selection table and what differs
stand in `single_photon.py`; the photon of a pseudoscalar goes as 1 + cos^2 theta*, that of a dark photon lies more
forward.
"""

from .recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from .single_photon import SinglePhoton

PROJECTION = "Dolan et al., JHEP 12 (2017) 094, arXiv:1709.00009"


class AlpInvisible(SinglePhoton):
    """The search for an axion-like particle that is not seen, beside one photon."""

    name = "alp_invisible"
    selection = "dark_photon_invisible"
    limit = LimitRecipe(
        method="shape",
        histogram="missing_mass_squared",
        regions=(RegionRange("low_mass", 0.0, 5.5), RegionRange("high_mass", 5.5, 8.3)),
        coupling="g_agammagamma",
        window=WindowRule(half_width=10.0, spacing=0.5, observable=("mass_squared",)),
        peaking=("photon_events",),
        background="polynomial",
        systematics=(
            Systematic("signal efficiency", 0.05, "signal", "single_photon_efficiency", f"as BaBar's; {PROJECTION}"),
            Systematic("luminosity", 0.015, "signal", "luminosity_{experiment}", "Belle II, PRL 124, 141801 (2020)"),
        ),
    )
