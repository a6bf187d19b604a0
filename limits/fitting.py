"""What an interval needs of a likelihood: fits, data sets and expected data sets; and the fit's result."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A minimum of the likelihood.

    Attributes
    ----------
    mu
        Signal strength there.
    twice_nll
        -2 ln L up to a constant of the data set.
    parameters
        All parameters, in the likelihood's own order.
    minimiser
        Which minimiser found it ("newton", "scipy" or "minuit").
    """

    mu: float
    twice_nll: float
    parameters: Array
    minimiser: str


class Likelihood(Protocol):
    """A likelihood in the signal strength mu and nuisance parameters."""

    @property
    def observed(self) -> Any:
        """The data set, auxiliary measurements included."""

    @property
    def lowest(self) -> float:
        """The lowest mu at which every expected rate is positive."""

    def fit(self, data: Any, mu: float | None = None, lowest: float = 0.0, start: Array | None = None) -> Fit:
        """Minimise -2 ln L of `data`, with mu fixed where given and not below `lowest` otherwise."""

    def asimov(self, fit: Fit) -> Any:
        """Give the data set that is exactly what a fit's parameters predict (arXiv:1007.1727)."""
