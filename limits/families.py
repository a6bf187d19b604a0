"""Families of hypotheses: those that differ in nothing but the mass, which a scan interpolates and a plot joins."""

from collections.abc import Mapping, Sequence

from .results import HypothesisResult

Family = tuple[tuple[str, float], ...]
UNITS = {"lifetime": (r"$c\tau$", " cm"), "charge": ("charge", " e"), "higgs_mass": ("$m_{h'}$", " GeV")}


def family_of(point: Mapping[str, float]) -> Family:
    """Give what a hypothesis has in common with its family: all of its parameters but the mass."""
    return tuple(sorted((name, value) for name, value in point.items() if name != "mass"))


def families(results: Sequence[HypothesisResult]) -> dict[Family, list[HypothesisResult]]:
    """Give the results with limits by family, the one of the most masses before the others, which keep their order."""
    found: dict[Family, list[HypothesisResult]] = {}
    for each in results:
        if each.expected and each.status == "ok":
            found.setdefault(family_of(each.point), []).append(each)
    main = max(found, key=lambda family: len(found[family]), default=())
    return {main: found.pop(main), **found} if found else {}


def main_family(results: Sequence[HypothesisResult]) -> list[HypothesisResult]:
    """Give the results with limits of the family of the most masses; of several, of the first."""
    return next(iter(families(results).values()), [])


def label_of(family: Family) -> str:
    """Say in a plot's or a table's words what a family has in common."""
    told = [(UNITS.get(name, (f"sample's {name}", "")), value) for name, value in family]
    return ", ".join(f"{symbol} {value:g}{unit}" for (symbol, unit), value in told)
