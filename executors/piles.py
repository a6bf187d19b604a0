"""Results on the workers, in piles by who holds them: each worker adds up its own, so that few histograms travel."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from distributed import Client, Future

from ..datasets.chunk import Chunk

GROUP = 8  # results added up at a time


@dataclass(frozen=True, eq=False)
class Node:
    """A result on the workers: of one chunk, or merged from others."""

    future: Future
    chunks: tuple[Chunk, ...]
    merged: bool = False


class Piles:
    """Finished results, by worker.

    A worker holds at most `GROUP` of them, and what it finished since it was last asked. At the end of an interval it
    adds up the rest, and one set of each worker travels: to another one that adds up `GROUP` of them, at last to the
    client.

    Parameters
    ----------
    client
        Of the cluster.
    placed
        Called with a result and the workers that hold it, once they are known.
    """

    def __init__(self, client: Client, placed: Callable[[Node, Collection[str]], None]) -> None:
        self._client, self._placed = client, placed
        self._loose: list[Node] = []
        self._piles: dict[str, list[Node]] = {}

    def add(self, node: Node) -> None:
        """Take up a finished result; nobody has asked yet where it is."""
        self._loose.append(node)

    def full(self) -> list[tuple[str, list[Node]]]:
        """Take away the piles that are large enough to be added up, each with its worker."""
        self._sort()
        return self._take(GROUP)

    def all(self) -> list[tuple[str, list[Node]]]:
        """Take away all piles, each with its worker."""
        self._sort()
        return self._take(1)

    def _sort(self) -> None:
        """Ask the scheduler once where all that is new lies; what was lost meanwhile lies nowhere: ""."""
        if not self._loose:
            return
        where = self._client.who_has([node.future for node in self._loose])
        loose, self._loose = self._loose, []
        for node in loose:
            holders = where.get(node.future.key, ())
            self._placed(node, holders)
            self._piles.setdefault(next(iter(holders), ""), []).append(node)

    def _take(self, least: int) -> list[tuple[str, list[Node]]]:
        taken = [(worker, pile) for worker, pile in self._piles.items() if len(pile) >= least]
        for worker, _ in taken:
            del self._piles[worker]
        return taken


def groups(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Cut into groups that are added up at a time."""
    for start in range(0, len(nodes), GROUP):
        yield nodes[start : start + GROUP]
