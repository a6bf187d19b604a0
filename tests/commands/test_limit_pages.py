from dataclasses import replace

from darkbelle.commands._limit_pages import Limits
from darkbelle.limits.tables import summary
from small_scans import scan


def test_limits_of_a_trained_selection_stand_beside_those_of_cuts() -> None:
    # BaBar's limits on epsilon are 9.58e-4 at 0.5 and 7.07e-4 at 2.5 GeV.
    cuts = scan("dark_photon_invisible", 53.0, {0.5: 1.916e-3, 2.5: 7.07e-4})
    trained = scan("dark_photon_invisible", 53.0, {0.5: 9.58e-4})
    lines = Limits(cuts, beside={"trained selection": trained}).comparison().splitlines()
    assert "| m [GeV] | expected | published | ratio | trained selection | ratio |" in lines
    assert "| 0.5 | 0.00192 | 0.000958 | 2.00 | 0.000958 | 1.00 |" in lines
    assert "| 2.5 | 0.000707 | 0.000707 | 1.00 | - | - |" in lines


def test_without_a_trained_selection_there_is_no_such_column() -> None:
    lines = Limits(scan("dark_photon_invisible", 53.0, {0.5: 1.916e-3})).comparison().splitlines()
    assert "| 0.5 | 0.00192 | 0.000958 | 2.00 |" in lines


def test_limits_of_samples_of_one_mass_say_which_sample() -> None:
    one = scan("dark_photon_invisible", 53.0, {0.5: 1.916e-3})
    made = [
        replace(each, point={"mass": 0.5, "coupling": coupling}) for each in one.hypotheses for coupling in (1e-5, 1e-3)
    ]
    lines = Limits(replace(one, hypotheses=tuple(made))).comparison().splitlines()
    assert "| 0.5, sample's coupling 1e-05 | 0.00192 | 0.000958 | 2.00 |" in lines
    assert "| 0.5, sample's coupling 0.001 | 0.00192 | 0.000958 | 2.00 |" in lines
    assert "sample's epsilon" in summary(replace(one, hypotheses=tuple(made)))
