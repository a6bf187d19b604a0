"""Driving chunks through a Dask client: a bounded number in flight, results merged in a tree on the workers."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cloudpickle import dumps, loads  # a user's own channel travels by value: no worker can import it
from distributed import Client, Future, KilledWorker

from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.errors import DarkbelleError
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunSelection
from .books import Books
from .progress import Progress
from .tasks import ChunkError, merge, run_chunk

if TYPE_CHECKING:
    from ..processors.channel import Channel

GROUP = 8  # results merged at a time
IN_FLIGHT = 4  # chunks submitted for each worker thread, so that none waits for the client
AT_LEAST = 32  # chunks submitted, however few workers there are yet
ATTEMPTS = 3  # of a chunk whose result was lost with a worker


@dataclass(frozen=True)
class Job:
    """What is done with every chunk.

    Attributes
    ----------
    channels
        All channels.
    applied
        By sample: names of the channels applied.
    contexts, surveys
        By sample and by file.
    selections
        By sample of data: the runs that are used, where not all are.
    """

    channels: Sequence["Channel"]
    applied: dict[str, tuple[str, ...]]
    contexts: dict[str, SampleContext]
    surveys: dict[str, FileSurvey]
    selections: dict[str, RunSelection] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Node:
    """A result on the workers: of one chunk (level 0) or merged from others."""

    future: Future
    chunks: tuple[Chunk, ...]
    level: int


class Drive:
    """One pass over chunks; what it learns goes to the books.

    Results count as done only once their histograms have reached the client, so that the books never promise what a
    dying worker can take along.
    """

    def __init__(self, client: Client, job: Job, books: Books, progress: Progress, stop: Event) -> None:
        self.client, self.job, self.books, self.progress, self.stop = client, job, books, progress, stop
        self.nonce = uuid4().hex  # a scheduler remembers keys: a failure of an earlier run would come back at once
        self.channels = client.submit(loads, dumps(job.channels), key=f"channels-{self.nonce}")
        self.selections = {
            sample: client.submit(RunSelection, each.sets, key=f"runs-{sample}-{self.nonce}")
            for sample, each in job.selections.items()
        }
        self.waiting: deque[Chunk] = deque()
        self.suspects: deque[Chunk] = deque()
        self.flying: dict[str, Node] = {}
        self.levels: dict[int, list[Node]] = {}
        self.attempts: Counter[Chunk] = Counter()
        self.finished: SimpleQueue[str] = SimpleQueue()
        self.submitted = 0
        self.details: list[str] = []

    def run(self, chunks: Iterable[Chunk], max_failures: int | None) -> None:
        """Run `chunks` until all are done or failed, a stop is asked for, or more than `max_failures` have failed."""
        self.waiting.extend(chunks)
        while self._ongoing() and not self._over(max_failures):
            self._submit_chunks()
            self._take(timeout=0.2)
            if self.books.due:
                self._collect()
                self.books.write()
        for node in self.flying.values():
            if node.level == 0:
                node.future.cancel()
        self.flying = {key: node for key, node in self.flying.items() if node.level}
        self._collect()

    def _ongoing(self) -> bool:
        if self.waiting or self.flying:
            return True
        self._collect()  # before suspects may kill what is not fetched yet; lost results go back to waiting
        return bool(self.waiting or self.suspects)

    def _over(self, max_failures: int | None) -> bool:
        return self.stop.is_set() or (max_failures is not None and self.books.failed > max_failures)

    def _submit_chunks(self) -> None:
        if not self.waiting and not self.flying and self.suspects:
            self._submit_chunk(self.suspects.popleft())  # alone, so that it takes nobody else along
            return
        limit = max(AT_LEAST, IN_FLIGHT * sum(self.client.nthreads().values())) if self.waiting else 0
        while self.waiting and len(self.flying) < limit:
            self._submit_chunk(self.waiting.popleft())

    def _submit_chunk(self, chunk: Chunk) -> None:
        survey = replace(self.job.surveys[chunk.file], branches=frozenset(), fields=frozenset(), edges=())  # not needed
        context, applied = self.job.contexts[chunk.sample], self.job.applied[chunk.sample]
        self.attempts[chunk] += 1
        selection = self.selections.get(chunk.sample)
        self._fly((run_chunk, chunk, survey, context, self.channels, applied, selection), (chunk,), 0)

    def _fly(self, call: tuple[Any, ...], chunks: tuple[Chunk, ...], level: int) -> Node:
        self.submitted += 1
        key = f"{'merge' if level else 'chunk'}-{self.nonce}-{self.submitted}"
        future = self.client.submit(*call, key=key, pure=False, priority=level)
        node = self.flying[key] = Node(future, chunks, level)
        future.add_done_callback(lambda done: self.finished.put(done.key))
        return node

    def _take(self, timeout: float) -> None:
        """Handle results that have arrived, waiting for the first."""
        try:
            key = self.finished.get(timeout=timeout)
            while True:
                if (node := self.flying.pop(key, None)) is not None:
                    self._handle(node)
                key = self.finished.get_nowait()
        except Empty:
            pass

    def _handle(self, node: Node) -> None:
        if node.future.status != "finished":
            self._lost(node)
            return
        if node.level == 0:
            self.progress.advance(node.chunks[0].entries)
        siblings = self.levels.setdefault(node.level, [])
        siblings.append(node)
        if len(siblings) >= GROUP:
            self.levels[node.level] = []
            self._merge(siblings, node.level + 1)

    def _merge(self, nodes: list[Node], level: int) -> Node:
        chunks = tuple(chunk for node in nodes for chunk in node.chunks)
        return self._fly((merge, [node.future for node in nodes]), chunks, level)

    def _collect(self) -> None:
        """Bring all that is finished to the client."""
        while any(node.level for node in self.flying.values()):
            self._take(timeout=0.2)
        nodes = [node for level in self.levels.values() for node in level]
        self.levels = {}
        if not nodes:
            return
        node = self._merge(nodes, 1 + max(node.level for node in nodes))
        del self.flying[node.future.key]
        try:
            partial = node.future.result()
        except Exception:  # noqa: BLE001  # whatever happened to it, its chunks are run again
            self._lost(node)
            return
        self.books.add(partial)

    def _lost(self, node: Node) -> None:
        """Decide what becomes of the chunks of a result that failed or disappeared."""
        if self.client.status != "running":
            raise DarkbelleError("the connection to the Dask scheduler was lost.")
        error = node.future.exception() if node.future.status == "error" else None
        if isinstance(error, ChunkError) and node.level == 0:
            self.details.append(error.details)
            self._fail(node.chunks[0], error.reason)
            return
        for chunk in node.chunks:
            if self.attempts[chunk] >= ATTEMPTS or (isinstance(error, KilledWorker) and self.attempts[chunk] > 1):
                self._fail(chunk, _reason(error))
            elif isinstance(error, KilledWorker) and node.level == 0:
                self.suspects.append(chunk)
            else:
                self.waiting.append(chunk)

    def _fail(self, chunk: Chunk, reason: str) -> None:
        self.books.fail(chunk, chunk.entries, reason)
        self.progress.advance(chunk.entries, failed=True)


def _reason(error: BaseException | None) -> str:
    if isinstance(error, KilledWorker):
        return "the worker processes that ran it died (out of memory, or a crash in compiled code)."
    if error is None:
        return "its result was cancelled or lost."
    return f"its result was lost ({type(error).__name__}: {str(error)[:200]})."
