"""The same events as a native file, as flat ntuples and as event-based trees: every channel gives the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import darkbelle
import numpy as np
import pytest
import uproot
import yaml
from darkbelle.datasets.schemas.names import escape
from input_files import keys, write_tree
from native_files import write_events

VARIABLES = {
    "gammas": {"px": "px", "py": "py", "pz": "pz", "energy": "E", "time": "clusterTiming", "region": "clusterReg"},
    "charged": {
        "px": "px",
        "py": "py",
        "pz": "pz",
        "charge": "charge",
        "d0": "dr",
        "z0": "dz",
        "muon_id": "muonID",
        "electron_id": "electronID",
        "cluster_energy": "clusterE",
    },
    "klm": {"theta": "klmClusterTheta", "phi": "klmClusterPhi"},
}
COLLECTIONS = {"gammas": "photons", "charged": "tracks", "klm": "klm"}
MAPPING = {"tree": "event"} | {name: {"tree": tree, "rows": {}} for tree, name in COLLECTIONS.items()}


def flat(native: ak.Array) -> dict[str, dict[str, Any]]:
    """Give one tree in event mode and one a particle list, as basf2's flat ntuples."""
    trees = {"event": event_columns(native)}
    for tree, variables in VARIABLES.items():
        columns = {v: native[f"{COLLECTIONS[tree]}_{field}"] for field, v in variables.items()}
        sizes = ak.num(columns[next(iter(columns))]).to_list()
        trees[tree] = keys(sizes) | {name: ak.to_numpy(ak.flatten(column)) for name, column in columns.items()}
    return trees


def event_based(native: ak.Array) -> dict[str, dict[str, Any]]:
    """Give one event-based tree a particle list, all with the same entries."""
    trees = {}
    for tree, variables in {"event": {}, **VARIABLES}.items():
        columns: dict[str, Any] = event_columns(native)
        lists = {v: native[f"{COLLECTIONS[tree]}_{field}"] for field, v in variables.items()}
        sizes = ak.num(next(iter(lists.values()))) if lists else np.zeros(len(native))
        trees[tree] = columns | {"__ncandidates__": ak.to_numpy(sizes).astype(np.int32)} | lists
    return trees


def event_columns(native: ak.Array) -> dict[str, Any]:
    number = len(native)
    columns: dict[str, Any] = keys(
        [1] * number, __candidate__=None, __ncandidates__=None, __weight__=ak.to_numpy(native["weight"])
    )
    lines = [name for name in native.fields if name.startswith("trigger_")]
    return columns | {
        escape(f"L1FTDL({name.removeprefix('trigger_')})"): ak.to_numpy(native[name]).astype(float) for name in lines
    }


@pytest.mark.parametrize("layout", [flat, event_based])
def test_every_channel_gives_what_it_gives_on_the_native_file(
    tmp_path: Path, layout: Callable[[ak.Array], dict[str, dict[str, Any]]]
) -> None:
    path = write_events(tmp_path / "native.root", events=1500)
    with uproot.open(f"{path}:events") as tree:
        write_tree(tmp_path / "ntuple.root", **layout(tree.arrays()))
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(MAPPING))
    common = {"kind": "background", "cross_section": 1.0, "generated": 3000.0}
    results = []
    for name, extra in (("native.root", {}), ("ntuple.root", {"mapping": "own.yaml"})):
        catalog = tmp_path / f"{name}.yaml"
        catalog.write_text(
            yaml.safe_dump({"experiment": "belle2", "samples": {"s": common | extra | {"files": [name]}}})
        )
        channels = ["zprime_invisible", "dark_photon_invisible", "lfv_zprime_invisible"]
        results.append(darkbelle.run(catalog, channels, chunksize=400, workers=2, progress=False))
    native, ntuple = results
    assert (
        native.ledger.summary()["events"] == ntuple.ledger.summary()["events"] == {"planned": 1500, "processed": 1500}
    )
    for channel, histograms in native.histograms.items():
        assert histograms["cutflow_raw"].sum() > 1500
        for name, one in histograms.items():
            other = ntuple.histograms[channel][name]
            for field in one.view(flow=True).dtype.names or ("",):
                a, b = (h.view(flow=True)[field] if field else h.view(flow=True) for h in (one, other))
                np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
