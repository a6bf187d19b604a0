from pathlib import Path

import numpy as np
import pytest
import uproot
from darkbelle.datasets.chunk import FileSurvey
from darkbelle.datasets.survey import SurveyError, Wanted, examine, survey_file
from darkbelle.executors.planning import chunks_of
from native_files import write_events


def test_a_native_file_tells_everything_by_itself(tmp_path: Path) -> None:
    file = str(write_events(tmp_path / "a.root"))
    survey = survey_file(Wanted("s", file))
    assert (survey.tree, survey.schema, survey.problem) == ("events", "darkbelle", None)
    assert (survey.entries, survey.events, survey.generated) == (2000, 2000, 4000.0)
    assert survey.edges == (0, 500, 1000, 1500, 2000)
    assert {"weight", "trigger_lml1", "photons_px"} <= survey.branches


@pytest.mark.parametrize("kept", [0.01, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_told_from_a_foreign_one(tmp_path: Path, kept: float) -> None:
    file = write_events(tmp_path / "a.root")
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(SurveyError, match="truncated") as found:
        examine(Wanted("s", str(file)))
    assert found.value.kind == "damaged"


def test_each_problem_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "text.root").write_text("hello")
    (tmp_path / "empty.root").touch()
    with uproot.recreate(tmp_path / "other.root") as file:
        file.mktree("events", {"x": "float64"}).extend({"x": np.ones(3)})
    with uproot.recreate(tmp_path / "zombie.root"):
        pass
    for name, message in (
        ("none.root", "there is no such file"),
        ("text.root", "is not a ROOT file"),
        ("empty.root", "is not a ROOT file"),
        ("other.root", "its format is not recognised"),
        ("zombie.root", "has no tree (was its writer stopped?)"),
    ):
        problem = survey_file(Wanted("s", str(tmp_path / name))).problem
        assert problem is not None
        assert problem.startswith(f"{tmp_path / name}: {message}")
        assert "\n" not in problem


def spans(chunksize: int, entries: int, edges: tuple[int, ...] = ()) -> list[tuple[int, int]]:
    return [(c.start, c.stop) for c in chunks_of(FileSurvey("s", "f", entries=entries, edges=edges), chunksize)]


def test_chunks_follow_clusters_where_these_are_small_enough() -> None:
    edges = (0, 30, 60, 90, 100)
    assert spans(65, 100, edges) == [(0, 60), (60, 100)]
    assert spans(1000, 100, edges) == [(0, 100)]
    assert spans(20, 100, edges) == [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100)]
    assert spans(60, 100) == [(0, 60), (60, 100)]
    assert spans(60, 0) == [(0, 0)]
