"""What a loss does to luminosity: chunks of 100 entries, files of two chunks, runs of known luminosity."""

import pytest
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.good_runs import RunLuminosity
from darkbelle.datasets.ledger import ChunkRecord, Ledger, LostFile, SampleBooks, Status
from darkbelle.datasets.run_ranges import RunKey, RunRange

RUNS = (RunLuminosity(7, 1, 0.1), RunLuminosity(7, 2, 0.2), RunLuminosity(7, 3, 0.3))


def record(
    file: str, start: int, runs: tuple[RunKey, ...] | None, status: Status = "done", sample: str = "s"
) -> ChunkRecord:
    return ChunkRecord(Chunk(sample, file, start, start + 100), status, 100, runs=runs)


def books(**more: object) -> SampleBooks:
    return SampleBooks(period="belle2 phase2", **more)  # type: ignore[arg-type]


def test_every_run_touched_by_a_loss_is_dropped_whole() -> None:
    records = (
        record("a", 0, ((7, 1),)),
        record("a", 100, ((7, 1), (7, 2)), "failed"),
        record("b", 0, ((7, 2), (7, 3))),
    )
    totals = Ledger(records, books={"s": books(luminosity=0.6, runs=RUNS)}).sample("s")
    assert list(totals.luminosity) == pytest.approx([0.6, 0.3])  # run 3 only: 1 and 2 lost a part
    assert (totals.dropped, totals.runs, totals.prorated) == (((7, 1), (7, 2)), (3, 1), False)


def test_a_chunk_lost_with_unknown_runs_prorates_what_is_left() -> None:
    records = (record("a", 0, ((7, 1),), "failed"), record("a", 100, None, "failed"), record("b", 0, ((7, 3),)))
    totals = Ledger(records, books={"s": books(runs=RUNS)}).sample("s")
    # Run 1 is dropped; of 300 entries 100 are of runs that nobody knows: (0.2 + 0.3) x 200 / 300.
    assert totals.luminosity[1] == pytest.approx(0.5 * 200 / 300)
    assert totals.prorated
    lost = Ledger(records[2:], (LostFile("s", "c", "gone"),), {"s": books(runs=RUNS)}).sample("s")
    assert lost.luminosity[1] == pytest.approx(0.6 / 2)  # one file of two


def test_an_unprescaled_line_sees_all_and_a_prescaled_one_its_share() -> None:
    runs = (*RUNS[:2], RunLuminosity(7, 3, 0.3, {"lml1": 3.0}))
    ledger = Ledger((record("a", 0, ((7, 1),), "failed"), record("b", 0, ((7, 3),))), books={"s": books(runs=runs)})
    assert list(ledger.luminosity("s")) == pytest.approx([0.6, 0.5])  # without run 1
    assert list(ledger.luminosity("s", ["lml1"])) == pytest.approx([0.4, 0.3])  # 0.3 / 3 for run 3


def two(first: SampleBooks, second: SampleBooks, status: Status = "done") -> dict[str, object]:
    records = (record("a", 0, ((7, 1), (7, 2)), status, "one"), record("b", 0, ((7, 2), (7, 3)), "done", "two"))
    told: dict[str, object] = Ledger(records, books={"one": first, "two": second}).summary()["luminosity"]
    return told


def test_two_skims_of_the_same_runs_never_add_up() -> None:
    told = two(books(runs=RUNS[:2]), books(runs=RUNS[1:]))
    assert told == {"planned": pytest.approx(0.6), "processed": pytest.approx(0.6)}  # run 2 counts once
    told = two(books(runs=RUNS[:2]), books(runs=RUNS[1:]), "failed")
    assert told == {"planned": pytest.approx(0.6), "processed": pytest.approx(0.3)}  # runs 1 and 2 are not whole
    assert two(books(luminosity=0.5), books(luminosity=0.5)) == {"planned": None, "processed": None}


def test_samples_whose_ranges_differ_or_whose_periods_do_add_up() -> None:
    early, late = (RunRange(first=1, last=9),), (RunRange(first=10, last=20),)
    told = two(books(luminosity=0.5, ranges=early), books(luminosity=0.25, ranges=late))
    assert told == {"planned": 0.75, "processed": 0.75}
    told = two(SampleBooks(0.5, period="belle2 phase2"), SampleBooks(0.25, period="belle2 phase3"))
    assert told == {"planned": 0.75, "processed": 0.75}
