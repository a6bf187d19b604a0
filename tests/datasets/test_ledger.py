import pytest
from darkbelle.datasets.chunk import Chunk
from darkbelle.datasets.good_runs import RunLuminosity
from darkbelle.datasets.ledger import ChunkRecord, Ledger, LostFile, SampleBooks, Status
from darkbelle.datasets.ledger_document import LedgerDocument
from darkbelle.datasets.run_ranges import RunRange


def record(start: int, stop: int, status: Status = "done", file: str = "a", sample: str = "s") -> ChunkRecord:
    reason = "broken" if status == "failed" else None
    return ChunkRecord(Chunk(sample, file, start, stop), status, stop - start, reason)


def test_luminosity_is_prorated_by_entries() -> None:
    ledger = Ledger((record(0, 75), record(75, 100, "failed")), books={"s": SampleBooks(luminosity=2.0)})
    totals = ledger.sample("s")
    assert list(totals.luminosity) == pytest.approx([2.0, 1.5])  # 2 fb^-1 x 75 / 100
    assert totals.prorated
    assert not ledger.complete


def test_a_lost_file_leaves_planned_numbers_unknown_and_prorates_by_files() -> None:
    ledger = Ledger((record(0, 100),), (LostFile("s", "b", "gone"),), {"s": SampleBooks(luminosity=2.0)})
    totals = ledger.sample("s")
    assert totals.entries == (None, 100)
    assert list(totals.luminosity) == pytest.approx([2.0, 1.0])  # one file of two
    assert ledger.summary()["failures"] == [
        {"file": "b", "start": None, "stop": None, "reason": "gone", "kind": "input"}
    ]


def test_a_failed_file_takes_its_own_generated_weight() -> None:
    books = {"s": SampleBooks(file_generated={"a": 1000.0, "b": 3000.0})}
    ledger = Ledger((record(0, 100), record(0, 10, "failed", "b")), books=books)
    assert ledger.sample("s").generated == (4000.0, 1000.0)


def test_an_empty_file_counts_its_generated_weight_once_it_is_done() -> None:
    books = {"s": SampleBooks(file_generated={"a": 10.0})}
    assert Ledger((record(0, 0),), books=books).sample("s").generated == (10.0, 10.0)
    assert Ledger((record(0, 0, "failed"),), books=books).sample("s").generated == (10.0, 0.0)


def test_records_are_replaced_by_their_chunk() -> None:
    ledger = Ledger((record(0, 5, "planned"), record(5, 9, "planned"))).with_records([record(5, 9)])
    assert [each.status for each in ledger.records] == ["planned", "done"]


def test_a_ledger_survives_as_a_document() -> None:
    records = (record(0, 5), record(5, 9, "failed"), record(0, 7, "planned", "b", "t"))
    left_out = ChunkRecord(Chunk("s", "d", 0, 9), "done", 9, None, 4, ((7, 1), (7, 2)), ((7, 2),))
    runs = (RunLuminosity(7, 1, 0.5, {"lml1": 10.0}),)
    books = {"s": SampleBooks(2.0, ranges=(RunRange(first=1, last=2),), runs=runs), "t": SampleBooks(None, 5.0)}
    ledger = Ledger((*records, left_out), (LostFile("t", "c", "gone"),), books)
    text = LedgerDocument.of(ledger).model_dump_json()
    assert LedgerDocument.model_validate_json(text).ledger() == ledger
