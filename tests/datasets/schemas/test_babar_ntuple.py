"""BaBar's ntuples: the layout of public MakeClass headers, written by the tests."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.survey import SurveyError
from input_files import chunk_of, survey, write_tree

# p = 2 GeV, cos theta = 0.6, phi = pi/2: pt = 2 * 0.8 = 1.6, so (0, 1.6, 1.2).
GAMMA = {"p3": [[2.0], [], [1.0, 0.5]], "costh": [[0.6], [], [0.0, -1.0]], "phi": [[np.pi / 2], [], [0.0, 0.0]]}
TRACK = {"p3": [[], [5.0], [1.0, 2.0]], "costh": [[], [0.8], [0.0, 0.0]], "phi": [[], [0.0], [np.pi, 0.0]]}


def block(name: str, counter: str, lists: dict[str, list[list[float]]], **more: list[list[int]]) -> dict[str, Any]:
    columns: dict[str, Any] = {
        f"{name}{quantity}": ak.values_astype(ak.Array(values), np.float32) for quantity, values in lists.items()
    }
    columns |= {f"{name}{quantity}": ak.values_astype(ak.Array(v), np.int32) for quantity, v in more.items()}
    return columns | {counter: ak.to_numpy(ak.num(next(iter(columns.values())))).astype(np.int32)}


def ntuple(path: Path, lower: bool = False, **changes: Any) -> Path:
    """Write three events; uproot adds counters of its own beside BaBar's."""
    columns: dict[str, Any] = {
        "runNumber": np.array([11, 11, 12], np.int32),
        "platform": np.array([1, 1, 1], np.int32),
        "partition": np.array([3, 3, 3], np.int32),
        "upperID": np.array([-5, 7, 7], np.int32),
        "lowerID": np.array([9, -2, 2**31 - 1], np.int32),
        "eeE": np.full(3, 12.1, np.float32),
        "eePx": np.full(3, -0.1, np.float32),
        "eePy": np.zeros(3, np.float32),
        "eePz": np.full(3, 5.9, np.float32),
        "BGFTwoProng": np.array([1, 0, 1], np.int32),
    }
    columns |= block(
        "gamma", "ngamma", GAMMA | {"energy": GAMMA["p3"], "Lat": GAMMA["costh"]}, MCIdx=[[1], [], [0, -1]]
    )
    columns |= block(
        "TRK", "nTRK", TRACK | {"DocaXY_xy": TRACK["costh"], "DocaXY_z": TRACK["phi"]}, Lund=[[], [13], [211, -11]]
    )
    columns["muSelectorsMap"] = ak.values_astype(ak.Array([[], [0b1011 << 14], [-(2**31), 0]]), np.int32)
    columns |= block("mc", "mcLen", GAMMA | {"energy": GAMMA["p3"]}, Lund=[[22], [], [23, 22]])
    columns |= {"mothIdx": ak.values_astype(ak.Array([[-1], [], [-1, 0]]), np.int32)}
    columns |= {"dauLen": ak.values_astype(ak.Array([[0], [], [1, 0]]), np.int32)}
    columns |= changes
    if lower:
        columns = {name.lower(): values for name, values in columns.items()}
    write_tree(path, ntp1=columns)
    return path


@pytest.mark.parametrize("lower", [False, True])
def test_blocks_become_collections(tmp_path: Path, lower: bool) -> None:
    found = survey(ntuple(tmp_path / "a.root", lower=lower))
    assert (found.schema, found.tree, found.entries, found.events) == ("babar-ntuple", "ntp1", 3, 3)
    with chunk_of(found) as events:
        assert ak.num(events.photons).to_list() == [1, 0, 2]
        for name, expected in {"px": 0.0, "py": 1.6, "pz": 1.2, "energy": 2.0, "lateral_energy": 0.6}.items():
            assert events.photons[name][0, 0] == pytest.approx(expected, abs=1e-6)
        assert events.photons.truth.to_list() == [[1], [], [0, -1]]
        assert events.tracks.charge.to_list() == [[], [-1], [1, 1]]  # mu-, pi+, e+
        assert events.tracks.px.to_list() == [[], [pytest.approx(3.0)], [pytest.approx(-1.0), pytest.approx(2.0)]]
        assert events.truth.pdg.to_list() == [[22], [], [23, 22]]
        assert events.truth.status.to_list() == [[1], [], [2, 1]]
        assert events.beam.sqrt_s[0] == pytest.approx(np.sqrt(12.1**2 - 0.1**2 - 5.9**2), rel=1e-6)


def test_event_numbers_are_64_bit_time_stamps_of_two_signed_halves(tmp_path: Path) -> None:
    with chunk_of(survey(ntuple(tmp_path / "a.root")), 0, 2) as events:
        # -5 * 2^32 + 9, and 7 * 2^32 + (2^32 - 2)
        assert events.event.to_list() == [-5 * 2**32 + 9, 7 * 2**32 + 2**32 - 2]
        assert events.run.to_list() == [11, 11]
        assert (events.experiment[0], events.production[0]) == (1, 3)


def test_selectors_and_tags_are_named_by_the_mapping(tmp_path: Path) -> None:
    path = ntuple(tmp_path / "a.root")
    assert "tracks.muon_id" not in survey(path).fields
    mapping = {
        "selectors": {"muon_id": {"map": "muSelectorsMap", "bits": [14, 15, 16, 17]}},
        "trigger": {"columns": {"two_prong": "BGFTwoProng"}},
    }
    with chunk_of(survey(path, mapping)) as events:
        assert events.tracks.muon_id.to_list() == [[], [0.75], [0.0, 0.0]]  # three of four; bit 31 is none of them
        assert events.trigger.two_prong.to_list() == [True, False, True]
    with pytest.raises(SurveyError, match="there is no column 'tauSelectorsMap'"):
        survey(path, {"selectors": {"muon_id": {"map": "tauSelectorsMap", "bits": [1]}}})
    with pytest.raises(SurveyError, match="trigger line x: there is no column 'None'"):
        survey(path, {"trigger": {"columns": {"x": "None"}}})


def test_chunks_are_ranges_of_events(tmp_path: Path) -> None:
    with chunk_of(survey(ntuple(tmp_path / "a.root")), 1, 3) as events:
        assert ak.num(events.tracks).to_list() == [1, 2]
