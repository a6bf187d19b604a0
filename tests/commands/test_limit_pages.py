from darkbelle.commands._limit_pages import Limits
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
