"""All real files: each opens through its schema, whole, and shows the traps that it is there for."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.files import opened
from darkbelle.datasets.survey import Wanted, examine
from darkbelle.executors.planning import chunks_of
from input_files import chunk_of, survey

FILES = {
    "mdst_bbbar_r05.root": ("basf2-mdst", 100),
    "mdst_v08.root": ("basf2-mdst", 10),
    "udst_v05.root": ("basf2-mdst", 1),
    "v2ebt_layout_boolbug.root": ("basf2-event-tree", 50),
    "v2nt_eventmode_2021.root": ("basf2-ntuple", 1000),
    "v2nt_fei_2021.root": ("basf2-ntuple", 61309),
    "v2nt_layout_20k.root": ("basf2-ntuple", 20000),
    "v2nt_wide_duplicates_2021.root": ("basf2-ntuple", 211),
}


@pytest.mark.parametrize("file", FILES)
def test_every_column_of_every_file_can_be_read(real_inputs: Path, file: str) -> None:
    found = examine(Wanted("s", str(real_inputs / file)), deep=True)
    assert (found.schema, found.entries) == FILES[file]


def test_a_flat_ntuple_without_common_clusters_is_cut_all_the_same(real_inputs: Path) -> None:
    found = survey(real_inputs / "v2nt_fei_2021.root")
    with opened(found.file) as file:
        assert file.table("tree").edges == (0, 61309)  # baskets end elsewhere in every branch
    assert [chunk.start for chunk in chunks_of(found, 10_000)] == [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]


def test_times_of_clusters_are_multiples_of_what_mdst_stores(real_inputs: Path) -> None:
    with chunk_of(survey(real_inputs / "mdst_bbbar_r05.root")) as events:
        times = np.asarray(ak.flatten(events.photons.time)).astype(float)
    step = 2000.0 / 2**12  # ns: 12 bits from -1000 to 1000
    np.testing.assert_allclose(times / step, np.round(times / step), atol=1e-3)
    assert len(set(np.round(times / step))) > 100
