from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.good_runs import RunLuminosity, read_good_runs, total
from darkbelle.datasets.run_ranges import RunRange, RunSelection, single
from hypothesis import given
from hypothesis import strategies as st

RANGES = st.lists(
    st.tuples(st.none() | st.integers(0, 3), st.integers(0, 20), st.integers(0, 10)).map(
        lambda each: RunRange(experiment=each[0], first=each[1], last=each[1] + each[2])
    ),
    min_size=1,
    max_size=6,
).map(tuple)


@given(RANGES, RANGES)
def test_a_selection_holds_the_runs_that_lie_in_every_set(
    ours: tuple[RunRange, ...], theirs: tuple[RunRange, ...]
) -> None:
    experiments, runs = (each.ravel() for each in np.meshgrid(np.arange(4), np.arange(32)))

    def inside(experiment: int, run: int, ranges: tuple[RunRange, ...]) -> bool:
        return any(r.experiment in (None, experiment) and r.first <= run <= r.last for r in ranges)

    expected = [
        inside(e, r, ours) and inside(e, r, theirs) for e, r in zip(experiments.tolist(), runs.tolist(), strict=True)
    ]
    assert RunSelection((ours,)).restricted_to(theirs).mask(experiments, runs).tolist() == expected


def test_yaml_and_csv_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "runs.yaml").write_text(
        "source: by hand\nruns:\n"
        "- {experiment: 7, run: 12, luminosity: 0.1}\n"
        "- {experiment: 7, run: 14, luminosity: 0.3, prescales: {lml1: 10}}\n"
    )
    (tmp_path / "runs.csv").write_text("experiment, run, luminosity, prescale_lml1\n7, 12, 0.1,\n7, 14, 0.3, 10\n")
    expected = (RunLuminosity(7, 12, 0.1), RunLuminosity(7, 14, 0.3, {"lml1": 10.0}))
    for name in ("runs.yaml", "runs.csv"):
        assert read_good_runs(tmp_path / name).luminosities() == expected
    within = (RunRange(first=13, last=20),)
    assert read_good_runs(tmp_path / "runs.csv").luminosities(within) == expected[1:]


def test_a_prescaled_line_uses_the_sum_of_luminosity_over_prescale() -> None:
    runs = (RunLuminosity(7, 1, 0.1), RunLuminosity(7, 2, 0.3, {"lml1": 10.0}), RunLuminosity(7, 3, 0.2, {"lml1": 0.0}))
    assert total(runs) == pytest.approx(0.6)  # 0.1 + 0.3 + 0.2
    assert total(runs, ["lml1"]) == pytest.approx(0.13)  # 0.1 + 0.3 / 10; off in run 3
    assert total(runs, ["lml6"]) == pytest.approx(0.6)
    with pytest.raises(
        ConfigurationError, match=r"run 2: trigger lines used together are prescaled \(lml1 10, lml6 1\)"
    ):
        total(runs, ["lml1", "lml6"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runs: []", "runs: List should have at least 1 item"),
        ("runs: [{experiment: 7}]", "give a run, or first and last"),
        ("runs: [{first: 9, last: 2}]", "end before they begin"),
        ("runs: [{first: 1, last: 9, luminosity: 1}]", "a luminosity belongs to one run"),
        ("runs: [{experiment: 7, run: 1, luminosity: -1}]", "greater than or equal to 0"),
        ("runs: [{experiment: 7, run: 1, luminosity: 1}, {experiment: 7, run: 2}]", "experiment 7 run 2 has none"),
        ("runs: [{experiment: 7, run: 3}, {experiment: 7, first: 1, last: 5}]", "experiment 7 run 3 is listed twice"),
        ("runs: [{run: 3}, {experiment: 7, run: 3}]", "is listed twice"),
    ],
)
def test_a_wrong_list_is_refused_with_file_and_reason(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "runs.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"runs\.yaml: runs") as refused:
        read_good_runs(tmp_path / "runs.yaml")
    assert message in str(refused.value)


def test_a_csv_file_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("experiment,run,lumi\n7,12,0.1\n")
    with pytest.raises(ConfigurationError, match=r"runs\.csv: runs\.0\.lumi: unknown key"):
        read_good_runs(tmp_path / "runs.csv")


def test_single_runs_are_ranges_of_one() -> None:
    assert single([(7, 3)]) == (RunRange(experiment=7, first=3, last=3),)
