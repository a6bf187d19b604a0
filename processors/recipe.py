"""What the limit stage needs to know of a search: method, windows, background, coupling and flat systematics."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["counting", "shape"]
BackgroundModel = Literal["simulation", "polynomial"]


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
        Name of the nuisance parameter; channels and experiments that share the name share the shift.
    source
        Where the size comes from.
    """

    name: str
    size: float
    on: Literal["signal", "background"]
    correlated: str
    source: str


@dataclass(frozen=True)
class WindowRule:
    """Where in the observable a hypothesis is looked for, in units of the signal's resolution at its mass.

    Attributes
    ----------
    half_width
        Half of the window's width, in resolutions: the counting window, or the range of a shape fit.
    spacing
        Distance of neighbouring hypotheses, in resolutions.
    mass_power
        The observable is the mass to this power: 1 or 2.
    minimum_half_width
        Smallest half width, in the observable's unit (GeV or GeV^2), where the resolution is better than the bins.
    """

    half_width: float
    spacing: float
    mass_power: Literal[1, 2]
    minimum_half_width: float = 0.0


@dataclass(frozen=True)
class RegionRange:
    """A region, and the masses (GeV, low <= m < high) that are looked for in it."""

    region: str
    low: float
    high: float


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
        Regions used, each for its range of masses; the ranges do not overlap.
    coupling, coupling_power
        Name of the coupling; cross sections go with its `coupling_power`-th power.
    window
        See `WindowRule`.
    background
        "simulation": the sum of the background samples. "polynomial": a smooth function fitted beside the signal.
    background_order
        Order of that polynomial (of its logarithm, so that it stays positive); 0 with "simulation".
    level
        Confidence or credibility level of the result that the search is compared with.
    systematics
        Flat uncertainties; shifts of shapes are the channel's variations.
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

    def region(self, mass: float) -> str | None:
        """Give the region in which `mass` (GeV) is looked for; None where it is looked for in none."""
        return next((each.region for each in self.regions if each.low <= mass < each.high), None)
