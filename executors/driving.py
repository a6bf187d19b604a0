"""Driving chunks through a Dask client: a bounded number in flight, results merged in a tree on the workers."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cloudpickle import dumps, loads  # a user's own channel travels as bytes: neither scheduler nor worker imports it
from distributed import Client, Future, KilledWorker

from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.ledger_records import FailureKind
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunSelection
from .books import Books
from .connection import Connection
from .failures import ChunkError, error_line
from .progress import Progress
from .tasks import merge, run_chunk
from .watching import Watcher

if TYPE_CHECKING:
    from ..processors.channel import Channel

GROUP = 8  # results merged at a time
IN_FLIGHT = 4  # chunks submitted for each worker thread, so that none waits for the client
AT_LEAST = 32  # chunks submitted, however few workers there are yet
ATTEMPTS = 3  # of a chunk whose result was lost with a worker
SMALLEST = 100  # entries; a chunk of fewer is not halved


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


@dataclass(frozen=True)
class Limits:
    """When to give up.

    Attributes
    ----------
    failures
        Stop once more chunks than this have failed; never for None.
    seconds
        Time for one chunk; then its worker is restarted, and the chunk fails the second time. None for no limit.
    bugs
        Whether to stop after the first chunk that a channel's own exception failed.
    """

    failures: int | None = None
    seconds: float | None = None
    bugs: bool = True


@dataclass(frozen=True, eq=False)
class Node:
    """A result on the workers: of one chunk (level 0) or merged from others."""

    future: Future
    chunks: tuple[Chunk, ...]
    level: int


class Drive:
    """One pass over chunks; what it learns goes to the books.

    Results count as done only once their histograms have reached the client, so that the books never promise what a
    dying worker can take along. The first chunk of every sample runs before the rest.
    """

    def __init__(self, client: Client, job: Job, books: Books, progress: Progress, stop: Event) -> None:
        self.client, self.job, self.books, self.progress, self.stop = client, job, books, progress, stop
        self.nonce = uuid4().hex  # a scheduler remembers keys: a failure of an earlier run would come back at once
        self.channels = client.submit(loads, dumps(tuple(job.channels)), key=f"channels-{self.nonce}")
        self.selections = {
            sample: client.submit(RunSelection, each.sets, key=f"runs-{sample}-{self.nonce}")
            for sample, each in job.selections.items()
        }
        self.connection = Connection(client)
        self.watcher = Watcher(client)
        self.waiting: deque[Chunk] = deque()
        self.later: deque[Chunk] = deque()
        self.suspects: deque[Chunk] = deque()
        self.flying: dict[str, Node] = {}
        self.levels: dict[int, list[Node]] = {}
        self.attempts: Counter[Chunk] = Counter()
        self.finished: SimpleQueue[str] = SimpleQueue()
        self.submitted = 0
        self.bug: tuple[Chunk, ChunkError] | None = None
        self._looked = monotonic()

    def run(self, chunks: Iterable[Chunk], limits: Limits) -> None:
        """Run `chunks` until all are done or failed, a stop is asked for, or one of the limits is reached."""
        self.waiting, self.later = first_of_each_sample(chunks)
        try:
            while self._ongoing() and not self._over(limits):
                self._submit_chunks()
                self._take(timeout=0.2)
                self._look(limits)
                if self.books.due:
                    self._collect()
                    self.books.deposit()
            for node in self.flying.values():
                if node.level == 0:
                    node.future.cancel()
            self.flying = {key: node for key, node in self.flying.items() if node.level}
            self._collect()
        finally:
            self.watcher.close()

    def _ongoing(self) -> bool:
        if self.waiting or self.flying:
            return True
        self._collect()  # before suspects may kill what is not fetched yet; lost results go back to waiting
        if not (self.waiting or self.suspects):
            self.waiting, self.later = self.later, deque()
        return bool(self.waiting or self.suspects)

    def _over(self, limits: Limits) -> bool:
        too_many = limits.failures is not None and self.books.failed > limits.failures
        return self.stop.is_set() or too_many or (limits.bugs and self.bug is not None)

    def _submit_chunks(self) -> None:
        if not self.waiting and not self.flying and self.suspects:
            self._submit_chunk(self.suspects.popleft())  # alone, so that it takes nobody else along
            return
        limit = max(AT_LEAST, IN_FLIGHT * self.connection.threads) if self.waiting else 0
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
            self.watcher.forget(node.chunks[0])
            self.progress.advance(node.chunks[0])
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
            self.connection.check()
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

    def _look(self, limits: Limits) -> None:
        """Look now and then whether the cluster is still there, and whether a chunk takes too long."""
        if monotonic() - self._looked < 1.0:
            return
        self._looked = monotonic()
        self.connection.check()
        if limits.seconds is None:
            return
        for key, node in list(self.flying.items()):
            seen = self.watcher.of(node.chunks[0]) if node.level == 0 else None
            if seen is not None and monotonic() - seen.began > limits.seconds:
                del self.flying[key]
                node.future.cancel()
                self.watcher.forget(node.chunks[0])
                self.connection.restart(seen.worker)
                self._again(node.chunks[0], "timeout", f"took longer than {limits.seconds:g} s on {seen.worker}.", 2)

    def _lost(self, node: Node) -> None:
        """Decide what becomes of the chunks of a result that failed or disappeared."""
        error = node.future.exception() if node.future.status == "error" else None
        if error is None:
            self.connection.check(patience=5.0)
        if isinstance(error, ChunkError) and node.level == 0:
            self._failed(node.chunks[0], error)
            return
        for chunk in node.chunks:
            if isinstance(error, KilledWorker) and node.level == 0:
                self._killed(chunk)
            else:
                self._again(chunk, "lost", _reason(error), ATTEMPTS)

    def _failed(self, chunk: Chunk, error: ChunkError) -> None:
        """Handle a failure that the worker reported."""
        if error.kind == "memory" and self._halved(chunk):
            return
        self._fail(chunk, error.reason, error.kind)
        if error.kind == "bug" and self.bug is None:
            self.bug = chunk, error

    def _killed(self, chunk: Chunk) -> None:
        """Handle the death of the worker processes that ran a chunk: halve it where they ran out of memory."""
        seen = self.watcher.of(chunk)
        if seen is not None and seen.out_of_memory:
            told = f"its worker had {seen.memory / 2**20:.0f} of {seen.limit / 2**20:.0f} MB in use when it died."
            if not self._halved(chunk):
                self._fail(chunk, told, "memory")
        elif self.attempts[chunk] >= ATTEMPTS:
            self._fail(chunk, "the worker processes that ran it died (a crash in compiled code, or killed).", "crash")
        else:
            self.suspects.append(chunk)

    def _halved(self, chunk: Chunk) -> bool:
        """Run the halves of a chunk instead; not where it is small already."""
        if chunk.entries < 2 * SMALLEST:
            return False
        self.waiting.extendleft(self.books.halve(chunk))
        self.watcher.forget(chunk)
        return True

    def _again(self, chunk: Chunk, kind: FailureKind, reason: str, attempts: int) -> None:
        """Run a chunk once more, unless it had its attempts."""
        if self.attempts[chunk] >= attempts:
            self._fail(chunk, reason, kind)
        else:
            self.waiting.append(chunk)

    def _fail(self, chunk: Chunk, reason: str, kind: FailureKind) -> None:
        self.books.fail(chunk, reason, kind)
        self.watcher.forget(chunk)
        self.progress.advance(chunk, failed=True)


def first_of_each_sample(chunks: Iterable[Chunk]) -> tuple[deque[Chunk], deque[Chunk]]:
    """Split off the first chunk of each sample: what is wrong with a channel or a sample shows there."""
    first: dict[str, Chunk] = {}
    rest: deque[Chunk] = deque()
    for chunk in chunks:
        if chunk.sample in first:
            rest.append(chunk)
        else:
            first[chunk.sample] = chunk
    return deque(first.values()), rest


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "its result was cancelled or lost."
    return f"its result was lost ({error_line(error)})."
