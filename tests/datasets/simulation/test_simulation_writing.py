"""Files of simulated events: read back as written, whole or absent."""

import errno
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import NanoEventsFactory
from darkbelle.datasets.errors import DarkbelleError
from darkbelle.datasets.event_model import EVENT, KLM, PHOTONS, TRACKS, TRUTH
from darkbelle.datasets.schemas.native import NativeSchema
from darkbelle.datasets.simulation import writing
from darkbelle.datasets.simulation.generated import prompt_events
from darkbelle.datasets.simulation.preselection import passes
from darkbelle.datasets.simulation.response.detector import detect, make_detector
from darkbelle.datasets.simulation.writing import FileMetadata, NativeWriter, native_file, read_metadata

METADATA = FileMetadata(
    generated=12.5,
    generated_events=12,
    cross_section=1.148,
    isr_factor=1.0,
    luminosity=1e-5,
    seed=7,
    first_chunk=3,
    last_chunk=4,
)


def muon_pairs(number: int, momentum: float = 5.0) -> ak.Array:
    three = np.tile(np.array([[momentum, 0.0, 0.0], [-momentum, 0.0, 0.0]]), (number, 1, 1))
    energy = np.full((number, 2, 1), np.hypot(momentum, 0.10566))
    events = prompt_events(
        np.tile(np.array([13, -13], dtype=np.int32), (number, 1)), np.concatenate([energy, three], -1)
    )
    return detect(events, make_detector("belle2"), np.random.default_rng(3))


def read(path: Path) -> ak.Array:
    beams = make_detector("belle2").beams
    metadata = {"beams": [beams.electron, beams.positron]}
    return NanoEventsFactory.from_root({str(path): "events"}, schemaclass=NativeSchema, metadata=metadata).events()


def test_events_come_back_through_the_native_schema(tmp_path: Path) -> None:
    written = muon_pairs(500)
    with native_file(tmp_path / "a.root") as writer:
        writer.extend(written)
        writer.finish(METADATA, {"sample": "a"})
    found = read(tmp_path / "a.root")
    assert len(found) == 500
    for name, fields in (("photons", PHOTONS), ("tracks", TRACKS), ("klm", KLM)):
        assert {field.name for field in fields.fields if not field.optional} <= set(found[name].fields)
        for field in written[name].fields:
            back = ak.materialize(found[name][field])
            assert ak.array_equal(written[name][field], back, check_parameters=False), (name, field)
    for field in (field for field in EVENT.fields if not field.optional):
        assert found[field.name].to_list() == written[field.name].to_list()
    assert found.trigger.fields == written.trigger.fields
    assert found.trigger.ffo.to_list() == written.trigger.ffo.to_list()
    assert found.beam.sqrt_s == pytest.approx(10.579, abs=1e-3)


def test_generated_particles_are_branches(tmp_path: Path) -> None:
    written = muon_pairs(50)
    with native_file(tmp_path / "a.root") as writer:
        writer.extend(written)
        writer.finish(METADATA, {})
    with uproot.open(tmp_path / "a.root") as file:
        for field in TRUTH.fields:
            back = file["events"][TRUTH.branch(field.name)].array()
            assert back.to_list() == written.truth[field.name].to_list()


def test_several_flushes_and_single_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FLUSH", 100)
    with native_file(tmp_path / "a.root") as writer:
        for _ in range(5):
            writer.extend(muon_pairs(60))
        writer.finish(METADATA, {})
        assert writer.written == 300
    with uproot.open(tmp_path / "a.root") as file:
        assert file["events"].num_entries == 300
        assert file["events"].common_entry_offsets() == [0, 120, 240, 300]
        assert file["events"]["photons_energy"].typename == "float[]"
        assert file["events"]["nphotons"].array().to_list() == ak.num(file["events"]["photons_px"].array()).to_list()
        assert file.file.compression.name == "ZSTD"


def test_metadata_and_provenance_come_back(tmp_path: Path) -> None:
    with native_file(tmp_path / "a.root") as writer:
        writer.extend(muon_pairs(3))
        writer.finish(METADATA, {"sample": "a", "parameters": {"mass": 1.0}})
    metadata, provenance, events = read_metadata(tmp_path / "a.root")
    assert metadata == METADATA
    assert events == 3
    assert provenance["parameters"] == {"mass": 1.0}
    assert {"darkbelle", "numpy", "uproot", "python"} <= set(provenance)


def test_file_without_events_has_all_branches(tmp_path: Path) -> None:
    with native_file(tmp_path / "a.root") as writer:
        writer.extend(muon_pairs(3)[:0])
        writer.finish(METADATA, {})
    found = read(tmp_path / "a.root")
    assert len(found) == 0
    assert "ffo" in found.trigger.fields
    assert ak.sum(found.photons.energy) == 0


def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up: no file, no temporary file, and a message that says so."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(NativeWriter, "_flush", full)
    with pytest.raises(DarkbelleError, match=r"a\.root: could not be written \(No space left on device\)"):
        write_pairs(tmp_path / "a.root")
    assert list(tmp_path.iterdir()) == []


def write_pairs(path: Path) -> None:
    with native_file(path) as writer:
        writer.extend(muon_pairs(3))
        writer.finish(METADATA, {})


def test_failure_keeps_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.root"
    path.write_text("older")
    monkeypatch.setattr(NativeWriter, "finish", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        write_pairs(path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_preselections() -> None:
    beams = make_detector("belle2").beams
    pairs = muon_pairs(500)
    two = ak.to_numpy(ak.num(pairs.tracks) >= 2)
    assert passes(pairs, beams, ["track_pair"]).tolist() == two.tolist()
    assert passes(pairs, beams, []).all()
    assert not passes(pairs, beams, ["lone_photon"])[two].any()
    bright = ak.to_numpy(ak.any(pairs.photons.energy > 0.1, axis=1))
    assert 0 < (two & bright).sum() < two.sum()
    assert passes(pairs, beams, ["radiating_pair"]).tolist() == (two & bright).tolist()


@pytest.mark.parametrize(
    ("energies", "kept"),
    [([3.0], True), ([0.3], False), ([3.0, 0.1], True), ([3.0, 1.0], False), ([], False)],
)
def test_lone_photon(energies: list[float], kept: bool) -> None:
    photons = [{"px": e, "py": 0.0, "pz": 0.0, "energy": e} for e in energies]
    template = ak.Array(
        [{"photons": [{"px": 0.0, "py": 0.0, "pz": 0.0, "energy": 0.0}], "tracks": [{"px": 1.0, "py": 0.0}]}]
    )
    event = ak.Array([{"photons": photons, "tracks": [{"px": 0.1, "py": 0.1}]}])
    events = ak.concatenate([template, event])
    assert passes(events, make_detector("belle2").beams, ["lone_photon"]).tolist() == [False, kept]
