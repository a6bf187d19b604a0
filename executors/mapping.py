"""Independent pieces of work on a site: a bounded number in flight, each tried again when its worker is lost."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from distributed import Client, Future, as_completed

Item = TypeVar("Item")
Result = TypeVar("Result")
IN_FLIGHT = 4  # pieces for each thread
RETRIES = 2


def map_on_site(
    client: Client, function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Apply a function to items on the workers; give each item and its result as they finish.

    Parameters
    ----------
    client
        Of an open site.
    function
        Defined at a module's top, so that workers can import it.
    items
        What it is applied to; drawn from as workers become free.

    Yields
    ------
    tuple
        An item and its result. An exception of the function is raised here, and what is in flight is cancelled.
    """
    waiting = iter(items)
    most = IN_FLIGHT * max(1, sum(client.nthreads().values()))
    owners: dict[str, Item] = {}
    done = as_completed()

    def submit() -> None:
        item = next(waiting, None)
        if item is not None:
            future = client.submit(function, item, pure=False, retries=RETRIES)
            owners[future.key] = item
            done.add(future)

    for _ in range(most):
        submit()
    future: Future
    try:
        for future in done:
            result = future.result()
            item = owners.pop(future.key)
            submit()
            yield item, result
    finally:
        for future in list(done.futures):
            future.cancel()


def site_mapper(client: Client) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """Give what stands for `map` on a site: the results come in the items' order."""

    def apply(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        arrived: dict[int, Result] = {}
        turn = 0
        for (number, _), result in map_on_site(client, partial(_apply, function), enumerate(items)):
            arrived[number] = result
            while turn in arrived:
                yield arrived.pop(turn)
                turn += 1

    return apply


def _apply(function: Callable[[Item], Result], numbered: tuple[int, Item]) -> Result:
    return function(numbered[1])
