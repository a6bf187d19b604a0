"""From limits on cross sections to the theory: coupling, excluded ranges, and the dark matter plane."""

from collections.abc import Sequence
from dataclasses import replace

from ..processors.recipe import LimitRecipe
from .contour import excluded_ranges
from .results import HypothesisResult


def interpret(results: Sequence[HypothesisResult], recipe: LimitRecipe) -> tuple[HypothesisResult, ...]:
    """Solve for the excluded coupling where the lifetime, and with it the efficiency, follows from the coupling.

    Results of one mass and several lifetimes together give each limit as a function of the lifetime; every one of them
    then carries the mass's excluded ranges.
    """
    if recipe.lifetime is None:
        return tuple(results)
    solved = []
    for each in results:
        family = [other for other in results if other.mass == each.mass and other.status == "ok"]
        if each.status != "ok":
            solved.append(each)
            continue
        solved.append(
            replace(
                each,
                excluded_expected=excluded_ranges(family, recipe.lifetime, _median),
                excluded=None
                if each.observed is None
                else excluded_ranges(family, recipe.lifetime, lambda one: one.observed),
            )
        )
    return tuple(solved)


def _median(result: HypothesisResult) -> float | None:
    return result.expected[2] if result.expected else None
