"""A check of every scan by pyhf: its own limit has to lie within 0.1 % of the one found here.

Its CLs just below and just above the limit must lie on both sides of 1 - level: two tests in place of a root search.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyhf
from pyhf.infer import hypotest, mle

from .model import quiet_pyhf, validate_workspace
from .results import HypothesisResult

AGREEMENT = 1e-3
MEDIAN = 2  # of the five expected limits


def check_sample(
    results: Sequence[HypothesisResult], workspaces: Mapping[str, dict[str, Any]], level: float, checks: int
) -> list[str]:
    """Check the limits of `checks` hypotheses, spread evenly over the scan; give a note for each.

    Those whose limits come from toys or exact sums, because the asymptotic formulae are off, are no case for it.
    """
    good = [each for each in results if each.status == "ok" and each.expected and not each.method]
    if not good:
        return []
    places = np.unique(np.linspace(0, len(good) - 1, min(checks, len(good)) + 2)[1:-1].round().astype(int))
    return [_note(good[place], workspaces[good[place].name], level) for place in places]


def _note(result: HypothesisResult, specification: dict[str, Any], level: float) -> str:
    limits: dict[str, tuple[float | None, int | None]] = {"median expected": ((result.expected or ())[MEDIAN], MEDIAN)}
    if result.observed is not None:
        limits["observed"] = (result.observed, None)
    try:
        found = {name: bracketed(specification, limit, level, band) for name, (limit, band) in limits.items()}
    except (pyhf.exceptions.FailedMinimization, ValueError, FloatingPointError) as error:
        return f"pyhf could not check {result.name}: {str(error).splitlines()[0]}"
    wrong = [name for name, agrees in found.items() if not agrees]
    if wrong:
        return f"CAUTION: pyhf finds another {' and '.join(wrong)} limit of {result.name} (by more than 0.1 %)"
    return f"checked by pyhf: {' and '.join(found)} limits of {result.name} agree within 0.1 %"


def bracketed(specification: dict[str, Any], limit: float | None, level: float, band: int | None) -> bool:
    """Tell whether pyhf's own limit lies within 0.1 % of `limit`.

    Parameters
    ----------
    specification
        The workspace.
    limit
        On mu.
    level
        Confidence level.
    band
        Which of the expected limits (0 to 4); None for the observed one.
    """
    if limit is None:
        return False
    for minuit in (False, True):
        below, above = (
            pyhf_cls(specification, limit * factor, band, minuit=minuit) for factor in (1 - AGREEMENT, 1 + AGREEMENT)
        )
        if below > 1 - level > above:
            return True
    return False


def pyhf_cls(specification: dict[str, Any], mu: float, band: int | None = None, *, minuit: bool = False) -> float:
    """Let pyhf compute CLs with reference fit settings: observed, or expected at one of the five bands.

    SciPy's minimiser is the fast one, but with hundreds of bins of many events it stops short of the minimum by some
    0.1 % of CLs; `minuit` asks for Minuit instead.
    """
    workspace = validate_workspace(specification)
    with quiet_pyhf():
        model = workspace.model()
    bounds = list(model.config.suggested_bounds())
    bounds[model.config.poi_index] = (0.0, max(10.0 * mu, bounds[model.config.poi_index][1]))
    _, kept = pyhf.get_backend()
    scipy, accurate = {"tolerance": 1e-9, "maxiter": 2000}, {"tolerance": 1e-3, "maxiter": 100_000, "strategy": 2}
    optimizer = pyhf.optimize.minuit_optimizer(**accurate) if minuit else pyhf.optimize.scipy_optimizer(**scipy)
    pyhf.set_backend("numpy", optimizer)
    try:
        start = mle.fit(workspace.data(model), model, par_bounds=bounds).tolist()  # fewer steps for the other fits
        observed, expected = hypotest(
            mu, workspace.data(model), model, start, bounds, test_stat="qtilde", return_expected_set=True
        )
    finally:
        pyhf.set_backend("numpy", kept)
    return float(observed if band is None else expected[band])
