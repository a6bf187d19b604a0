"""Luminosity by channel, period and region: two data samples or periods, and prescaled trigger lines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.errors import ConfigurationError, UsageError
from darkbelle.datasets.good_runs import RunLuminosity
from darkbelle.datasets.ledger import ChunkRecord, Ledger, SampleBooks
from darkbelle.datasets.run_ranges import RunRange
from darkbelle.limits.normalisation import event_weight, luminosity
from darkbelle.processors.run import Run

MakeRun = Callable[..., Run]
CHANNEL = "dark_photon_invisible"
PHASE2 = ("belle2", "phase2")


@pytest.fixture
def with_data(make_run: MakeRun) -> Callable[..., Run]:
    """Make a run whose data samples have the given books; period phase2 unless said."""

    def make(periods: dict[str, str] | None = None, **books: SampleBooks) -> Run:
        run = make_run(channel=CHANNEL, data=[])
        template = run.samples["data"]
        samples = {n: info for n, info in run.samples.items() if n != "data"}
        samples |= {n: replace(template, name=n, period=(periods or {}).get(n, "phase2")) for n in books}
        records = tuple(each for each in run.ledger.records if each.chunk.sample != "data")
        records += tuple(ChunkRecord(Chunk(n, n, 0, 50), "done", 50, runs=_keys(each)) for n, each in books.items())
        return replace(run, samples=samples, ledger=Ledger(records, (), {**run.ledger.books, **books}))

    return make


def _keys(books: SampleBooks) -> Any:
    return None if books.runs is None else tuple(run.key for run in books.runs)


def test_data_samples_whose_runs_differ_add_up(with_data: Callable[..., Run]) -> None:
    early, late = (RunRange(first=1, last=9),), (RunRange(first=10, last=20),)
    run = with_data(one=SampleBooks(0.5, ranges=early), two=SampleBooks(0.25, ranges=late))
    assert luminosity(run, CHANNEL).by_period == {PHASE2: 0.75}


def test_two_skims_of_runs_that_may_be_the_same_are_refused(with_data: Callable[..., Run]) -> None:
    runs = (RunRange(first=1, last=9),)
    for one, two in (
        (SampleBooks(0.5), SampleBooks(0.5)),
        (SampleBooks(0.5, ranges=runs), SampleBooks(0.5)),
        (SampleBooks(runs=(RunLuminosity(7, 1, 0.5),)), SampleBooks(runs=(RunLuminosity(7, 1, 0.5),))),
    ):
        with pytest.raises(UsageError, match="two is a second data sample of belle2 phase2 beside one; two skims"):
            luminosity(with_data(one=one, two=two), CHANNEL)


def test_a_region_of_a_prescaled_line_has_the_luminosity_of_that_line(with_data: Callable[..., Run]) -> None:
    runs = (RunLuminosity(7, 1, 0.1), RunLuminosity(7, 2, 0.4, {"lml1": 8.0}))
    run = with_data(one=SampleBooks(runs=runs))
    lumi = luminosity(run, CHANNEL)
    assert lumi.total == pytest.approx(0.5)
    assert lumi.of(PHASE2, "low_mass") == pytest.approx(0.15)  # lml1: 0.1 + 0.4 / 8
    assert lumi.of(PHASE2, "high_mass") == pytest.approx(0.5)  # lml6 was not prescaled
    background = run.samples["background"]
    ratio = event_weight(run, background, lumi, "low_mass") / event_weight(run, background, lumi, "high_mass")
    assert ratio == pytest.approx(0.3)  # 0.15 / 0.5
    projected = luminosity(run, CHANNEL, asked=50.0)
    assert projected.of(PHASE2, "low_mass") == pytest.approx(15.0)  # the same share of 50 fb^-1


def test_simulation_is_weighted_by_its_own_periods_luminosity(with_data: Callable[..., Run]) -> None:
    run = with_data({"two": "phase3"}, one=SampleBooks(0.5), two=SampleBooks(0.25))
    with pytest.raises(UsageError, match=r"nothing simulated is of belle2 phase3, of which there are 0\.25 fb\^-1"):
        luminosity(run, CHANNEL)
    infos = {**run.samples, "signal_2.0": replace(run.samples["signal_2.0"], period="phase3")}
    both = replace(run, samples=infos)
    lumi = luminosity(both, CHANNEL)
    assert lumi.by_period == {PHASE2: 0.5, ("belle2", "phase3"): 0.25}
    # weight = L x cross section x 10^6 / generated, with 10^4 generated
    assert event_weight(both, infos["background"], lumi) == pytest.approx(0.5 * 0.002 * 1e6 / 1e4)
    assert event_weight(both, infos["signal_2.0"], lumi) == pytest.approx(0.25 * 0.001 * 1e6 / 1e4)


def test_data_without_luminosity_are_refused_beside_others(with_data: Callable[..., Run]) -> None:
    early, late = (RunRange(first=1, last=9),), (RunRange(first=10, last=20),)
    run = with_data(one=SampleBooks(0.5, ranges=early), two=SampleBooks(ranges=late))
    with pytest.raises(UsageError, match="the data sample two has no luminosity"):
        luminosity(run, CHANNEL)


def test_prescaled_lines_used_together_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="used together are prescaled"):
        RunLuminosity(7, 1, 0.1, {"lml1": 2.0}).effective(["lml1", "lml6"])
