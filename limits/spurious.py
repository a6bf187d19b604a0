"""The spurious signal: what a smooth background's form makes a signal of, measured on simulated background."""

from collections.abc import Sequence

import numpy as np

from .histfactory import Array
from .smooth import Sideband, fit_linear, stack

NEIGHBOURS = 5  # hypotheses on each side whose bias counts too
FLUCTUATION = 2.0  # standard deviations of the simulation's statistics


def spurious_events(
    sidebands: Sequence[Sideband], bases: Sequence[Array], signals: Sequence[Array], places: Sequence[tuple[str, float]]
) -> list[float]:
    """Fit signal and polynomial to the simulated background of every window.

    The yield found, less two standard deviations of what the simulation's own statistics make of it, is the spurious
    signal: what is more is no fluctuation. The largest one of the neighbouring hypotheses counts, since the bias
    oscillates with the mass.

    Parameters
    ----------
    sidebands
        Simulated background.
    bases
        The chosen polynomials' basis.
    signals
        Signal templates, any normalisation.
    places
        (region, mass) that order the hypotheses.

    Returns
    -------
    list
        Events, >= 0.
    """
    result = np.zeros(len(sidebands))
    groups: dict[int, list[int]] = {}
    for number, basis in enumerate(bases):
        groups.setdefault(len(basis), []).append(number)
    for numbers in groups.values():
        result[numbers] = _fit(
            [sidebands[n] for n in numbers], [bases[n] for n in numbers], [signals[n] for n in numbers]
        )
    order = sorted(range(len(places)), key=places.__getitem__)
    envelope = np.zeros_like(result)
    for rank, number in enumerate(order):
        near = order[max(0, rank - NEIGHBOURS) : rank + NEIGHBOURS + 1]
        envelope[number] = max(result[n] for n in near if places[n][0] == places[number][0])
    return [float(each) for each in envelope]


def _fit(sidebands: Sequence[Sideband], bases: Sequence[Array], signals: Sequence[Array]) -> Array:
    """Give each window's fitted yield beyond two standard deviations of the simulation's statistics."""
    joined = []
    for sideband, basis, signal in zip(sidebands, bases, signals, strict=True):
        size = max(float(np.sqrt(sideband.counts.sum())), 1e-3)
        joined.append(np.vstack([size * signal / signal.sum(), basis]))
    model, counts = stack(joined), stack([each.counts for each in sidebands])
    fixed = stack([each.fixed for each in sidebands])
    lowest = np.zeros(model.shape[1])
    lowest[0] = -np.inf
    found, _ = fit_linear(model, counts, fixed, lowest)
    yields = found[:, 0] * model[:, 0].sum(axis=1)
    expected = np.maximum(np.einsum("pkb,pk->pb", model, found) + fixed, 1e-12)
    free = (found > 0) | (np.arange(model.shape[1]) == 0)
    rows = model * free[:, :, None]
    information = np.einsum("pkb,pb,plb->pkl", rows, 1 / expected, rows)
    information = information + np.eye(model.shape[1]) * np.where(free, 1e-12, 1.0)[:, :, None]
    sensitivity = np.linalg.solve(information, rows / expected[:, None, :])[:, 0] * model[:, 0].sum(axis=1)[:, None]
    spread = np.array([each.spread for each in sidebands])
    noise = np.sqrt(np.einsum("pb,pb->p", sensitivity**2, expected) * spread)
    bias: Array = np.maximum(np.abs(yields) - FLUCTUATION * noise, 0.0)
    return bias
