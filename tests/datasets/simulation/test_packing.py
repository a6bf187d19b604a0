"""Events chosen and joined column by column are those of awkward's own slices and concatenations."""

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.simulation.packing import join, select
from hypothesis import given, settings
from hypothesis import strategies as st


def events(sizes: list[int], first: int = 0) -> ak.Array:
    """Make events of a number, a trigger bit and a list of tracks of the sizes given."""
    number, counts = sum(sizes), np.array(sizes, dtype=np.int64)
    momenta = ak.unflatten(np.arange(number, dtype=np.float32) + np.float32(first), counts)
    index = ak.unflatten(np.arange(number, dtype=np.int32), counts)
    tracks = ak.zip({"px": momenta, "truth": index})
    trigger = ak.zip({"ffo": np.arange(len(sizes)) % 2 == 0})
    return ak.Array({"event": np.arange(len(sizes)) + first, "trigger": trigger, "tracks": tracks})


SIZES = st.lists(st.integers(0, 4), max_size=12)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12))
def test_chosen_events_are_those_of_the_mask(rows: list[tuple[int, bool]]) -> None:
    made = events([size for size, _ in rows])
    kept = np.array([chosen for _, chosen in rows], dtype=np.bool_)
    assert select(made, kept).to_list() == made[kept].to_list()
    assert select(made[1:], kept[1:]).to_list() == made[1:][kept[1:]].to_list()


@settings(deadline=None, max_examples=30)
@given(st.lists(SIZES, min_size=1, max_size=4))
def test_joined_events_are_those_of_all_parts_in_their_order(parts: list[list[int]]) -> None:
    made = [events(sizes, 100 * number) for number, sizes in enumerate(parts)]
    joined = join(made)
    assert joined.to_list() == [event for part in made for event in part.to_list()]
    assert join([part[: len(part) // 2] for part in made]).to_list() == [
        event for part in made for event in part.to_list()[: len(part) // 2]
    ]


@pytest.mark.parametrize("other", [[1, 2], [0], []])
def test_types_stay_and_lists_start_at_zero(other: list[int]) -> None:
    joined = join([events([2, 0, 1]), events(other)])
    assert joined.tracks.px.type.content == events([1]).tracks.px.type.content
    assert joined.layout.content("tracks").offsets[0] == 0


def test_layouts_of_other_kinds_are_joined_too() -> None:
    lazy = events([2, 0, 1])[[2, 0]]
    assert join([lazy, events([1])]).to_list() == [*lazy.to_list(), *events([1]).to_list()]
