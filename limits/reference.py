"""The ladder's last rung: pyhf's own model and minimisers, behind the interface of a likelihood."""

import logging
from typing import Any

import numpy as np
import pyhf

from ..datasets.errors import ModelError
from .fitting import Array, Fit
from .model import quiet_pyhf, validate_workspace

# A failed fit is told by the hypothesis's status; pyhf would print its traceback besides.
logging.getLogger("pyhf").setLevel(logging.CRITICAL)

# Minuit's default tolerance was seen to be 1 % off on a 120-bin model; these two agree to 1e-5.
LADDER: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("scipy", pyhf.optimize.scipy_optimizer, {"tolerance": 1e-9, "maxiter": 2000}),
    ("minuit", pyhf.optimize.minuit_optimizer, {"tolerance": 1e-3, "strategy": 2, "maxiter": 100000}),
)


class PyhfLikelihood:
    """A pyhf workspace as a likelihood: scipy first, minuit where scipy fails.

    Parameters
    ----------
    specification
        The workspace.
    measurement
        Which of its measurements; the first by default.
    """

    def __init__(self, specification: dict[str, Any] | pyhf.Workspace, measurement: str | None = None) -> None:
        workspace = specification if isinstance(specification, pyhf.Workspace) else validate_workspace(specification)
        with quiet_pyhf():
            self.model = workspace.model(measurement_name=measurement)
        if self.model.config.poi_index is None:
            raise ModelError("the workspace names no parameter of interest; set its measurement's poi.")
        self.observed: Array = np.asarray(workspace.data(self.model), dtype=float)
        self._poi = self.model.config.poi_index
        self.lowest = float(self.model.config.suggested_bounds()[self._poi][0])

    def fit(self, data: Array, mu: float | None = None, lowest: float = 0.0, start: Array | None = None) -> Fit:
        """Minimise -2 ln L of `data`, with mu fixed where given and not below `lowest` otherwise."""
        begins = self.model.config.suggested_init() if start is None else list(start)
        bounds = list(self.model.config.suggested_bounds())
        bounds[self._poi] = (lowest, max(bounds[self._poi][1], 10.0 * abs(mu or 1.0)))
        begins[self._poi] = float(np.clip(begins[self._poi], *bounds[self._poi]))
        reasons = []
        for name, optimizer, options in LADDER:
            try:
                found, least = _fit(self.model, data, mu, begins, bounds, optimizer(**options))
            except (pyhf.exceptions.FailedMinimization, ValueError, FloatingPointError) as error:
                reasons.append(f"{name}: {str(error).splitlines()[0]}")
                continue
            if np.isfinite(least):
                return Fit(float(found[self._poi]), float(least), np.asarray(found, dtype=float), name)
            reasons.append(f"{name}: not finite")
        raise ModelError(f"no minimiser could fit the workspace ({'; '.join(reasons)}).")

    def asimov(self, fit: Fit) -> Array:
        """Give the data set that is exactly what a fit's parameters predict."""
        return np.asarray(self.model.expected_data(fit.parameters), dtype=float)


def _fit(model: Any, data: Array, mu: float | None, start: Any, bounds: Any, optimizer: Any) -> tuple[Array, float]:
    _, kept = pyhf.get_backend()
    pyhf.set_backend("numpy", optimizer)
    try:
        if mu is None:
            return pyhf.infer.mle.fit(data, model, start, bounds, return_fitted_val=True)  # type: ignore[no-any-return]
        return pyhf.infer.mle.fixed_poi_fit(  # type: ignore[no-any-return]
            mu, data, model, start, bounds, return_fitted_val=True
        )
    finally:
        pyhf.set_backend("numpy", kept)
