"""Families of a scan's results, and that a plot shows all of them."""

from dataclasses import replace

import numpy as np
from darkbelle.limits.families import families, label_of, main_family
from darkbelle.limits.plotting import draw
from darkbelle.limits.results import HypothesisResult
from darkbelle.limits.scan_result import Scan


def results(**masses_of: tuple[float, ...]) -> list[HypothesisResult]:
    """Give results of each lifetime's masses; the limit on mu is the mass."""
    return [
        HypothesisResult(f"m{mass}", mass=mass, point={"mass": mass, "lifetime": float(name[1:])}, expected=(mass,) * 5)
        for name, masses in masses_of.items()
        for mass in masses
    ]


def test_results_that_differ_in_the_mass_alone_are_a_family() -> None:
    found = families(results(t1=(1.0, 2.0), t10=(1.0,)))
    assert {family: [each.mass for each in members] for family, members in found.items()} == {
        (("lifetime", 1.0),): [1.0, 2.0],
        (("lifetime", 10.0),): [1.0],
    }


def test_the_main_family_is_that_of_the_most_masses_and_of_equals_the_first() -> None:
    assert [each.mass for each in main_family(results(t1=(1.0,), t10=(2.0, 3.0)))] == [2.0, 3.0]
    assert [each.mass for each in main_family(results(t1=(1.0,), t10=(2.0,)))] == [1.0]
    assert main_family([]) == []


def test_a_plot_has_the_bands_of_the_main_family_and_the_medians_of_all_others() -> None:
    made = tuple(results(t1=(0.5,), t10=(2.0, 3.0)))
    ax = draw(Scan("long_lived", 0.9, "cls", None, "asimov", "Belle II", made))
    lines = {str(line.get_label()): np.asarray(line.get_xdata()).tolist() for line in ax.lines}
    assert lines[r"expected median, $c\tau$ 10 cm"] == [2.0, 3.0]
    assert lines[r"$c\tau$ 1 cm"] == [0.5]


def test_one_family_needs_no_name() -> None:
    made = tuple(replace(each, point={"mass": each.mass or 0.0}) for each in results(t1=(1.0, 2.0)))
    ax = draw(Scan("zprime_invisible", 0.9, "cls", None, "asimov", "Belle II", made))
    assert ax.lines[0].get_label() == "expected median"
    assert label_of((("coupling", 1e-5),)) == "sample's coupling 1e-05"


def test_a_search_without_a_coupling_is_drawn_as_its_cross_section() -> None:
    made = tuple(replace(each, reference=0.5) for each in results(t1=(1.0, 2.0)))
    scan = Scan("magnetic_monopole", 0.9, "cls", None, "asimov", "Belle II", made)
    ax = draw(scan)
    assert np.asarray(ax.lines[0].get_ydata()).tolist() == [0.5, 1.0]  # mu times 0.5 nb
    assert ax.get_ylabel() == r"90 % CL upper limit on $\sigma$ [nb]"
    shares = draw(replace(scan, quantity="branching_fraction"))
    assert shares.get_ylabel() == "90 % CL upper limit on branching fraction"
    bare = replace(scan, hypotheses=tuple(replace(each, reference=None) for each in made))
    assert draw(bare).get_ylabel() == r"90 % CL upper limit on signal strength $\mu$"
