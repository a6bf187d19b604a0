"""Maximum likelihood of linear models of binned counts: projected Newton steps for many fits at once.

Own code because a scan needs tens of thousands of these fits before its models exist: all together they take what one
general minimiser takes for one.
"""

from collections.abc import Sequence

import numpy as np

from .histfactory import Array

STEPS = 100


def stack(arrays: Sequence[Array]) -> Array:
    """Put arrays of different lengths into one, with zeros behind the shorter ones."""
    length = max(each.shape[-1] for each in arrays)
    stacked = np.zeros((len(arrays), *arrays[0].shape[:-1], length))
    for row, each in zip(stacked, arrays, strict=True):
        row[..., : each.shape[-1]] = each
    return stacked


def fit_linear(
    basis: Array, counts: Array, fixed: Array, lowest: Array, start: Array | None = None
) -> tuple[Array, Array]:
    """Maximise many Poisson likelihoods of linear models at once, each coefficient not below its lowest value.

    Parameters
    ----------
    basis
        (problems, coefficients, bins), events for a coefficient of 1.
    counts, fixed
        (problems, bins): data, and events that no coefficient scales. Bins without basis and counts do not matter.
    lowest
        (coefficients,) or (problems, coefficients); -inf where a coefficient may be negative as long as all expected
        rates are positive.
    start
        (problems, coefficients), with positive rates; where absent, 1 for what is bounded and 0 for what is not.

    Returns
    -------
    tuple
        Coefficients (problems, coefficients) and -2 ln L (problems,). Projected Newton steps (Bertsekas 1982).
    """
    lowest = np.broadcast_to(lowest, basis.shape[:2])
    here = np.where(np.isinf(lowest), 0.0, 1.0) if start is None else start.copy()
    now = _twice_nll(basis, counts, fixed, here)
    active = np.arange(len(basis))
    for _ in range(STEPS):
        step, gain = _newton_step(basis[active], counts[active], fixed[active], here[active], lowest[active])
        going = gain > 1e-9
        active, step, gain = active[going], step[going], gain[going]
        if not len(active):
            break
        length = np.ones(len(active))
        for _ in range(40):
            trial = np.maximum(here[active] + length[:, None] * step, lowest[active])
            value = _twice_nll(basis[active], counts[active], fixed[active], trial)
            worse = ~(value <= now[active] - 1e-4 * length * gain)
            if not worse.any():
                break
            length[worse] *= 0.5
        better = value < now[active]
        here[active[better]], now[active[better]] = trial[better], value[better]
        active = active[better]  # rounding hides what is left to gain in the others
        if not len(active):
            break
    return here, now


def _twice_nll(basis: Array, counts: Array, fixed: Array, here: Array) -> Array:
    expected = np.einsum("pkb,pk->pb", basis, here) + fixed
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = expected - np.where(counts > 0, counts * np.log(expected), 0.0)
    bad = (expected < 0).any(axis=1) | ((expected <= 0) & (counts > 0)).any(axis=1)
    result: Array = np.where(bad, np.inf, 2 * terms.sum(axis=1))
    return result


def _newton_step(basis: Array, counts: Array, fixed: Array, here: Array, lowest: Array) -> tuple[Array, Array]:
    """Give the step of the coefficients that are free to move, and the expected drop of -2 ln L."""
    expected = np.maximum(np.einsum("pkb,pk->pb", basis, here) + fixed, 1e-100)
    gradient = 2 * np.einsum("pkb,pb->pk", basis, 1 - counts / expected)
    hessian = 2 * np.einsum("pkb,pb,plb->pkl", basis, counts / expected**2, basis)
    held = (here <= lowest + 1e-9) & (gradient > 0)
    free = ~held
    block = hessian * free[:, :, None] * free[:, None, :]
    size = np.einsum("pkk->pk", block)
    ridge = np.where(held, 1.0, 1e-10 * np.maximum(size, size.max(axis=1, keepdims=True) * 1e-6) + 1e-12)
    block = block + np.eye(block.shape[1]) * ridge[:, :, None]
    step = np.linalg.solve(block, -(gradient * free)[:, :, None])[:, :, 0] * free
    # A coefficient that would cross its bound goes to it; where the step is uphill after that, plain descent helps.
    gain = -np.sum(gradient * np.maximum(step, lowest - here), axis=1)
    uphill = gain <= 0
    if uphill.any():
        descent = -gradient[uphill] * free[uphill] / np.maximum(size[uphill], 1e-12)
        step[uphill] = descent
        gain[uphill] = -np.sum(gradient[uphill] * np.maximum(descent, (lowest - here)[uphill]), axis=1)
    return step, gain
