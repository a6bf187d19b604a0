"""An axis whose bins follow a resolution: fine where a peak is narrow, and no finer than a peak needs."""

import hist
import numpy as np


def mass_axis(
    name: str, label: str, low: float, high: float, constant: float, slope: float, bins_a_width: float = 2.0
) -> hist.axis.Variable:
    """Make bins of the resolution constant + slope * m over `bins_a_width`.

    Parameters
    ----------
    name, label
        Of the axis.
    low, high
        Range in GeV.
    constant, slope
        Resolution at m = 0 (GeV), and how it grows with m.
    bins_a_width
        Bins in one standard deviation.
    """
    # m' = (constant + slope m) / bins has the solution below: bins are equal steps of its argument.
    steps = int(np.ceil(bins_a_width / slope * np.log((constant + slope * high) / (constant + slope * low))))
    places = np.linspace(0.0, 1.0, steps + 1)
    growth = ((constant + slope * high) / (constant + slope * low)) ** places
    edges = ((constant + slope * low) * growth - constant) / slope
    edges[0], edges[-1] = low, high
    return hist.axis.Variable(edges, name=name, label=label)
