"""Templates: what histograms predict for each process and hypothesis, in events of each region's fine bins."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .histfactory import Array


@dataclass(frozen=True)
class Template:
    """Expected events of one process in the fine bins of one region.

    Attributes
    ----------
    process
        The physics process.
    values, variances
        Events, and the variance from the simulation's statistics; a plane's bins row by row.
    variations
        Events under each shifted assumption, `<source>_up` and `<source>_down`.
    """

    process: str
    values: Array
    variances: Array
    variations: Mapping[str, Array]

    def __add__(self, other: "Template") -> "Template":
        names = self.variations.keys() | other.variations.keys()
        return Template(
            self.process,
            self.values + other.values,
            self.variances + other.variances,
            {
                name: self.variations.get(name, self.values) + other.variations.get(name, other.values)
                for name in sorted(names)
            },
        )

    def times(self, factor: float) -> "Template":
        """Give the template of `factor` times as many events; relative errors stay."""
        variations = {name: factor * values for name, values in self.variations.items()}
        return Template(self.process, factor * self.values, factor**2 * self.variances, variations)


@dataclass(frozen=True)
class Signal:
    """One hypothesis: its template in every region and the cross section that it stands for.

    Attributes
    ----------
    mass
        GeV.
    point
        All of the hypothesis's parameters.
    templates
        By region, in events at `coupling`.
    cross_section
        Born, nb, at `coupling`; a branching fraction where a number of decays stands in for the luminosity.
    coupling
        The reference coupling.
    produced
        Events produced at `coupling`: luminosity times cross section times `isr_factor`.
    isr_factor
        Factor on the Born cross section from radiation of the beams.
    mode
        How its samples' names begin, before the mass: hypotheses of one mode are interpolated in mass.
    efficiency_errors
        Relative error of the efficiency by region, where it was interpolated between simulated masses; the template's
        own variances tell it otherwise.
    """

    mass: float
    point: Mapping[str, float]
    templates: Mapping[str, Template]
    cross_section: float
    coupling: float
    produced: float
    efficiency_errors: Mapping[str, float] | None = None
    isr_factor: float = 1.0
    mode: str = ""

    def efficiency_error(self, region: str) -> float:
        """Give the relative error of a region's efficiency from the simulation's statistics."""
        if self.efficiency_errors is not None:
            return self.efficiency_errors[region]
        template = self.templates[region]
        total = float(template.values.sum())
        return float(np.sqrt(template.variances.sum())) / total if total > 0 else 0.0


@dataclass(frozen=True)
class Axis:
    """One axis of a region's observable: its fine bin edges (GeV or GeV^2) and its label with the unit."""

    edges: Array
    label: str


@dataclass(frozen=True)
class Spectrum:
    """One region's observable: data and backgrounds in fine bins.

    Attributes
    ----------
    region
        Which region.
    axes
        One, or two for a plane, whose bins are then counted row by row.
    data
        Events, or None where there are none.
    backgrounds
        By process.
    """

    region: str
    axes: tuple[Axis, ...]
    data: Array | None
    backgrounds: Mapping[str, Template]

    @property
    def bins(self) -> int:
        """Number of fine bins."""
        return int(np.prod([len(each.edges) - 1 for each in self.axes]))

    @cached_property
    def reach(self) -> tuple[int, int] | None:
        """First and last fine bin that the region's selection lets anything into; None for a plane or where unknown."""
        filled = np.flatnonzero(self.background.values > 0)
        return (int(filled[0]), int(filled[-1])) if len(self.axes) == 1 and len(filled) else None

    @cached_property
    def background(self) -> Template:
        """Give the sum of all backgrounds."""
        return total(list(self.backgrounds.values()), self.bins)


def total(templates: list[Template], bins: int) -> Template:
    """Add templates; an empty one where there are none."""
    result = Template("background", np.zeros(bins), np.zeros(bins), {})
    for each in templates:
        result = result + each
    return result
