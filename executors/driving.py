"""Driving chunks through a Dask client: a bounded number in flight, results added up where they are."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from typing import Any
from uuid import uuid4

from cloudpickle import dumps, loads  # a user's own channel travels as bytes: neither scheduler nor worker imports it
from distributed import Client, KilledWorker

from ..datasets.chunk import Chunk
from ..datasets.ledger_records import FailureKind
from ..datasets.run_ranges import RunSelection
from .books import Books
from .connection import Connection
from .failures import ChunkError, error_line
from .job import Job, Limits
from .piles import Node, Piles, groups
from .progress import Progress
from .sizing import divisible, longest, sized
from .tasks import merge, run_chunk
from .watching import Watcher

IN_FLIGHT = 4  # chunks submitted for each worker thread, so that none waits for the client
AT_LEAST = 32  # chunks submitted, however few workers there are yet
PERIOD = 1.0  # seconds between looks at the cluster and at what is under way
ATTEMPTS = 3  # the third time that a chunk's workers die, or that its result is lost with one, it fails
MERGED_ATTEMPTS = 6  # the same for results that were merged: another chunk may be what their workers died of
DIED = "the worker processes that ran it died (a crash in compiled code, or killed)."


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
        self.piles = Piles(client, partial(note_lost_workers, self.watcher, books))
        self.troubles: Counter[tuple[Chunk, FailureKind]] = Counter()
        self.finished: SimpleQueue[str] = SimpleQueue()
        self.submitted = 0
        self.bug: tuple[Chunk, ChunkError] | None = None
        self.limits = Limits()
        self._looked = monotonic()

    def run(self, chunks: Iterable[Chunk], limits: Limits) -> None:
        """Run `chunks` until all are done or failed, a stop is asked for, or one of the limits is reached."""
        self.waiting, self.later = first_of_each_sample(chunks)
        self.limits = limits
        try:
            while self._ongoing() and not self._over():
                self._submit_chunks()
                self._take(timeout=0.2)
                self._look()
                if self.books.due:
                    self._collect(submitting=True)
                    self.books.deposit()
            for node in self.flying.values():
                if not node.merged:
                    node.future.cancel()
            self.flying = {key: node for key, node in self.flying.items() if node.merged}
            self._collect()
        finally:
            self.watcher.close()

    def _ongoing(self) -> bool:
        if self.waiting or self.flying:
            return True
        self._collect()  # before suspects may kill what is not fetched yet; lost results go back to waiting
        if not (self.waiting or self.suspects):
            self.waiting, self.later = sized(self.later, self.books, longest(self.limits.seconds)), deque()
        return bool(self.waiting or self.suspects)

    def _over(self) -> bool:
        too_many = self.limits.failures is not None and self.books.failed > self.limits.failures
        return self.stop.is_set() or too_many or (self.limits.bugs and self.bug is not None)

    def _submit_chunks(self) -> None:
        if not self.waiting and not self.flying and self.suspects:
            self._submit_chunk(self.suspects.popleft())  # alone, so that it takes nobody else along
        self._submit_waiting()

    def _submit_waiting(self) -> None:
        limit = max(AT_LEAST, IN_FLIGHT * self.connection.threads) if self.waiting else 0
        while self.waiting and len(self.flying) < limit:
            self._submit_chunk(self.waiting.popleft())

    def _submit_chunk(self, chunk: Chunk) -> None:
        survey = replace(self.job.surveys[chunk.file], branches=frozenset(), fields=frozenset(), edges=())  # not needed
        context, applied = self.job.contexts[chunk.sample], self.job.applied[chunk.sample]
        selection = self.selections.get(chunk.sample)
        key = self._key("chunk")
        call = (run_chunk, chunk, survey, context, self.channels, applied, selection)
        self._fly(Node(self.client.submit(*call, key=key, pure=False), (chunk,)))

    def _key(self, kind: str) -> str:
        self.submitted += 1
        return f"{kind}-{self.nonce}-{self.submitted}"

    def _fly(self, node: Node) -> None:
        self.flying[node.future.key] = node
        node.future.add_done_callback(lambda done: self.finished.put(done.key))

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
        if node.future.status in {"lost", "pending"}:  # gone with its worker since: the scheduler runs it again
            self._fly(node)
            return
        if node.future.status != "finished":
            self._lost(node, counted=node.merged)
            return
        if not node.merged:
            self.watcher.over(node.chunks[0])
            self.progress.advance(node.chunks[0])
        self.piles.add(node)

    def _merge(self, nodes: Sequence[Node], worker: str = "") -> Node:
        """Add up results, on the worker that holds them where it is still there."""
        if len(nodes) == 1:
            return nodes[0]
        chunks = tuple(chunk for node in nodes for chunk in node.chunks)
        where: dict[str, Any] = {"workers": [worker], "allow_other_workers": True} if worker else {}
        futures = [node.future for node in nodes]
        future = self.client.submit(merge, futures, key=self._key("merge"), pure=False, priority=1, **where)
        return Node(future, chunks, merged=True)

    def _collect(self, submitting: bool = False) -> None:
        """Bring all that is finished to the client: one set of histograms from each worker, added up on the way.

        Chunks are sent out meanwhile if `submitting`, so that no worker waits for it.
        """
        while any(node.merged for node in self.flying.values()):
            self._wait(submitting)
        nodes = [self._merge(pile, worker) for worker, pile in self.piles.all()]
        while len(nodes) > 1:
            nodes = [self._merge(group) for group in groups(nodes)]
        for node in nodes:
            node.future.add_done_callback(lambda done: self.finished.put(done.key))  # wakes up who waits
            while not node.future.done():
                self._wait(submitting)
            try:
                taken = node.future.result()
            except Exception:  # noqa: BLE001  # whatever happened to it, its chunks are run again
                self._lost(node, counted=True)
                continue
            self.books.add(taken)
            self.progress.count_bytes(sum(each.cost.read for each in taken.done if each.cost is not None))
            for chunk in node.chunks:
                self.watcher.forget(chunk)

    def _wait(self, submitting: bool) -> None:
        if submitting and not self._over():
            self._submit_waiting()
        self._take(timeout=0.2)
        self.connection.check()
        self._end_overdue()

    def _look(self) -> None:
        """Look now and then whether the cluster is there, what can be added up, and which chunks are in trouble."""
        if monotonic() - self._looked < PERIOD:
            return
        self._looked = monotonic()
        self.connection.check()
        for worker, pile in self.piles.full():
            self._fly(self._merge(pile, worker))
        self._halve_grown()
        self._end_overdue()

    def _halve_grown(self) -> None:
        """Halve chunks that a worker's memory was too small for before the scheduler gives them to further ones."""
        for key, node in list(self.flying.items()):
            chunk = node.chunks[0]
            grown = not node.merged and any(each.out_of_memory for each in self.watcher.lost(chunk))
            if grown and self._halved(chunk):
                del self.flying[key]
                node.future.cancel()

    def _end_overdue(self) -> None:
        """Restart the workers of chunks that take too long, also of those run again since their result was lost."""
        for name, seen in self.watcher.overdue(self.limits.seconds).items():
            if not self.connection.runs(seen.worker, seen.key):  # its worker died, or this was a late report
                self.watcher.gone(name, under_way=seen.key in self.flying)
                continue
            self.watcher.forget_name(name)
            node = self.flying.pop(seen.key, None)
            if node is not None:
                node.future.cancel()
            self.connection.restart(seen.worker)
            if node is not None:
                reason = f"took longer than {self.limits.seconds:g} s on {seen.worker}."
                self._again(node.chunks[0], "timeout", reason, 2)

    def _lost(self, node: Node, counted: bool) -> None:
        """Decide what becomes of the chunks of a result that failed or disappeared, `counted` as over or not yet."""
        error = node.future.exception() if node.future.status == "error" else None
        if error is None:
            self.connection.check(patience=5.0)
        if isinstance(error, ChunkError) and not node.merged:
            self._failed(node.chunks[0], error)
            return
        for chunk in node.chunks:
            if counted:
                self.progress.withdraw(chunk)
            if isinstance(error, KilledWorker) and not node.merged:
                self._killed(chunk)
            else:
                self._again(chunk, "lost", _reason(error), MERGED_ATTEMPTS if node.merged else ATTEMPTS)

    def _failed(self, chunk: Chunk, error: ChunkError) -> None:
        """Handle a failure that the worker reported."""
        if error.kind == "memory" and self._halved(chunk, error.reason):
            return
        self._fail(chunk, error.reason, error.kind)
        if error.kind == "bug" and self.bug is None:
            self.bug = chunk, error

    def _killed(self, chunk: Chunk) -> None:
        """Handle the death of the worker processes that ran a chunk: halve it where they ran out of memory."""
        seen = self.watcher.of(chunk)
        if seen is not None and seen.out_of_memory:
            if not self._halved(chunk, seen.end):
                self._fail(chunk, seen.end, "memory")
        elif self._too_often(chunk, "crash", ATTEMPTS):
            self._fail(chunk, DIED, "crash")
        else:
            self._note(chunk)
            self.books.note(chunk, DIED)
            self.watcher.forget(chunk)
            self.suspects.append(chunk)

    def _halved(self, chunk: Chunk, *why: str) -> bool:
        """Run the halves of a chunk instead; not where it is small already."""
        if not divisible(chunk):
            return False
        self._note(chunk)
        for each in why:
            self.books.note(chunk, each)
        self.waiting.extendleft(self.books.halve(chunk))
        self.watcher.forget(chunk)
        return True

    def _again(self, chunk: Chunk, kind: FailureKind, reason: str, attempts: int) -> None:
        """Run a chunk once more, unless that happened to it too often."""
        if self._too_often(chunk, kind, attempts):
            self._fail(chunk, reason, kind)
        else:
            self.books.note(chunk, reason)
            self.waiting.append(chunk)

    def _too_often(self, chunk: Chunk, kind: FailureKind, most: int) -> bool:
        """Count one more trouble of a kind, and tell whether that was the last."""
        self.troubles[chunk, kind] += 1
        return self.troubles[chunk, kind] >= most

    def _note(self, chunk: Chunk) -> None:
        """Enter in the books under which circumstances the chunk lost workers."""
        for each in self.watcher.lost(chunk):
            self.books.note(chunk, each.end)

    def _fail(self, chunk: Chunk, reason: str, kind: FailureKind) -> None:
        self.books.fail(chunk, reason, kind)
        self.watcher.forget(chunk)
        self.progress.advance(chunk, failed=True)


def note_lost_workers(watcher: Watcher, books: Books, node: Node, holders: Collection[str]) -> None:
    """Note which workers a chunk lost before its result came to be where it is."""
    for each in () if node.merged else watcher.placed(node.chunks[0], holders):
        books.note(node.chunks[0], each.end)


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
