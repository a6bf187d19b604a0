"""The lazy door: a dask-awkward array of events gives a channel its partitions, with the columns that it needs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import awkward as ak

from ..datasets import records

if TYPE_CHECKING:
    from .channel import Channel


def eager_parts(events: Any, channel: "Channel") -> Iterator[ak.Array]:
    """Compute the needed columns of a lazy array of events, one partition at a time.

    Parameters
    ----------
    events
        Dask-awkward array of the event model.
    channel
        Whose columns.
    """
    metadata = events.metadata
    needs = channel.needed(metadata["experiment"]) or channel.needs
    chosen = _chosen(events, needs)
    for number in range(events.npartitions):
        part = chosen.partitions[number].compute()
        named = ak.with_name(part, "Events", behavior=records.behavior)
        yield ak.with_parameter(named, "metadata", dict(metadata))


def _chosen(events: Any, needs: Mapping[str, tuple[str, ...]]) -> Any:
    columns: dict[str, Any] = {field: events[field] for field in needs.get("", ())}
    columns |= {name: events[name][list(fields)] for name, fields in needs.items() if name}
    return ak.zip(columns, depth_limit=1)
