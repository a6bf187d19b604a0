"""Excluded ranges of a coupling that sets the lifetime too: efficiency follows from it, so the contour is solved."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from ..processors.recipe import LifetimeLaw
from .coupling import alp_lifetime, scalar_lifetime
from .histfactory import Array
from .results import HypothesisResult, Ranges

Pick = Callable[[HypothesisResult], float | None]
STEPS = 2000  # in the logarithm of the coupling, between which an edge is looked for
LAWS: dict[LifetimeLaw, Callable[[float, float], float]] = {
    "two_photon_width": alp_lifetime,
    "scalar_mixing": scalar_lifetime,
}


def excluded_ranges(family: Sequence[HypothesisResult], law: LifetimeLaw, pick: Pick) -> Ranges:
    """Solve sigma(g) > sigma_UL(c tau(g)) for the coupling g.

    Parameters
    ----------
    family
        Results of one mass, at several lifetimes (c tau in cm) or at several couplings.
    law
        How c tau follows from mass and coupling.
    pick
        The limit on mu to take.

    Returns
    -------
    tuple
        Excluded ranges, ascending; an end that is None is open. Nothing is claimed beyond the simulated lifetimes,
        except that a simulated lifetime of 0 stands for all shorter ones.
    """
    limits = [(each, each.cross_section(pick(each))) for each in family]
    points = [(_lifetime(each, law), section) for each, section in limits if section]
    if not points or family[0].mass is None or family[0].born is None or family[0].coupling is None:
        return ()
    mass, born, reference, power = family[0].mass, family[0].born, family[0].coupling, family[0].coupling_power
    longest, shortest, curve = _limit_curve(points)

    def excess(log_coupling: float) -> float:
        coupling = float(np.exp(log_coupling))
        section = born * (coupling / reference) ** power
        return float(np.log(section) - curve(LAWS[law](mass, coupling)))

    low = _log_coupling(law, mass, longest)
    open_end = shortest == 0.0
    positive = [each for each, _ in points if each > 0]
    highest = low if not positive else _log_coupling(law, mass, min(positive))
    if open_end:  # beyond it the prompt limit is constant: the edge lies where the cross section reaches it
        prompt = np.exp(curve(0.0))
        highest = max(highest, float(np.log(reference * (prompt / born) ** (1 / power))) + 1.0)
    if not highest > low:
        return ((float(np.exp(low)), None),) if open_end and excess(low) > 0 else ()
    return _ranges(excess, np.linspace(low, highest, STEPS), open_end)


def _lifetime(result: HypothesisResult, law: LifetimeLaw) -> float:
    point = result.point
    if "coupling" in point and "lifetime" not in point:
        return LAWS[law](point["mass"], point["coupling"])
    return point.get("lifetime", 0.0)


def _log_coupling(law: LifetimeLaw, mass: float, lifetime: float) -> float:
    """Give ln of the coupling of a lifetime, which goes with coupling^-2."""
    return 0.5 * float(np.log(LAWS[law](mass, 1.0) / lifetime)) if lifetime > 0 else float("-inf")


def _limit_curve(points: Sequence[tuple[float, float]]) -> tuple[float, float, Callable[[float], float]]:
    """Join ln(sigma_UL) over ln(c tau); below the shortest positive lifetime, linearly in c tau to the prompt one."""
    known = dict(sorted(points))
    prompt = known.get(0.0)
    times = np.array([each for each in known if each > 0])
    logs = np.log([known[each] for each in times])
    if not len(times):
        return 1e-6, 0.0, lambda _: float(np.log(prompt or 1.0))
    joined = PchipInterpolator(np.log(times), logs) if len(times) > 1 else None

    def curve(lifetime: float) -> float:
        if lifetime < times[0] and prompt is not None:
            share = lifetime / times[0]
            return float((1 - share) * np.log(prompt) + share * logs[0])
        place = float(np.clip(np.log(max(lifetime, 1e-300)), np.log(times[0]), np.log(times[-1])))
        return float(logs[0] if joined is None else joined(place))

    return float(times[-1]), 0.0 if prompt is not None else float(times[0]), curve


def _ranges(excess: Callable[[float], float], grid: Array, open_end: bool) -> Ranges:
    above = np.array([excess(each) for each in grid]) > 0
    found: list[tuple[float, float | None]] = []
    start: float | None = float(np.exp(grid[0])) if above[0] else None
    for number in np.flatnonzero(np.diff(above)):
        edge = float(np.exp(brentq(excess, grid[number], grid[number + 1], rtol=1e-9)))
        if above[number + 1]:
            start = edge
        elif start is not None:
            found.append((start, edge))
            start = None
    if start is not None:
        found.append((start, None if open_end else float(np.exp(grid[-1]))))
    return tuple(found)
