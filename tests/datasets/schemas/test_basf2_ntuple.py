"""Flat ntuples: what basf2 wrote, and fixtures in its layout for what the files at hand do not show."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from darkbelle.datasets.schemas.names import escape
from darkbelle.datasets.survey import SurveyError
from input_files import BEAMS, chunk_of, chunks, keys, survey, write_tree

PHOTON = {"px": 1.0, "py": 2.0, "pz": 2.0, "E": 3.0, "clusterTiming": 5.0, "clusterReg": 2.0}


def named(template: str, rows: int, values: dict[str, Any]) -> dict[str, Any]:
    """Give columns of an object, called as basf2 calls them."""
    return {
        escape(template.replace("{}", name)): np.broadcast_to(np.asarray(value), (rows,)).copy()
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("file", "entries", "events", "tree"),
    [
        ("v2nt_fei_2021.root", 61309, 6951, "tree"),
        ("v2nt_wide_duplicates_2021.root", 211, 46, "variables"),
        ("v2nt_eventmode_2021.root", 1000, 1000, "MCGenTopo"),
        ("v2nt_layout_20k.root", 20000, 20000, "variables"),
    ],
)
def test_real_files_give_the_counts_of_their_description(
    real_inputs: Path, file: str, entries: int, events: int, tree: str
) -> None:
    found = survey(real_inputs / file)
    assert (found.schema, found.tree, found.entries) == ("basf2-ntuple", tree, entries)
    assert found.events == (entries if "eventmode" in file else None)
    with chunk_of(found) as opened:
        assert len(opened) == events
        assert ak.sum(ak.num(opened.candidates)) == entries


def test_chunk_sizes_do_not_change_events_multiplicities_or_histograms(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2nt_fei_2021.root", {"best": {"highest": "SigProb"}})
    results: list[tuple[Any, Any, Any]] = []
    for size in (100, 1000, 10_000, 61_309):
        parts = []
        for events in chunks(found, size):
            rows = events.candidates
            assert ak.all(rows["__ncandidates__"] == ak.num(rows))  # no event was cut
            parts.append([ak.to_numpy(each) for each in (ak.num(rows), events.event, ak.flatten(rows.Mbc[rows.best]))])
        counts, numbers, masses = (np.concatenate(each) for each in zip(*parts, strict=True))
        results.append((counts, numbers, np.histogram(masses, 100, (5.2, 5.3))[0]))
        assert (len(counts), counts.sum(), counts.max(), len(masses)) == (6951, 61309, 20, 6951)
    for result in results[1:]:
        for one, reference in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(one, reference)


def test_the_best_candidate_is_the_one_that_basf2_ranked_first(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2nt_fei_2021.root", {"best": {"highest": "SigProb"}})
    with chunk_of(found) as events:
        ranks = events.candidates.FEIProbRank[events.candidates.best]
        assert ak.all(ak.num(ranks) == 1)
        assert ak.all(ranks == 1)


def test_undefined_values_stay_undefined(real_inputs: Path) -> None:
    with chunk_of(survey(real_inputs / "v2nt_fei_2021.root")) as events:
        assert np.isnan(ak.to_numpy(ak.flatten(events.candidates.isSignal))).sum() == 7844


def test_columns_that_are_there_twice_are_read_once_and_told(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2nt_wide_duplicates_2021.root")
    assert len(found.branches) == 717
    (warning,) = found.warnings
    assert "columns are there twice" in warning
    with chunk_of(found) as events, uproot.open(f"{found.file}:variables") as tree:
        assert ak.flatten(events.candidates.p).to_list() == tree["p"].array().to_list()
        assert "useCMSFrame(p)" in events.candidates.fields


def test_types_of_other_releases_give_the_same_events(tmp_path: Path) -> None:
    old = keys([2, 1]) | {"nTracks": np.array([3.0, 3.0, 4.0]), "isMC": np.array([1.0, 1.0, np.nan])}
    new = keys([2, 1]) | {"nTracks": np.array([3, 3, 4], np.int32), "isMC": np.array([True, True, False])}
    old["__event__"] = old["__event__"].astype(np.int32)
    trigger = {escape("L1FTDL(lml1)"): (np.array([1.0, 1.0, np.nan]), np.array([True, True, False]))}
    read = []
    for i, columns in enumerate((old, new)):
        columns |= {name: pair[i] for name, pair in trigger.items()}
        with chunk_of(survey(write_tree(tmp_path / f"{i}.root", variables=columns))) as events:
            read.append((events.event.to_list(), events.candidates.nTracks.to_list(), events.trigger.lml1.to_list()))
            assert events.event.type.content.primitive == "int64"
    assert read[0] == read[1] == ([0, 1], [[3, 3], [4]], [True, False])


def test_strings_do_not_disturb(real_inputs: Path) -> None:
    with chunk_of(survey(real_inputs / "v2nt_layout_20k.root"), 0, 10) as events:
        assert "__eventType__" not in events.candidates.fields
        assert {"v1", "v5", "v10"} <= set(events.candidates.fields)


def test_sampling_weights_multiply_generator_weights(tmp_path: Path) -> None:
    columns = keys([2, 1], __weight__=np.array([10.0, 10.0, 1.0])) | {
        "generatorEventWeight": np.array([0.5, 0.5, -1.0])
    }
    with chunk_of(survey(write_tree(tmp_path / "a.root", variables=columns))) as events:
        assert events.weight.to_list() == [5.0, -1.0]
        assert events.candidates["__weight__"].to_list() == [[10.0, 10.0], [1.0]]


def test_objects_are_the_best_candidates_and_absent_ones_are_no_objects(tmp_path: Path) -> None:
    nan = np.nan
    columns = keys([2, 1]) | {"chiProb": np.array([0.1, 0.9, 0.5])}
    columns |= named("daughter(0, {})", 3, PHOTON | {"px": [1.0, 4.0, 2.0], "E": [3.0, 5.0, 3.5]})
    columns |= named("gamma2_{}", 3, {name: [1.0, 1.0, nan] for name in PHOTON})
    mapping = {
        "best": {"highest": "chiProb"},
        "photons": [{"names": ["nothing_{}", "daughter(0,{})"]}, {"names": ["gamma2_{}"]}],
    }
    found = survey(write_tree(tmp_path / "a.root", variables=columns), mapping)
    assert {"photons.px", "photons.energy", "photons.time", "photons.region"} <= found.fields
    assert found.warnings == ()
    with chunk_of(found) as events:
        assert events.photons.px.to_list() == [[4.0, 1.0], [2.0]]
        assert events.photons.energy.to_list() == [[5.0, 1.0], [3.5]]
        assert events.photons.region.to_list() == [[2, 1], [2]]


def test_integers_that_are_undefined_become_zero(tmp_path: Path) -> None:
    columns = keys([1, 1]) | named("g_{}", 2, PHOTON | {"clusterReg": [np.nan, 2.0]})
    with chunk_of(survey(write_tree(tmp_path / "a.root", t=columns), {"photons": [{"names": ["g_{}"]}]})) as events:
        assert events.photons.region.to_list() == [[0], [2]]


def test_each_row_may_be_an_object(tmp_path: Path) -> None:
    columns = keys([3, 1]) | named("{}", 4, PHOTON | {"px": [1.0, 2.0, 3.0, 4.0]})
    found = survey(write_tree(tmp_path / "a.root", gammas=columns), {"photons": {"rows": {}}})
    for size in (1, 100):
        assert [px for events in chunks(found, size) for px in events.photons.px.to_list()] == [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"p": 5.0, "theta": np.arccos(0.6), "phi": 0.0, "E": 5.0}, (4.0, 0.0, 3.0)),
        ({"p": 5.0, "cosTheta": 0.6, "phi": np.pi / 2}, (0.0, 4.0, 3.0)),
        ({"pt": 4.0, "theta": np.arccos(0.6), "phi": 0.0}, (4.0, 0.0, 3.0)),
        ({"clusterE": 5.0, "clusterTheta": np.arccos(0.6), "clusterPhi": np.pi}, (-4.0, 0.0, 3.0)),
    ],
)
def test_momenta_come_from_whichever_variables_there_are(
    tmp_path: Path, values: dict[str, float], expected: tuple[float, float, float]
) -> None:
    columns = keys([1]) | named("g_{}", 1, values)
    with chunk_of(survey(write_tree(tmp_path / "a.root", t=columns), {"photons": [{"names": ["g_{}"]}]})) as events:
        assert [events.photons[name][0, 0] for name in ("px", "py", "pz")] == pytest.approx(expected, abs=1e-6)
        assert events.photons.energy[0, 0] == pytest.approx(5.0)


def test_momenta_in_the_cm_frame_are_taken_back_to_the_laboratory(tmp_path: Path) -> None:
    cm = np.array([4.0, 0.0, 2.4, 3.2])  # E, px, py, pz
    laboratory = BEAMS.to_laboratory @ cm
    full = {f"useCMSFrame({n})": v for n, v in zip(("E", "px", "py", "pz"), cm, strict=True)}
    angles = {"useCMSFrame(E)": 4.0, "useCMSFrame(theta)": np.arccos(0.8), "useCMSFrame(phi)": np.pi / 2}
    for i, values in enumerate((full, angles)):
        path = write_tree(tmp_path / f"{i}.root", t=keys([1]) | named("daughter(0, {})", 1, values))
        with chunk_of(survey(path, {"photons": [{"names": ["daughter(0, {})"]}]})) as events:
            found = [events.photons[name][0, 0] for name in ("energy", "px", "py", "pz")]
            assert found == pytest.approx(laboratory, rel=1e-6)


def test_what_a_selection_guarantees_absent_is_an_empty_collection(tmp_path: Path) -> None:
    found = survey(write_tree(tmp_path / "a.root", t=keys([2, 1])), {"tracks": "none"})
    assert "tracks.d0" in found.fields
    with chunk_of(found) as events:
        assert events.tracks.px.to_list() == [[], []]


def test_beams_of_the_event_are_used(tmp_path: Path) -> None:
    energies = {"Ecms": np.array([10.5, 10.6])}
    with chunk_of(survey(write_tree(tmp_path / "a.root", t=keys([1, 1]) | energies))) as events:
        np.testing.assert_allclose(events.beam.sqrt_s, [10.5, 10.6])
        boost = events.beam_pz / events.beam_energy
        np.testing.assert_allclose(boost, BEAMS.total[3] / BEAMS.total[0])
    total = dict(zip(("beamE", "beamPx", "beamPy", "beamPz"), np.repeat(BEAMS.total[:, None], 2, axis=1), strict=True))
    with chunk_of(survey(write_tree(tmp_path / "b.root", t=keys([1, 1]) | total))) as events:
        np.testing.assert_allclose(events.beam.sqrt_s, BEAMS.sqrt_s)


def test_data_have_the_lines_after_prescale_and_simulation_before(tmp_path: Path) -> None:
    bits = {escape("L1FTDL(hie)"): np.array([1.0, 1.0]), escape("L1PSNM(hie)"): np.array([0.0, 1.0])}
    bits |= {escape("L1FTDL(lml1)"): np.array([0.0, 1.0])}
    found = survey(write_tree(tmp_path / "a.root", t=keys([1, 1]) | bits))
    with chunk_of(found, kind="data") as events:
        assert events.trigger.to_list() == [{"hie": False, "lml1": False}, {"hie": True, "lml1": True}]
    with chunk_of(found, kind="background") as events:
        assert events.trigger.hie.to_list() == [True, True]


def test_lines_are_assumed_for_simulation_only(tmp_path: Path) -> None:
    found = survey(write_tree(tmp_path / "a.root", t=keys([1, 1])), {"trigger": {"assumed": ["lml1"]}})
    with chunk_of(found) as events:
        assert events.trigger.lml1.to_list() == [True, True]
    with pytest.raises(Exception, match="assumed to have fired, which data must not"), chunk_of(found, kind="data"):
        pass


def test_several_trees_are_chosen_by_name_and_persistent_is_none(tmp_path: Path) -> None:
    persistent = {"FileMetaData": np.zeros(1)}
    path = write_tree(tmp_path / "a.root", one=keys([2]), persistent=persistent)
    assert survey(path).tree == "one"
    path = write_tree(tmp_path / "b.root", one=keys([2]), two=keys([1, 1]), persistent=persistent)
    with pytest.raises(SurveyError, match="one, two are all of schema basf2-ntuple; give the sample `tree:`"):
        survey(path)
    assert survey(path, tree="two").entries == 2
    assert survey(path, {"tree": "two"}).entries == 2


def test_other_trees_are_joined_by_the_events_key(tmp_path: Path) -> None:
    main = keys([1, 2, 1], events=[5, 3, 9])
    gammas = keys([2, 1, 3, 1], events=[5, 4, 3, 8]) | named("{}", 7, PHOTON | {"px": np.arange(7.0)})
    path = write_tree(tmp_path / "a.root", vpho=main, gammas=gammas)
    mapping = {"tree": "vpho", "photons": {"tree": "gammas", "rows": {}}}
    found = survey(path, mapping)
    assert "photons.px" in found.fields
    for size in (1, 2, 100):
        read = [px for events in chunks(found, size) for px in events.photons.px.to_list()]
        assert read == [[0, 1], [3, 4, 5], []]  # event 4 has no vpho, event 9 no photons


def test_trees_whose_events_cannot_be_told_apart_are_not_joined(tmp_path: Path) -> None:
    gammas = keys([2, 1], events=[5, 5]) | named("{}", 3, PHOTON)
    path = write_tree(tmp_path / "a.root", vpho=keys([1], events=[5]), gammas=gammas)
    found = survey(path, {"tree": "vpho", "photons": {"tree": "gammas", "rows": {}}})
    with chunk_of(found) as events, pytest.raises(Exception, match="several events have __experiment__ 1003"):
        ak.to_list(events.photons.px)


def test_a_mapping_that_misses_says_what_is_nearest(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "a.root", t=keys([1]) | named("gamma_{}", 1, PHOTON))
    (warning,) = survey(path, {"photons": [{"names": ["gama_{}"]}]}).warnings
    assert "photons: no columns called gama_{} give a momentum; nearest are gamma_px" in warning
    for mapping, message in (
        ({"best": {"highest": "chiProb"}}, "no column 'chiProb' to choose the best candidate by"),
        ({"candidates": ["gamma_pX"]}, "candidates: no column 'gamma_pX'; nearest are gamma_p"),
        ({"trigger": {"columns": {"lml1": "L1"}}}, "trigger line lml1: no column 'L1'"),
    ):
        with pytest.raises(SurveyError, match=message):
            survey(path, mapping)


def test_candidates_have_the_columns_that_the_mapping_names(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "a.root", t=keys([2]) | named("{}", 2, {"useCMSFrame(p)": [1.0, 2.0], "M": 3.0}))
    with chunk_of(survey(path, {"candidates": ["useCMSFrame( p )"]})) as events:
        assert events.candidates.fields == ["useCMSFrame(p)", "best"]
        assert events.candidates["useCMSFrame(p)"].to_list() == [[1.0, 2.0]]


def test_only_touched_columns_of_the_owned_rows_are_read(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2nt_fei_2021.root")
    log: list[Any] = []
    with chunk_of(found, 0, 1000, log) as events:
        ak.to_list(events.candidates.Mbc)
        ak.to_list(events.event)
        ak.to_list(events.candidates["__candidate__"])
    read = sorted(each.branch for each in log)
    assert read == sorted(["__experiment__", "__run__", "__event__", "__candidate__", "__ncandidates__", "Mbc"])
