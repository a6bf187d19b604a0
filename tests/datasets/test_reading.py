from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import InputError
from darkbelle.datasets.lazily import open_lazily
from darkbelle.datasets.reading import Meter, SampleContext, open_chunk
from darkbelle.datasets.survey import Wanted, survey_file
from native_files import write_events

Make = Callable[..., Path]


def test_only_touched_columns_are_read_and_each_once(make_catalog: Make) -> None:
    catalog = Catalog.read(make_catalog())
    file = catalog.files["phase2"][0]
    survey = survey_file(Wanted("phase2", file))
    meter = Meter()
    context = SampleContext.of("phase2", catalog.samples["phase2"])
    with open_chunk(Chunk("phase2", file, 300, 900), survey, context, meter) as events:
        assert len(events) == 600
        assert events.beam.sqrt_s == pytest.approx(10.579, abs=1e-3)
        for _ in range(2):
            np.asarray(events.weight)
            np.asarray(events.trigger.lml1)
    assert sorted(each.branch for each in meter.log) == ["trigger_lml1", "weight"]
    # 600 of 2000 entries: 1200 bytes of booleans and 16 kB of weights, compressed, at most
    assert 0 < meter.read < 0.3 * 18_000 * 1.1


def test_chunks_together_hold_every_event_in_order(make_catalog: Make) -> None:
    catalog = Catalog.read(make_catalog())
    file = catalog.files["phase2"][0]
    survey = survey_file(Wanted("phase2", file))
    context = SampleContext.of("phase2", catalog.samples["phase2"])
    numbers = []
    for start in range(0, 2000, 300):
        with open_chunk(Chunk("phase2", file, start, min(start + 300, 2000)), survey, context) as events:
            numbers.append(np.asarray(events.event))
    np.testing.assert_array_equal(np.concatenate(numbers), np.arange(2000))


def test_a_file_that_became_shorter_is_refused(make_catalog: Make) -> None:
    catalog = Catalog.read(make_catalog())
    file = catalog.files["phase2"][0]
    survey = survey_file(Wanted("phase2", file))
    write_events(Path(file), events=100)
    context = SampleContext.of("phase2", catalog.samples["phase2"])
    with (
        pytest.raises(InputError, match="has 100 entries, 2000 were planned"),
        open_chunk(Chunk("phase2", file, 0, 2000), survey, context),
    ):
        pass


def test_the_lazy_door_gives_the_same_columns(make_catalog: Make) -> None:
    pytest.importorskip("dask_awkward")
    catalog = Catalog.read(make_catalog())
    events = open_lazily(catalog, "taupair")
    assert events.metadata["sample"] == "taupair"
    assert events.beam.sqrt_s == pytest.approx(10.579, abs=1e-3)
    total = ak.sum(events.photons.energy).compute(scheduler="synchronous")
    context = SampleContext.of("taupair", catalog.samples["taupair"])
    expected = 0.0
    for file in catalog.files["taupair"]:
        with open_chunk(Chunk("taupair", file, 0, 2000), survey_file(Wanted("taupair", file)), context) as chunk:
            expected += ak.sum(chunk.photons.energy)
    assert total == pytest.approx(expected, rel=1e-5)  # sums of float32


def test_an_unknown_sample_is_named_with_the_known_ones(make_catalog: Make) -> None:
    with pytest.raises(InputError, match="no sample 'x'; it has taupair, phase2"):
        open_lazily(Catalog.read(make_catalog()), "x")
