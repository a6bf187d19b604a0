"""Pieces of work on a site: all results arrive, in order where asked, and a failure is raised by its own name."""

from pathlib import Path

import pytest
from darkbelle.datasets.errors import ModelError
from darkbelle.executors.mapping import map_on_site, site_mapper
from darkbelle.executors.opening import open_site


def square(number: int) -> int:
    if number == 13:
        raise ModelError("thirteen cannot be squared.")
    return number**2


def interrupted(place: tuple[str, int]) -> int:
    """Fail on the first attempt at each number, as a lost worker does."""
    folder, number = place
    mark = Path(folder) / str(number)
    if not mark.exists():
        mark.touch()
        raise OSError("lost")
    return number


def test_all_results_arrive_with_their_items_and_in_order_where_asked() -> None:
    with open_site("threads", 2) as client:
        assert dict(map_on_site(client, square, range(12))) == {number: number**2 for number in range(12)}
        assert list(site_mapper(client)(square, range(12))) == [number**2 for number in range(12)]
        assert list(map_on_site(client, square, [])) == []


def test_a_piece_that_fails_once_is_tried_again(tmp_path: Path) -> None:
    with open_site("threads", 2) as client:
        items = [(str(tmp_path), number) for number in range(3)]
        assert sorted(result for _, result in map_on_site(client, interrupted, items)) == [0, 1, 2]


def test_a_failure_that_stays_is_raised_as_it_was() -> None:
    with open_site("threads", 2) as client, pytest.raises(ModelError, match="thirteen"):
        list(map_on_site(client, square, [13]))
