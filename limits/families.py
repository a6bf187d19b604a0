"""Families of a scan's results: those that differ in nothing but the mass, which a plot joins by a line."""

from collections.abc import Sequence

from .results import HypothesisResult

Family = tuple[tuple[str, float], ...]
UNITS = {"lifetime": (r"$c\tau$", " cm"), "charge": ("charge", " e"), "higgs_mass": ("$m_{h'}$", " GeV")}


def families(results: Sequence[HypothesisResult]) -> dict[Family, list[HypothesisResult]]:
    """Give the results by what they have in common, in order."""
    found: dict[Family, list[HypothesisResult]] = {}
    for each in results:
        found.setdefault(tuple((name, value) for name, value in each.point.items() if name != "mass"), []).append(each)
    return found


def main_family(results: Sequence[HypothesisResult]) -> list[HypothesisResult]:
    """Give the family of the most masses; of several, the first."""
    return max(families(results).values(), key=len, default=[])


def label_of(family: Family) -> str:
    """Say in a plot's words what a family has in common."""
    told = [(UNITS.get(name, (f"sample's {name}", "")), value) for name, value in family]
    return ", ".join(f"{symbol} {value:g}{unit}" for (symbol, unit), value in told)
