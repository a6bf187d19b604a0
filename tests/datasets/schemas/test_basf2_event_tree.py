"""Event-based trees: basf2's layout, and its three defects, each detected and named."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.survey import SurveyError
from input_files import chunk_of, survey, write_tree


def tree(sizes: list[int], **more: Any) -> dict[str, Any]:
    """Give an event-based tree's reserved columns in basf2's order, and more."""
    events = len(sizes)
    columns = {
        "__event__": np.arange(events, dtype=np.uint32),
        "__run__": np.full(events, 3, np.int32),
        "__experiment__": np.full(events, 12, np.int32),
        "__production__": np.zeros(events, np.int32),
        "__ncandidates__": np.asarray(sizes, np.int32),
        "__weight__": np.ones(events, np.float32),
    }
    return columns | more


def lists(sizes: list[int], start: float = 0.0) -> ak.Array:
    return ak.unflatten(np.arange(sum(sizes)) + start, sizes)


def test_the_file_with_broken_booleans_opens_without_them(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2ebt_layout_boolbug.root")
    assert (found.schema, found.entries, found.events) == ("basf2-event-tree", 50, 50)
    (warning,) = found.warnings
    assert "isB: columns of candidates that basf2 wrote as booleans are wrong" in warning
    with chunk_of(found) as events:
        assert "isB" not in events.candidates.fields
        assert {"E", "nD", "isMC", "Ecms"} <= set(events.candidates.fields)
        assert ak.num(events.candidates).to_list() == [i % 8 for i in range(50)]


def test_broken_booleans_cannot_be_used_by_a_mapping(real_inputs: Path) -> None:
    with pytest.raises(SurveyError, match="candidates: no column 'isB'"):
        survey(real_inputs / "v2ebt_layout_boolbug.root", {"candidates": ["isB"]})


def test_event_variables_and_the_best_candidates_objects(tmp_path: Path) -> None:
    sizes = [2, 0, 1]
    columns = tree(sizes, Ecms=np.full(3, 10.58), chiProb=ak.Array([[0.1, 0.8], [], [0.3]]))
    columns |= {f"mu_{name}": lists(sizes, start) for start, name in enumerate(("px", "py", "pz"))}
    mapping = {"best": {"highest": "chiProb"}, "tracks": [{"names": ["mu_{}"]}]}
    with chunk_of(survey(write_tree(tmp_path / "a.root", tree=columns), mapping)) as events:
        assert events.tracks.px.to_list() == [[1.0], [], [2.0]]
        assert events.weight.to_list() == [1.0, 1.0, 1.0]
        np.testing.assert_allclose(events.beam.sqrt_s, 10.58)
        assert events.candidates.Ecms.to_list() == [[10.58, 10.58], [], [10.58]]
        assert events.candidates.best.to_list() == [[False, True], [], [True]]


def test_events_that_may_have_lost_candidates_are_told(tmp_path: Path) -> None:
    sizes = [100, 3, 100]
    found = survey(write_tree(tmp_path / "a.root", tree=tree(sizes, E=lists(sizes))))
    assert any("2 events have 100 candidates" in warning for warning in found.warnings)


def test_more_candidates_than_basf2_keeps_are_refused(tmp_path: Path) -> None:
    sizes = [101]
    with pytest.raises(SurveyError, match="an event has 101 candidates; basf2 keeps 100"):
        survey(write_tree(tmp_path / "a.root", tree=tree(sizes, E=lists(sizes))))


def test_event_variables_behind_counters_are_refused_where_they_cannot_be_right(tmp_path: Path) -> None:
    # nTracks behind evtNum holds the value of Ecms' neighbour, Ecms nothing at all.
    columns = tree([1, 1], nTracks=np.array([11.0, 4.0]), evtNum=np.array([1, 2], np.int32), Ecms=np.zeros(2))
    with pytest.raises(SurveyError, match=r"Ecms is 0 somewhere, which cannot be: .* since evtNum stands before it"):
        survey(write_tree(tmp_path / "a.root", tree=columns))
    columns["Ecms"] = np.full(2, 10.58)
    (warning,) = survey(write_tree(tmp_path / "b.root", tree=columns)).warnings
    assert "Ecms stand after evtNum, where basf2 mixes up event variables" in warning
    behind = tree([1, 1], nTracks=np.array([11.0, 4.0]), evtNum=np.array([1, 2], np.int32))
    assert survey(write_tree(tmp_path / "c.root", tree=behind)).warnings == ()


def test_trees_with_the_same_entries_are_joined_and_others_refused(tmp_path: Path) -> None:
    sizes = [2, 0, 1]
    gammas = tree(sizes) | {name: lists(sizes, start) for start, name in enumerate(("px", "py", "pz", "E"))}
    mapping = {"tree": "main", "photons": {"tree": "gammas", "rows": {}}}
    found = survey(write_tree(tmp_path / "a.root", main=tree([1, 1, 0]), gammas=gammas), mapping)
    with chunk_of(found, 0, 2) as events:
        assert events.photons.px.to_list() == [[0.0, 1.0], []]
    with pytest.raises(SurveyError, match="gammas has 3 entries, not 2"):
        survey(write_tree(tmp_path / "b.root", main=tree([1, 1]), gammas=gammas), mapping)
    other = gammas | {"__event__": np.array([0, 1, 7], np.uint32)}
    found = survey(write_tree(tmp_path / "c.root", main=tree([1, 1, 0]), gammas=other), mapping)
    with chunk_of(found) as events, pytest.raises(Exception, match="gammas has other events than the main tree"):
        ak.to_list(events.photons.px)
