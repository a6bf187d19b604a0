from darkbelle.datasets.chunk import Chunk
from darkbelle.executors.watching import TOPIC, Watcher, name_of
from distributed import Client

CHUNK = Chunk("taupair", "f.root", 0, 100)
MEGABYTE = 2**20


def report(watcher: Watcher, worker: str, memory: int = 0) -> None:
    """Report as a worker does, with a limit of 1000 MB."""
    told = {
        "chunk": name_of(CHUNK),
        "worker": worker,
        "key": f"chunk-{worker}",
        "memory": memory,
        "limit": 1000 * MEGABYTE,
    }
    watcher._hear((TOPIC, told))


def test_workers_lost_under_a_chunk_are_known_once_its_result_is_elsewhere() -> None:
    with Client(processes=False, n_workers=0, dashboard_address="127.0.0.1:0") as client:
        watcher = Watcher(client)
        report(watcher, "a")
        report(watcher, "a", 800 * MEGABYTE)
        assert watcher.overdue(1000.0) == {}
        (late,) = watcher.overdue(0.0)
        watcher.gone(late, under_way=True)  # the scheduler says that "a" runs it no more, while its result is awaited
        report(watcher, "b")
        watcher.over(CHUNK)
        lost = watcher.placed(CHUNK, ["c"])  # "b" ran it last, and yet the result is on "c"
        assert [each.end for each in lost] == [
            "its worker had 800 of 1000 MB in use when it died.",
            "the worker that ran it was lost.",
        ]
        report(watcher, "d")
        watcher.over(CHUNK)
        assert watcher.placed(CHUNK, ["d"]) == ()
        report(watcher, "d")
        watcher.gone(name_of(CHUNK), under_way=False)
        assert watcher.lost(CHUNK) == ()
        watcher.close()
