"""What chunks under way report while they run: where, since when, and how much memory their process takes."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import psutil
from distributed import Client, Worker, get_worker

from ..datasets.chunk import Chunk

TOPIC = "darkbelle-chunks"
PERIOD = 0.2  # seconds between looks; a chunk that is over sooner is not heard of
NOTABLE = 0.6  # share of a worker's memory limit from which on it is reported
FATAL = 0.7  # share that, when the process then died, was why
GROWN = 1.05  # memory is reported again once it has grown by this


@dataclass(frozen=True)
class Sighting:
    """What was last heard of a chunk on one worker.

    Attributes
    ----------
    worker
        Address of the worker that runs it.
    key
        Of the task.
    began
        When it was heard of first, by this process's clock (s).
    memory, limit
        Bytes of its process when last reported, and the worker's limit; 0 where nothing was reported.
    """

    worker: str
    key: str
    began: float
    memory: int = 0
    limit: int = 0

    @property
    def out_of_memory(self) -> bool:
        """Whether its process was near its limit."""
        return self.limit > 0 and self.memory > FATAL * self.limit

    @property
    def end(self) -> str:
        """Say how its worker's death looked from here."""
        if not self.out_of_memory:
            return "the worker that ran it was lost."
        return f"its worker had {self.memory / 2**20:.0f} of {self.limit / 2**20:.0f} MB in use when it died."


class Watcher:
    """The client's side: remembers the last report of every chunk under way, and of the workers that it lost."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen: dict[str, Sighting] = {}
        self._lost: dict[str, list[Sighting]] = {}
        self._over: dict[str, Sighting] = {}
        client.subscribe_topic(TOPIC, self._hear)

    def close(self) -> None:
        """Stop listening."""
        if self._client.status == "running":
            self._client.unsubscribe_topic(TOPIC)

    def _hear(self, event: tuple[Any, dict[str, Any]]) -> None:
        told = event[1]
        name = told["chunk"]
        before = self._seen.get(name)
        if before is not None and before.worker != told["worker"]:
            self._lost.setdefault(name, []).append(before)
        began = before.began if before and before.worker == told["worker"] else monotonic()
        self._seen[name] = Sighting(told["worker"], told["key"], began, told["memory"], told["limit"])

    def of(self, chunk: Chunk) -> Sighting | None:
        """Give what was last heard of a chunk; None where nothing was."""
        return self._seen.get(name_of(chunk))

    def lost(self, chunk: Chunk) -> tuple[Sighting, ...]:
        """Give what was last heard of it on workers before the present one: they were lost under it."""
        return tuple(self._lost.get(name_of(chunk), ()))

    def over(self, chunk: Chunk) -> None:
        """Take note that a chunk has given a result; it is not known yet where."""
        if (seen := self._seen.pop(name_of(chunk), None)) is not None:
            self._over[name_of(chunk)] = seen

    def placed(self, chunk: Chunk, holders: Collection[str]) -> tuple[Sighting, ...]:
        """Forget a chunk whose result these workers hold; give its sightings on others, which were lost under it."""
        last, lost = self._over.pop(name_of(chunk), None), self._lost.pop(name_of(chunk), [])
        return (*lost, *([last] if last is not None and holders and last.worker not in holders else []))

    def overdue(self, seconds: float | None) -> dict[str, Sighting]:
        """Give the chunks, by name, that have run for longer than some seconds; none without a limit."""
        if seconds is None:
            return {}
        return {name: seen for name, seen in list(self._seen.items()) if monotonic() - seen.began > seconds}

    def gone(self, name: str, under_way: bool) -> None:
        """Take note that the worker of a chunk does not run it any more; one still under way was lost with it."""
        seen = self._seen.pop(name, None)
        if seen is not None and under_way:
            self._lost.setdefault(name, []).append(seen)

    def forget(self, chunk: Chunk) -> None:
        """Forget a chunk that is over."""
        self.forget_name(name_of(chunk))

    def forget_name(self, name: str) -> None:
        """Forget a chunk by its name."""
        for known in (self._seen, self._lost, self._over):
            known.pop(name, None)


@dataclass(eq=False)
class _UnderWay:
    """The worker's side of a chunk that runs."""

    worker: Worker
    name: str
    key: str
    began: float = field(default_factory=monotonic)
    told: float | None = None  # bytes that were reported last

    def look(self, memory: int) -> None:
        """Report the chunk when it is first seen, and again whenever its process has grown notably."""
        limit = int(self.worker.memory_manager.memory_limit or 0)
        notable = limit > 0 and memory > max(NOTABLE * limit, GROWN * (self.told or 0.0))
        if self.told is not None and not notable:
            return
        self.told = memory if notable else 0.0
        with suppress(RuntimeError):  # its event loop has ended: nobody listens any more
            told = {"chunk": self.name, "worker": self.worker.address, "key": self.key}
            self.worker.log_event(TOPIC, told | {"memory": memory if notable else 0, "limit": limit})


class _Lookout:
    """One thread of a process looks at all chunks that run in it; it ends where none does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[_UnderWay] = set()
        self._watched = False

    def add(self, chunk: _UnderWay) -> None:
        """Begin to look at a chunk."""
        with self._lock:
            self._under_way.add(chunk)
            if self._watched:
                return
            self._watched = True
        threading.Thread(target=self._watch, daemon=True).start()

    def remove(self, chunk: _UnderWay) -> None:
        """Look at it no more."""
        with self._lock:
            self._under_way.discard(chunk)

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            sleep(PERIOD)
            with self._lock:
                old = [each for each in self._under_way if monotonic() - each.began > PERIOD]
                self._watched = bool(self._under_way)
                if not self._watched:
                    return
            memory = process.memory_info().rss if old else 0
            for each in old:
                each.look(memory)


_LOOKOUT = _Lookout()


@contextmanager
def reporting(chunk: Chunk) -> Iterator[None]:
    """Report the chunk once it takes long, and its process's memory once that is notable; the worker's side."""
    try:
        worker = get_worker()
    except ValueError:  # called directly, to reproduce a failure
        yield
        return
    here = _UnderWay(worker, name_of(chunk), str(worker.get_current_task()))
    _LOOKOUT.add(here)
    try:
        yield
    finally:
        _LOOKOUT.remove(here)


def name_of(chunk: Chunk) -> str:
    """Give a chunk's name in reports."""
    return f"{chunk.sample}\0{chunk.file}\0{chunk.start}\0{chunk.stop}"
