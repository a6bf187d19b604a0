"""What the limit stage needs to know of a search: method, windows, background, coupling and flat systematics."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Method = Literal["counting", "shape"]
BackgroundModel = Literal["simulation", "polynomial"]
Observable = Literal["mass", "mass_squared", "reduced_mass", "whole_axis"]
Interpretation = Literal["dark_matter_y", "muon_magnetic_moment"]
LifetimeLaw = Literal["two_photon_width", "scalar_mixing"]

MUON_MASS = 0.1056583755  # GeV, PDG 2024


@dataclass(frozen=True)
class Systematic:
    """A relative uncertainty of a normalisation.

    Attributes
    ----------
    name
        The source.
    size
        Relative size, one standard deviation.
    on
        What it scales.
    correlated
        Name of the nuisance parameter; regions, channels and experiments that share the name share the shift.
        {experiment} and {period} in it stand for the run's: `luminosity_{experiment}` is shared within an experiment.
    source
        Where the size comes from.
    regions
        The regions that it concerns; all where empty.
    processes
        The background processes that it concerns; all where empty.
    """

    name: str
    size: float
    on: Literal["signal", "background"]
    correlated: str
    source: str
    regions: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowRule:
    """Where in the observable a hypothesis is looked for, in units of the signal's resolution at its mass.

    Attributes
    ----------
    half_width
        Half of the window's width, in resolutions: the counting window, or the range of a shape fit.
    spacing
        Distance of neighbouring hypotheses, in resolutions.
    observable
        What the histogram's axis holds for a signal of mass m: "mass" (m, GeV), "mass_squared" (m^2, GeV^2),
        "reduced_mass" (sqrt(m^2 - 4 m_mu^2), GeV), or "whole_axis": the signal's place does not tell its mass, and
        the whole axis is the window. One entry for each axis of observables (two: a plane).
    parameters
        The hypothesis's parameter behind each axis, for example ("mass", "higgs_mass").
    minimum_half_width
        Smallest half width, in the observable's unit (GeV or GeV^2), where the resolution is better than the bins.
    combinatorial
        Whether events have several candidates, of which most lie beside the peak: its centre and resolution are then
        those of the peak alone.
    """

    half_width: float
    spacing: float
    observable: tuple[Observable, ...] = ("mass",)
    parameters: tuple[str, ...] = ("mass",)
    minimum_half_width: float = 0.0
    combinatorial: bool = False

    def __post_init__(self) -> None:
        if len(self.observable) != len(self.parameters):
            raise ValueError("a window rule names one parameter for each observable.")


@dataclass(frozen=True)
class RegionRange:
    """A region, and the masses (GeV, low <= m < high) that are looked for in it.

    Attributes
    ----------
    region, low, high
        Which region, for which masses. Regions whose ranges hold a mass are fitted together.
    histogram
        Its histogram, where it is not the recipe's.
    window
        Its window rule, where it is not the recipe's.
    background
        Its background's model, where it is not the recipe's.
    """

    region: str
    low: float
    high: float
    histogram: str | None = None
    window: WindowRule | None = None
    background: BackgroundModel | None = None


@dataclass(frozen=True)
class LimitRecipe:
    """How a channel's histograms become a limit.

    Attributes
    ----------
    method
        "counting": one bin, the window. "shape": a fit of templates in the window.
    histogram
        Name of the histogram that holds the observable.
    regions
        Regions used, each for its range of masses; where ranges overlap, the regions are fitted together.
    coupling, coupling_power
        Name of the coupling; cross sections go with its `coupling_power`-th power. "branching_fraction" with power 1
        where the samples are normalised by a number of decays, "efficiency_times_cross_section" with power 1 where the
        result is for any model of the signature; "" where there is none (cross section only).
    window
        See `WindowRule`.
    background
        "simulation": the background samples' templates. "polynomial": a smooth function fitted beside the signal.
    background_order
        Least order of that polynomial; 0 with "simulation".
    level
        Confidence or credibility level of the result that the search is compared with.
    systematics
        Flat uncertainties; shifts of shapes are the channel's variations.
    excluded
        Mass ranges (GeV) in which no hypothesis is looked for: resonances.
    peaking
        Background processes that keep a template of their own beside a polynomial: they peak where signal does.
    masses
        Range (GeV) of the hypotheses between the simulated ones; that of the simulated masses where None.
    lifetime
        How the lifetime follows from the coupling, where the efficiency depends on it: "two_photon_width" (an
        axion-like particle, Gamma = g^2 m^3 / 64 pi) or "scalar_mixing" (a scalar that mixes with the Higgs boson).
    interpretations
        Further planes: "dark_matter_y" (y = eps^2 alpha_D (m_chi/m_A')^4), "muon_magnetic_moment" (the (g-2)_mu band).
    theory_uncertainty
        Relative uncertainty of the reference cross section; stated beside a limit on the coupling, not in the fit.
    modes_add
        Whether signal samples of the same hypothesis whose names begin differently (`dark_photon_ee_m1`,
        `dark_photon_mumu_m1`) are modes of one particle: at every mass they add up, each interpolated by itself.
    """

    method: Method
    histogram: str
    regions: tuple[RegionRange, ...]
    coupling: str
    window: WindowRule
    background: BackgroundModel
    systematics: tuple[Systematic, ...]
    coupling_power: int = 2
    background_order: int = 0
    level: float = 0.90
    excluded: tuple[tuple[float, float], ...] = ()
    peaking: tuple[str, ...] = ()
    masses: tuple[float, float] | None = None
    lifetime: LifetimeLaw | None = None
    interpretations: tuple[Interpretation, ...] = ()
    theory_uncertainty: float = 0.0
    modes_add: bool = False

    def regions_at(self, mass: float) -> tuple[RegionRange, ...]:
        """Give the regions in which `mass` (GeV) is looked for together; none where the mass is excluded."""
        if any(low <= mass < high for low, high in self.excluded):
            return ()
        return tuple(each for each in self.regions if each.low <= mass < each.high)

    def window_of(self, region: RegionRange) -> WindowRule:
        """Give a region's window rule."""
        return region.window or self.window

    def background_of(self, region: RegionRange) -> BackgroundModel:
        """Give how a region's background is modelled."""
        return region.background or self.background

    def histogram_of(self, region: RegionRange) -> str:
        """Give the name of a region's histogram."""
        return region.histogram or self.histogram


def observable_of(observable: Observable, mass: float) -> float:
    """Give the observable at which a signal of `mass` (GeV) peaks, in GeV or GeV^2; NaN for "whole_axis"."""
    if observable == "mass":
        return mass
    if observable == "mass_squared":
        return mass**2
    if observable == "reduced_mass":
        return sqrt(max(mass**2 - 4 * MUON_MASS**2, 0.0))
    return float("nan")


def mass_of(observable: Observable, value: float) -> float:
    """Give the mass (GeV) of which `value` is the observable, the inverse of `observable_of`."""
    if observable == "mass":
        return value
    if observable == "mass_squared":
        return sqrt(max(value, 0.0))
    if observable == "reduced_mass":
        return sqrt(value**2 + 4 * MUON_MASS**2)
    return float("nan")
