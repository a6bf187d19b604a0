"""Parquet of VariablesToTable: raw names, columns in no order, a row group every 100 events."""

from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from darkbelle.datasets.survey import SurveyError, Wanted, examine
from input_files import chunk_of, chunks, keys, survey


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, list[int]]:
    """Write 1000 events as basf2 does."""
    sizes = [int(n) for n in np.random.default_rng(1).integers(1, 9, 1000)]
    columns = keys(sizes)
    rows = len(columns["__event__"])
    columns = {"daughter(0, p)": np.arange(rows, dtype=float), "M": np.full(rows, 3.1)} | columns
    del columns["__weight__"]
    path = tmp_path / "a.parquet"
    with pq.ParquetWriter(path, pa.table(columns).schema) as writer:
        ends = np.cumsum(sizes)
        for first, last in zip([0, *ends[99:-1:100]], ends[99::100], strict=True):
            writer.write_table(pa.table({name: values[first:last] for name, values in columns.items()}))
    return path, sizes


def test_rows_become_events_whatever_the_chunk(table: tuple[Path, list[int]]) -> None:
    path, sizes = table
    found = survey(path)
    assert (found.schema, found.entries, found.events) == ("basf2-table", sum(sizes), None)
    for size in (70, 333, 10_000):
        read = [events.candidates["daughter(0,p)"].to_list() for events in chunks(found, size)]
        flat = [row for chunk in read for row in chunk]
        assert [len(row) for row in flat] == sizes
        assert ak.flatten(flat).to_list() == list(range(sum(sizes)))


def test_there_are_no_weights(table: tuple[Path, list[int]]) -> None:
    with chunk_of(survey(table[0])) as events:
        assert set(events.weight.to_list()) == {1.0}


def test_a_file_written_anew_has_another_identity(table: tuple[Path, list[int]]) -> None:
    path, _ = table
    before = survey(path).identity
    assert survey(path).identity == before
    pq.write_table(pq.read_table(path).slice(0, 10), path)
    assert survey(path).identity != before


def test_files_that_are_no_parquet_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("hello")
    with pytest.raises(SurveyError, match="is not a parquet file"):
        examine(Wanted("s", str(path)))
