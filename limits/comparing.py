"""What pyhf itself says of a hypothesis, beside what the engine found: the check of a sample of every scan."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import toms748_scan
from scipy.stats import norm

from .histfactory import HistFactory
from .intervals import Interval
from .model import quiet_pyhf, validate_workspace
from .reference import LADDER


@dataclass(frozen=True)
class Comparison:
    """How far the engine is from pyhf, run with the reference fit settings.

    Attributes
    ----------
    name
        Of the hypothesis.
    observed, expected
        Relative differences of the limits, engine over pyhf minus one.
    mu_hat
        Difference of the best fits with mu >= 0, in standard deviations of mu.
    p0
        Relative difference of the local p-values; both are 1/2 where the best fit is not positive.
    """

    name: str
    observed: float
    expected: tuple[float, ...]
    mu_hat: float
    p0: float

    @property
    def worst_limit(self) -> float:
        """The largest relative difference of a limit."""
        return max(abs(each) for each in (self.observed, *self.expected))


def compare(model: HistFactory, found: Interval, level: float, optimizer: str = "scipy") -> Comparison:
    """Run pyhf on a hypothesis and compare.

    `toms748_scan` is called directly, with the level: pyhf 0.7.6's `upper_limit(scan=None)` ignores its own.

    Parameters
    ----------
    model, found
        The hypothesis, and what the engine says of it.
    level
        Confidence level.
    optimizer
        "scipy" (tolerance 1e-9) or "minuit" (tolerance 1e-3, strategy 2): the two that were seen to agree to 1e-5.
    """
    workspace = validate_workspace(model.to_workspace())
    with quiet_pyhf():
        theirs = workspace.model()
    data = workspace.data(theirs)
    _, kept = pyhf.get_backend()
    minimiser, options = next((kind, each) for name, kind, each in LADDER if name == optimizer)
    pyhf.set_backend("numpy", minimiser(**options))
    try:
        limits = (found.observed, *found.expected)
        lowest, highest = 0.7 * min(limits), 1.3 * max(limits)
        observed, expected = toms748_scan(data, theirs, lowest, highest, level=1 - level, rtol=1e-5)
        best, p0 = _best(theirs, data)
    finally:
        pyhf.set_backend("numpy", kept)
    p_ours = min(found.p0, 0.5)
    return Comparison(
        model.name,
        found.observed / float(observed) - 1,
        tuple(ours / float(each) - 1 for ours, each in zip(found.expected, expected, strict=True)),
        (max(found.mu_hat, 0.0) - best) / found.mu_error,
        p_ours / p0 - 1,
    )


def _best(model: Any, data: Any) -> tuple[float, float]:
    found, least = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    _, null = pyhf.infer.mle.fixed_poi_fit(0.0, data, model, return_fitted_val=True)
    mu = float(found[model.config.poi_index])
    rise = max(float(null) - float(least), 0.0) if mu > 0 else 0.0
    return mu, float(norm.sf(np.sqrt(rise)))
