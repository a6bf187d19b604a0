from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.files import opened
from darkbelle.datasets.schemas.columns import Columns
from darkbelle.datasets.schemas.rows import best_rows, owned_rows, unsigned_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from input_files import keys, write_tree


def counts_of(path: Path, size: int) -> list[int]:
    """Give the events' sizes as chunks of `size` rows find them."""
    found: list[int] = []
    with opened(str(path)) as file:
        table = file.table("variables")
        for start in range(0, table.entries, size):
            stop = min(start + size, table.entries)
            rows = owned_rows(Columns(table, start, stop))
            assert rows.stop - rows.start == sum(rows.counts)
            found.extend(rows.counts)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=30), size=st.integers(1, 40))
def test_whatever_the_chunk_size_every_event_is_found_whole_and_once(
    tmp_path: Path, sizes: list[int], size: int
) -> None:
    path = write_tree(tmp_path / "a.root", variables=keys(sizes))
    assert counts_of(path, size) == sizes


def test_an_event_longer_than_what_is_read_ahead_is_not_cut(tmp_path: Path) -> None:
    sizes = [3, 2000, 4]
    path = write_tree(tmp_path / "a.root", variables=keys(sizes))
    assert counts_of(path, 5) == sizes


def test_events_with_the_same_numbers_one_after_the_other_stay_apart(tmp_path: Path) -> None:
    # Simulations of two samples, merged: event 7 ends one and begins the other.
    path = write_tree(tmp_path / "a.root", variables=keys([2, 3, 3, 1], events=[6, 7, 7, 8]))
    assert counts_of(path, 4) == [2, 3, 3, 1]


def test_events_of_different_productions_stay_apart(tmp_path: Path) -> None:
    # Sampled candidates: the number rises from one event to the next, and only the production differs.
    columns = keys([1, 1], events=[7, 7], __production__=np.array([1, 2], np.int32))
    columns |= {"__candidate__": np.array([0, 1], np.int32), "__ncandidates__": np.array([4, 4], np.int32)}
    assert counts_of(write_tree(tmp_path / "a.root", variables=columns), 1) == [1, 1]
    columns["__production__"] = None
    assert counts_of(write_tree(tmp_path / "b.root", variables=columns), 1) == [2]


def test_event_numbers_need_not_rise(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "a.root", variables=keys([2, 1, 2], events=[9, 4, 5]))
    assert counts_of(path, 2) == [2, 1, 2]


def test_sampled_candidates_leave_holes_and_events_stay_whole(tmp_path: Path) -> None:
    columns = keys([2, 2], __candidate__=np.array([1, 5, 0, 9], np.int32), __ncandidates__=np.full(4, 12, np.int32))
    assert counts_of(write_tree(tmp_path / "a.root", variables=columns), 1) == [2, 2]


def test_candidates_of_several_signal_sides_are_one_event(tmp_path: Path) -> None:
    columns = keys([5], __candidate__=np.array([0, 1, 0, 1, 2], np.int32))
    columns |= {"__ncandidates__": np.array([2, 2, 3, 3, 3], np.int32)}
    columns |= {"__signalSideCandidate__": np.array([0, 0, 1, 1, 1], np.int32)}
    assert counts_of(write_tree(tmp_path / "a.root", variables=columns), 2) == [5]


@pytest.mark.parametrize(
    ("score", "expected"),
    [(None, [0, -1, 2, 5]), ([1, 3, np.nan, 5, 5, np.nan], [1, -1, 3, 5])],
)
def test_the_best_row_has_the_highest_score_and_nan_is_the_worst(
    score: list[float] | None, expected: list[int]
) -> None:
    counts = np.array([2, 0, 3, 1])
    np.testing.assert_array_equal(best_rows(counts, None if score is None else np.array(score)), expected)


def test_event_numbers_written_as_negative_int32_are_large() -> None:
    np.testing.assert_array_equal(unsigned_event(np.array([-1, 5], np.int32)), [2**32 - 1, 5])
