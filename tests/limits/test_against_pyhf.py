"""The engine against pyhf with the reference fit settings, on random hypotheses of four kinds.

benchmarks/limits_against_pyhf.py compares many more, with pyhf's own search for the limits.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pyhf
import pytest
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import HistFactory, read_workspace
from darkbelle.limits.intervals import Interval
from darkbelle.limits.model import quiet_pyhf, validate_workspace
from darkbelle.limits.rates import expected
from darkbelle.limits.stacking import global_parameters, stack
from random_models import KINDS
from scipy.stats import norm

EACH = 3
# d ln CLs / d ln mu is between -1 and -5 at these limits: 0.1 % of mu is at least 0.1 % of CLs.
TOLERANCE = 1e-3


@pytest.fixture(autouse=True)
def reference_settings() -> Iterator[None]:
    """Fit with scipy at the tolerance that was seen to be right to 1e-5."""
    _, kept = pyhf.get_backend()
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-9, maxiter=2000))
    yield
    pyhf.set_backend("numpy", kept)


@cache
def examined() -> dict[str, tuple[HistFactory, Interval]]:
    """Examine all kinds in one call, as a scan of mixed structures."""
    models = [make(seed) for make in KINDS.values() for seed in range(EACH)]
    found = examine(models, Request(automatic=False))
    return {model.name: (model, each) for model, each in zip(models, found, strict=True)}


def theirs(model: HistFactory) -> tuple[Any, Any]:
    workspace = validate_workspace(model.to_workspace())
    with quiet_pyhf():
        read = workspace.model()
    return read, workspace.data(read)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(EACH))
def test_at_the_limits_pyhf_finds_a_cls_of_one_minus_the_level(kind: str, seed: int) -> None:
    model, found = examined()[f"{kind}_{seed}"]
    assert (found.status, found.minimiser) == ("ok", "newton")
    read, data = theirs(model)
    observed = pyhf.infer.hypotest(found.observed, data, read)
    assert float(observed) == pytest.approx(0.1, rel=TOLERANCE)
    number = (seed + 1) % 5
    _, band = pyhf.infer.hypotest(found.expected[number], data, read, return_expected_set=True)
    assert float(band[number]) == pytest.approx(0.1, rel=TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(EACH))
def test_best_fit_and_local_p_value_are_those_of_pyhf(kind: str, seed: int) -> None:
    model, found = examined()[f"{kind}_{seed}"]
    read, data = theirs(model)
    best, least = pyhf.infer.mle.fit(data, read, return_fitted_val=True)
    _, null = pyhf.infer.mle.fixed_poi_fit(0.0, data, read, return_fitted_val=True)
    mu = best[read.config.poi_index]
    assert max(found.mu_hat, 0.0) == pytest.approx(mu, abs=0.01 * found.mu_error)
    if found.mu_hat > 0:
        assert found.p0 == pytest.approx(norm.sf(np.sqrt(null - least)), rel=0.01)


@pytest.mark.parametrize("size", [0.5, 3.0])
@pytest.mark.parametrize("kind", KINDS)
def test_expected_events_are_those_of_pyhf_within_and_beyond_one_standard_deviation(kind: str, size: float) -> None:
    model = KINDS[kind](0)
    read, _ = theirs(model)
    batch = stack([model])
    rng = np.random.default_rng(3)
    shifted = np.array(read.config.suggested_init())
    point = batch.start
    for number, name in enumerate(global_parameters(model)):
        value = rng.uniform(0.5, 1.5) if shifted[read.config.par_slice(name)][0] == 1 else size * rng.normal()
        shifted[read.config.par_slice(name)] = point.parameters[0, number] = value
    columns = {each.name: block.columns for each, block in zip(model.channels, batch.blocks, strict=True)}
    for channel, where in columns.items():
        ours = expected(batch, point)[0, where]
        pyhfs = read.expected_actualdata(shifted)[read.config.channel_slices[channel]]
        assert ours == pytest.approx(pyhfs, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workspace_is_read_back_as_it_was_written(kind: str) -> None:
    workspace = KINDS[kind](1).to_workspace()
    assert read_workspace(workspace).to_workspace() == workspace
