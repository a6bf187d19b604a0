"""Runs with histograms filled by hand: a background and signals whose expected yields are known."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hist
import numpy as np
import pytest
from darkbelle.datasets.catalog import Hypothesis, Kind
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.ledger import ChunkRecord, Ledger, SampleBooks
from darkbelle.datasets.provenance import Provenance
from darkbelle.processors.registry import make_channels
from darkbelle.processors.run import Run, SampleInfo

sys.path.insert(0, str(Path(__file__).parent))  # helpers beside the tests

MakeRun = Callable[..., Run]
LUMINOSITY = 0.5


def build_run(
    channel: str = "zprime_invisible",
    masses: Sequence[float] = (2.0,),
    data: Sequence[float] | None = None,
    lost: Sequence[str] = (),
    background_events: int = 20000,
    scale: float = 1.0,
) -> Run:
    """Fill a run: every sample has two files of 50 entries; the second file of the samples `lost` failed."""
    made = make_channels([channel])[0]
    (name,) = made.observables
    (axis,) = made.axes(name)
    names = ["background", *(f"signal_{m}" for m in masses), *(["data"] if data is not None else [])]
    categories = hist.axis.StrCategory
    histogram = hist.Hist(
        categories(names, name="process"),
        categories(made.regions, name="region"),
        categories(made.variations, name="variation"),
        axis,
        storage=hist.storage.Weight(),
    )
    assert made.limit is not None
    mass_power = 2 if made.limit.window.observable == ("mass_squared",) else 1
    for region in made.regions:
        for variation in made.variations:
            place = {"region": region, "variation": variation}
            for sample in names:
                values = _values(sample, axis, mass_power, background_events, data)
                weight = 0.5 if sample in lost else 1.0
                histogram.fill(process=sample, **place, **{axis.name: values}, weight=np.full(len(values), weight))
    records = tuple(
        ChunkRecord(Chunk(n, f"{n}_{i}.root", 0, 50), "failed" if i and n in lost else "done", 50, None)
        for n in names
        for i in range(2)
    )
    books = {n: SampleBooks(LUMINOSITY) if n == "data" else SampleBooks(generated=1e4) for n in names}
    infos = {n: _info(n, channel, scale) for n in names}
    return Run({channel: {name: histogram}}, Ledger(records, (), books), infos, LUMINOSITY, {}, Provenance.of({}, {}))


def _values(sample: str, axis: hist.axis.Regular, power: int, events: int, data: Sequence[float] | None) -> Any:
    low, high = axis.edges[0], axis.edges[-1]
    if sample == "background":
        return low + (high - low) * np.random.default_rng(3).beta(1.5, 1.3, events)
    if sample == "data":
        return np.asarray(data, dtype=float)
    width = 0.15 if power == 1 else 1.5
    return np.random.default_rng(5).normal(float(sample.removeprefix("signal_")) ** power, width, 2000)


def _info(name: str, channel: str, scale: float) -> SampleInfo:
    kind: Kind = "data" if name == "data" else "background" if name == "background" else "signal"
    section = None if kind == "data" else 0.002 * scale if kind == "background" else 0.001
    point = Hypothesis(mass=float(name.removeprefix("signal_"))) if kind == "signal" else None
    recorded = LUMINOSITY if kind == "data" else None
    return SampleInfo(name, kind, name, "belle2", "phase2", section, recorded, point, 0.1, None, (channel,))


@pytest.fixture
def make_run() -> MakeRun:
    """Give the function that fills a run."""
    return build_run
