"""Vertices of pairs from the columns that basf2's vertex fit leaves in an ntuple."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.schemas.mapping import load_mapping
from darkbelle.datasets.schemas.names import escape
from input_files import chunk_of, keys, survey, write_tree

TRACKS = ("daughter(0, {})", "daughter(1, daughter(0, {}))", "daughter(1, daughter(1, {}))")
NAN = np.nan


def ntuple(path: Path, **changes: list[float]) -> Path:
    """Write B -> K LLP(two tracks) of three events: as listed, with the negative track first, without a kaon."""
    columns: dict[str, Any] = keys([1, 1, 1])
    for number, template in enumerate(TRACKS):
        values = {"px": [1.0 + number] * 3, "py": [0.5] * 3, "pz": [0.2] * 3, "charge": [(-1.0) ** (number + 1)] * 3}
        if number:
            values["charge"][1] *= -1.0
        else:
            values["px"] = [1.0, 1.0, NAN]
            values["py"] = values["pz"] = [0.5, 0.5, NAN]
        columns |= {escape(template.replace("{}", name)): np.array(value) for name, value in values.items()}
    pair = {"dx": [3.0, 0.0, 1.0], "dy": [4.0, 0.0, 0.0], "dz": [1.0, 2.0, 3.0], "chiProb": [0.5, 0.6, 0.7]}
    pair |= {"x_uncertainty": [0.1, 0.3, 0.2], "y_uncertainty": [0.2, 0.4, 0.1]} | changes
    columns |= {escape(f"daughter(1, {name})"): np.array(value) for name, value in pair.items()}
    write_tree(path, variables=columns)
    return path


def test_positions_uncertainties_and_tracks_are_those_of_the_pair(tmp_path: Path) -> None:
    found = survey(ntuple(tmp_path / "a.root"), load_mapping("BtoKplusLLP", tmp_path).model_dump())
    assert found.warnings == ()
    with chunk_of(found) as events:
        pairs = events.vertices
        assert pairs.x.to_list() == [[3.0], [0.0], [1.0]]
        assert pairs.probability[0, 0] == pytest.approx(0.5)
        # sqrt((3 * 0.1)^2 + (4 * 0.2)^2) / 5; without a radius both; along x alone.
        assert [each[0] for each in pairs.radius_error.to_list()] == pytest.approx([np.sqrt(0.73) / 5, 0.5, 0.2])
        assert pairs.first_px.to_list() == [[2.0], [3.0], [2.0]]  # the positive one
        assert pairs.second_px.to_list() == [[3.0], [2.0], [3.0]]
        assert pairs.first.to_list() == [[1], [2], [0]]  # there is no kaon in the last event
        assert pairs.second.to_list() == [[2], [1], [1]]
        assert events.tracks[pairs.first].px.to_list() == pairs.first_px.to_list()


def test_pairs_without_a_vertex_are_none(tmp_path: Path) -> None:
    path = ntuple(tmp_path / "a.root", dx=[NAN, 1.0, 2.0])
    with chunk_of(survey(path, load_mapping("BtoKplusLLP", tmp_path).model_dump())) as events:
        assert events.vertices.y.to_list() == [[], [0.0], [0.0]]


def test_columns_that_are_missing_are_told(tmp_path: Path) -> None:
    columns = keys([1]) | {escape(TRACKS[0].replace("{}", name)): np.ones(1) for name in ("px", "py", "pz")}
    mapping = {"tracks": [{"names": [TRACKS[0]]}] * 2, "vertices": [{"names": ["{}"], "first": 0, "second": 1}]}
    found = survey(write_tree(tmp_path / "a.root", variables=columns), mapping)
    assert any("no columns of the pairs' dx, dy and dz" in warning for warning in found.warnings)
    assert "vertices.x" not in found.fields


def test_pairs_are_of_tracks_that_the_mapping_has(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text('vertices: [{names: ["{}"], first: 0, second: 1}]')
    with pytest.raises(ConfigurationError, match="must be places in the list of tracks"):
        load_mapping("own.yaml", tmp_path)
