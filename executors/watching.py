"""What chunks under way report while they run: when they began, where, and how much memory their process takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psutil
from distributed import Client, Worker, get_worker

from ..datasets.chunk import Chunk

TOPIC = "darkbelle-chunks"
PERIOD = 0.2  # seconds between looks at the memory
NOTABLE = 0.6  # share of a worker's memory limit from which on it is reported
FATAL = 0.7  # share that, when the process then died, was why


@dataclass(frozen=True)
class Sighting:
    """What was last heard of a chunk.

    Attributes
    ----------
    worker
        Address of the worker that runs it.
    began
        When it was heard of first, by this process's clock (s).
    memory, limit
        Bytes of its process when last reported, and the worker's limit; 0 where nothing was reported.
    """

    worker: str
    began: float
    memory: int = 0
    limit: int = 0

    @property
    def out_of_memory(self) -> bool:
        """Whether its process was near its limit."""
        return self.limit > 0 and self.memory > FATAL * self.limit


class Watcher:
    """The client's side: remembers the last report of every chunk under way."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen: dict[str, Sighting] = {}
        client.subscribe_topic(TOPIC, self._hear)

    def close(self) -> None:
        """Stop listening."""
        if self._client.status == "running":
            self._client.unsubscribe_topic(TOPIC)

    def _hear(self, event: tuple[Any, dict[str, Any]]) -> None:
        told = event[1]
        before = self._seen.get(told["chunk"])
        began = before.began if before and before.worker == told["worker"] else monotonic()
        self._seen[told["chunk"]] = Sighting(told["worker"], began, told["memory"], told["limit"])

    def of(self, chunk: Chunk) -> Sighting | None:
        """Give what was last heard of a chunk; None before it began."""
        return self._seen.get(name_of(chunk))

    def forget(self, chunk: Chunk) -> None:
        """Forget a chunk that is over."""
        self._seen.pop(name_of(chunk), None)


@contextmanager
def reporting(chunk: Chunk) -> Iterator[None]:
    """Report the chunk's beginning, and its process's memory once that is notable; the worker's side."""
    try:
        worker = get_worker()
    except ValueError:  # called directly, to reproduce a failure
        yield
        return
    limit = int(worker.memory_manager.memory_limit or 0)
    _report(worker, chunk, 0, limit)
    if not limit:
        yield
        return
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(worker, chunk, limit, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()


def _watch(worker: Worker, chunk: Chunk, limit: int, done: threading.Event) -> None:
    process, told = psutil.Process(), NOTABLE * limit
    while not done.wait(PERIOD):
        memory = process.memory_info().rss
        if memory > told:
            _report(worker, chunk, memory, limit)
            told = memory * 1.05


def _report(worker: Worker, chunk: Chunk, memory: int, limit: int) -> None:
    worker.log_event(TOPIC, {"chunk": name_of(chunk), "worker": worker.address, "memory": memory, "limit": limit})


def name_of(chunk: Chunk) -> str:
    """Give a chunk's name in reports."""
    return f"{chunk.sample}\0{chunk.file}\0{chunk.start}\0{chunk.stop}"
