"""Chunk sizes: the first chunk of a sample decides how large the others are, and nothing is counted otherwise."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import darkbelle
import hist
import numpy as np
import pytest
from counting_channels import Counting, Tallying, interrupt_after
from darkbelle.executors import sizing
from darkbelle.executors.running import InterruptedRunError
from darkbelle.processors.run import Run

Make = Callable[..., Path]
AN_ENTRY = 4e-4  # seconds


class Leisurely(Counting):
    """Takes its time for every entry."""

    def process(self, events: Any) -> dict[str, hist.Hist]:
        """Fill, late."""
        time.sleep(AN_ENTRY * len(events))
        filled: dict[str, hist.Hist] = super().process(events)
        return filled


def energies(run: Run) -> Mapping[str, Any]:
    """Give the values of the run's histogram by sample."""
    found = run.histograms["counting"]["energy"]
    return {sample: found[{"process": sample}].values(flow=True) for sample in found.axes["process"]}


def test_chunks_that_would_take_too_long_are_cut_after_the_first_of_their_sample(
    make_catalog: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_catalog()
    monkeypatch.setattr(sizing, "LONGEST", 0.6)
    # 2,000 entries take 0.8 s and more, which is too long; 1,000 take 0.4 s.
    cut = darkbelle.run(path, [Leisurely()], workers=2, chunksize=2000, progress=False)
    chunks = [record.chunk for record in cut.ledger.records]
    entries = [chunk.entries for chunk in chunks]
    assert entries.count(2000) == 2  # the first of both samples
    assert sum(entries) == 8000
    assert all(100 <= each <= 1000 for each in entries if each != 2000)
    for chunk in chunks:
        before = [each for each in chunks if each.file == chunk.file and each.stop == chunk.start]
        assert len(before) == (chunk.start > 0)  # parts join without a gap
    assert cut.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}

    monkeypatch.setattr(sizing, "LONGEST", 60.0)  # a busy machine may take most of a second for one
    whole = darkbelle.run(path, [Counting()], workers=2, chunksize=2000, progress=False)
    assert len(whole.ledger.records) == 4  # quick ones stay as they are
    for sample, values in energies(whole).items():
        np.testing.assert_allclose(energies(cut)[sample], values, rtol=1e-12)


def test_a_resumed_run_keeps_the_parts_that_are_done(
    make_catalog: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tally, out = make_catalog(), tmp_path / "tally", tmp_path / "out"
    tally.mkdir()
    monkeypatch.setattr(sizing, "LONGEST", 0.05)
    # 0.2 s a chunk whatever its size: each of 2,000 entries is cut into 8 and more.
    threading.Thread(target=interrupt_after, args=(tally, 8)).start()
    with pytest.raises(InterruptedRunError):
        darkbelle.run(path, [Tallying(tally, 0.2)], workers=2, chunksize=2000, output=out, progress=False)
    done = [record for record in Run.read(out).ledger.records if record.status == "done"]
    parts = [record for record in done if record.chunk.entries < 2000]
    assert parts
    monkeypatch.setattr(sizing, "LONGEST", 60.0)
    again = [Tallying(tally, 0.2)]
    whole = darkbelle.run(path, again, workers=2, chunksize=2000, output=out, resume=True, progress=False)
    assert {record.chunk for record in done} <= {record.chunk for record in whole.ledger.records}
    assert whole.ledger.summary()["events"] == {"planned": 8000, "processed": 8000}


@pytest.mark.parametrize(("limit", "seconds"), [(None, 60.0), (20.0, 5.0), (1000.0, 60.0)])
def test_a_chunk_may_take_a_quarter_of_its_time_limit_and_no_more_than_a_minute(
    limit: float | None, seconds: float
) -> None:
    assert sizing.longest(limit) == seconds
