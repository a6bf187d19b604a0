import pytest
from darkbelle.datasets.schemas.names import CODES, Names, escape, unescape, without_spaces
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("variable", "branch"),
    [
        ("useCMSFrame(E)", "useCMSFrame__boE__bc"),
        ("L1FTDL(lml1)", "L1FTDL__bolml1__bc"),
        ("nParticlesInList(gamma:all)", "nParticlesInList__bogamma__clall__bc"),
        ("daughter(0, p)", "daughter__bo0__cm__spp__bc"),
        (
            "SoftwareTriggerResult(software_trigger_cut&skim&accept_mumutight)",
            "SoftwareTriggerResult__bosoftware_trigger_cut__amskim__amaccept_mumutight__bc",
        ),
    ],
)
def test_names_are_escaped_as_basf2_escapes_them(variable: str, branch: str) -> None:
    assert escape(variable) == branch
    assert unescape(branch) == variable


ALPHABET = "".join(CODES) + "abcmpgtE019"


@given(st.text(ALPHABET, min_size=1, max_size=40))
def test_unescaping_undoes_escaping_for_all_names_without_underscores(variable: str) -> None:
    assert unescape(escape(variable)) == variable


@pytest.mark.parametrize("column", ["__production__", "__event__", "__ncandidates__", "__weight__", "__eventType__"])
def test_reserved_columns_stay_as_they_are(column: str) -> None:
    assert unescape(column) == column  # decoded, __production__ would begin with a percent sign
    assert Names([column]).find(column) == column


def test_variables_are_found_however_their_spaces_were_typed() -> None:
    names = Names([escape("daughter(0, p)"), escape("daughter(1,p)"), "gamma_clusterE"])
    for typed in ("daughter(0,p)", "daughter(0, p)", "daughter( 0 , p )"):
        assert names.find(typed) == "daughter__bo0__cm__spp__bc"
    assert names.find("daughter(1, p)") == "daughter__bo1__cmp__bc"
    assert names.find("gamma_clusterE") == "gamma_clusterE"
    assert names.find("daughter(2, p)") is None
    assert "daughter(0,p)" in names.nearest("daughter(2, p)")


def test_names_that_are_not_escaped_are_taken_as_typed() -> None:
    names = Names(["daughter(0, p)", "my__pt"], escaped=False)
    assert names.find("daughter(0,p)") == "daughter(0, p)"
    assert names.find("my__pt") == "my__pt"


def test_spaces_of_all_kinds_are_left_out() -> None:
    assert without_spaces(" daughter(0,\tp) ") == "daughter(0,p)"
