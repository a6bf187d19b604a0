"""Real files go through the whole of a run, and no more of them is read than the channels touch."""

from pathlib import Path
from typing import Any

import darkbelle
import numpy as np
import pytest
import uproot
import yaml
from counting_channels import Counting
from darkbelle.datasets.lazily import open_lazily
from darkbelle.processors.registry import make_channels
from input_files import chunk_of, keys, survey, write_tree

ASSUMED = {"kind": "background", "cross_section": 1.05, "mapping": "simulation_without_trigger"}


def catalog(folder: Path, **samples: dict[str, Any]) -> Path:
    """Write a catalog of Belle II's."""
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": samples}))
    return path


def test_every_channel_runs_on_mdst_and_udst(real_inputs: Path, tmp_path: Path) -> None:
    files = {"r05": "mdst_bbbar_r05.root", "r08": "mdst_v08.root", "skim": "udst_v05.root"}
    path = catalog(tmp_path, **{name: ASSUMED | {"files": [str(real_inputs / file)]} for name, file in files.items()})
    run = darkbelle.run(path, workers=2, chunksize=40, progress=False)
    assert run.ledger.complete
    assert run.ledger.summary()["events"] == {"planned": 111, "processed": 111}
    assert run.ledger.sample("skim").generated == (10.0, 10.0)
    ran = [each.name for each in make_channels() if each.name not in run.not_applicable]
    assert {"zprime_invisible", "dark_photon_invisible"} <= set(ran)
    for name in ran:
        cutflow = run.histograms[name]["cutflow_raw"]
        first = {axis.name: 0 for axis in cutflow.axes if axis.name != "process"}
        assert cutflow[first].view().tolist() == [100, 10, 1]


def test_rows_of_candidates_become_events_in_the_ledger(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sizes = [int(n) for n in rng.integers(1, 9, 500)]
    rows = sum(sizes)
    momentum = {f"gamma_{name}": rng.uniform(0.1, 3.0, rows) for name in ("px", "py", "pz", "E")}
    file = write_tree(tmp_path / "a.root", variables=keys(sizes) | momentum)
    (tmp_path / "own.yaml").write_text('photons: [{names: ["gamma_{}"]}]\ntrigger: {assumed: [lml1]}\n')
    sample = ASSUMED | {"files": [str(file)], "mapping": "own.yaml", "generated": 1000}
    path = catalog(tmp_path, flat=sample)
    runs = [darkbelle.run(path, [Counting()], chunksize=size, workers=2, progress=False) for size in (97, 100_000)]
    for run in runs:
        assert run.ledger.complete
        assert run.ledger.summary()["entries"] == {"planned": rows, "processed": rows}
        assert run.ledger.summary()["events"] == {"planned": 500, "processed": 500}
    one, other = (run.histograms["counting"]["energy"].view(flow=True)["value"] for run in runs)
    np.testing.assert_array_equal(one, other)
    assert one.sum() == 2 * 500  # one photon an event, in two regions


def test_channels_read_nothing_but_what_they_touch(real_inputs: Path) -> None:
    (channel,) = make_channels(["dark_photon_invisible"])
    found = survey(real_inputs / "mdst_bbbar_r05.root", {"trigger": {"assumed": ["lml1", "lml6"]}})
    log: list[Any] = []
    with chunk_of(found, log=log) as events:
        assert log == []  # opening reads nothing
        channel.process(events)
    read = [each.branch for each in log]
    assert len(read) == len(set(read))
    needed = {"logEnergy", "theta", "phi", "time", "hypotheses", "isTrack"}
    assert {name.partition("/ECLClusters.m_")[2] for name in read if name.startswith("ECLClusters/")} == needed
    fits = {name for name in read if name.startswith("TrackFitResults/")}
    assert fits == {"TrackFitResults/TrackFitResults.m_tau[5]"}
    assert not any("MCParticles" in name or "PIDLikelihoods" in name for name in read)
    with uproot.open(f"{found.file}:tree") as tree:
        assert sum(tree[name].compressed_bytes for name in read) < 0.11 * tree.compressed_bytes


@pytest.mark.parametrize("file", ["v2nt_fei_2021.root", "v2ebt_layout_boolbug.root", "mdst_v08.root"])
def test_opening_a_file_reads_no_column_of_its_objects(real_inputs: Path, file: str) -> None:
    log: list[Any] = []
    with chunk_of(survey(real_inputs / file), log=log):
        assert all(each.branch.startswith("__") for each in log)


def test_the_lazy_door_gives_the_same_events_and_frames(tmp_path: Path) -> None:
    pytest.importorskip("dask_awkward")
    sizes = [3, 1, 2, 4, 1]
    columns = keys(sizes) | {name: np.arange(11.0) + 1 for name in ("px", "py", "pz", "E")}
    columns["Ecms"] = np.repeat([10.5, 10.52, 10.54, 10.56, 10.58], sizes)
    file = write_tree(tmp_path / "a.root", gammas=columns)
    path = catalog(tmp_path, flat={"kind": "data", "files": [str(file)], "luminosity": 1.0, "mapping": "gamma_rows"})
    lazy = open_lazily(darkbelle.Catalog.read(path), "flat", partition=4)
    assert lazy.npartitions == 3
    whole = survey(file, {"photons": {"rows": {}}})
    with chunk_of(whole) as events:
        expected = events.beam.to_cm(events.photons).px.to_list(), events.beam.sqrt_s.to_list()
    found = lazy.beam.to_cm(lazy.photons).px, lazy.beam.sqrt_s
    assert tuple(each.compute(scheduler="synchronous").to_list() for each in found) == expected
