"""From shifted templates to nuisance parameters: a normalisation and a shape each, pruned where they are nothing.

Shifts are made symmetric (half of the difference between up and down): the log-normal and the linear form are then
the same in every interpolation code that a HistFactory program may choose.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..processors.recipe import Systematic
from .histfactory import Array
from .templates import Template
from .windows import Window

UP, DOWN = "_up", "_down"
LEAST_SCALE = 1e-3  # relative change of a yield below which it is left out
LEAST_SHIFT = 5e-3  # of the sample's highest bin
LARGEST_SCALE = 0.9
LARGEST_SHIFT = 0.95 / 5  # of a bin, so that it stays positive within pyhf's range of 5 standard deviations


@dataclass(frozen=True)
class Effects:
    """What nuisance parameters do to one sample in one window.

    Attributes
    ----------
    scales
        ln of the yield's factor at +1 sigma.
    shifts
        Events added in each bin at +1 sigma, the yield unchanged.
    """

    scales: dict[str, float] = field(default_factory=dict)
    shifts: dict[str, Array] = field(default_factory=dict)

    def add_scale(self, name: str, size: float) -> None:
        """Let sources that share a name move together, so that their sizes add up."""
        self.scales[name] = self.scales.get(name, 0.0) + size


def effects(template: Template, window: Window) -> Effects:
    """Split each pair of variations into a change of the yield and one of the shape; small ones are pruned."""
    nominal = window.take(template.values)
    total = float(nominal.sum())
    found = Effects()
    if total <= 0:
        return found
    for source, up, down in pairs(template):
        high, low = window.take(up), window.take(down)
        sums = float(high.sum()), float(low.sum())
        if min(sums) <= 0:
            relative = (sums[0] - sums[1]) / (2 * total)
            found.add_scale(source, float(np.arctanh(np.clip(relative, -LARGEST_SCALE, LARGEST_SCALE))))
            continue
        scale = float(np.clip(0.5 * np.log(sums[0] / sums[1]), -1.5, 1.5))
        if abs(scale) >= LEAST_SCALE:
            found.add_scale(source, scale)
        shift = 0.5 * total * (high / sums[0] - low / sums[1])
        if np.abs(shift).max() >= LEAST_SHIFT * nominal.max():
            most = LARGEST_SHIFT * nominal
            found.shifts[source] = np.clip(shift, -most, most)
    return found


def pairs(template: Template) -> Iterator[tuple[str, Array, Array]]:
    """Give each source with its shifts up and down; one that goes one way only is mirrored."""
    variations = template.variations
    sources = dict.fromkeys(
        name.removesuffix(UP).removesuffix(DOWN) for name in variations if name.endswith((UP, DOWN))
    )
    for source in sources:
        up, down = variations.get(source + UP), variations.get(source + DOWN)
        if up is None and down is not None:
            up = 2 * template.values - down
        if down is None and up is not None:
            down = 2 * template.values - up
        if up is not None and down is not None:
            yield source, up, down


def add_flat(
    found: Effects, systematics: tuple[Systematic, ...], on: str, region: str, process: str, names: Mapping[str, str]
) -> None:
    """Add the recipe's flat uncertainties that concern a region and, of backgrounds, a process.

    Parameters
    ----------
    found
        What to add to.
    systematics, on, region, process
        Which ones.
    names
        What stands for {experiment} and {period} in the names of nuisance parameters.
    """
    for each in systematics:
        concerned = not each.regions or region in each.regions
        chosen = on == "signal" or not each.processes or process in each.processes
        if each.on == on and each.size > 0 and concerned and chosen:
            found.add_scale(each.correlated.format(**names), float(np.log1p(each.size)))
