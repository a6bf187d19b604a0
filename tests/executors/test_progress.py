import re

from darkbelle.datasets.chunk import Chunk
from darkbelle.executors.progress import Progress


def test_a_line_tells_entries_failures_and_once_they_are_known_bytes() -> None:
    chunks = [Chunk("taupair", "f.root", start, start + 100) for start in (0, 100, 200, 300)]
    progress = Progress(chunks, show=False)
    progress.advance(chunks[0])
    progress.advance(chunks[1], failed=True)
    assert re.fullmatch(r"200 of 400 entries, [\d,]+ entries/s, about \d+ s left, 1 chunks failed", progress.line())
    progress.count_bytes(3_000_000)
    assert re.search(r"entries/s, [\d,.]+ MB/s, about", progress.line())


def test_a_chunk_whose_result_was_lost_is_not_over_until_it_has_run_again() -> None:
    chunks = [Chunk("taupair", "f.root", start, start + 100) for start in (0, 100)]
    progress = Progress(chunks, show=False)
    for chunk in chunks:
        progress.advance(chunk)
    progress.withdraw(chunks[0])
    assert progress.line().startswith("100 of 200 entries")
    progress.advance(chunks[0])
    assert progress.line().startswith("200 of 200 entries")
