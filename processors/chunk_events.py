"""A chunk's events as the searches see them: the event model, and pieces that are computed once for all searches."""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, TypeVar

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..datasets.errors import UsageError
from .objects import Array, Mask, Objects

Piece = TypeVar("Piece")


class ChunkEvents:
    """Events of one chunk; whatever the event model has is an attribute of it (`events.photons`, `events.beam`).

    Parameters
    ----------
    events
        `Events` of the event model, virtual or eager.
    """

    def __init__(self, events: ak.Array) -> None:
        self.array = events
        self._pieces: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying and pickling ask for these before anything is set
            raise AttributeError(name)
        return getattr(self.array, name)

    def __len__(self) -> int:
        return len(self.array)

    def once(self, key: Hashable, make: Callable[[], Piece]) -> Piece:
        """Give a piece, made when it is first asked for: searches that use the same `key` share it."""
        if key not in self._pieces:
            self._pieces[key] = make()
        piece: Piece = self._pieces[key]
        return piece

    @property
    def weights(self) -> Array:
        """Generator weights, (events,); 0 where a weight is not a number."""
        return self.once("weights", lambda: np.where(self.sound, _flat(self.array.weight, np.float64), 0.0))

    @property
    def sound(self) -> Mask:
        """Which events have a weight that is a number: only those count at all."""
        return self.once("sound", lambda: np.isfinite(_flat(self.array.weight, np.float64)))

    def objects(self, collection: str) -> Objects:
        """Give a collection ("tracks", "photons", ...) as flat columns."""
        return self.once(("objects", collection), lambda: self._objects(collection))

    def fired(self, lines: Iterable[str]) -> Mask:
        """Tell which events fired one of the trigger lines; a missing word is a line that did not fire."""
        wanted = tuple(lines)
        return self.once(("lines", wanted), lambda: self._fired(wanted))

    def _fired(self, lines: Iterable[str]) -> Mask:
        fired = np.zeros(len(self), dtype=bool)
        for line in lines:
            fired |= self.once(("line", line), partial(self._line, line))
        return fired

    def _line(self, name: str) -> Mask:
        return np.asarray(_flat(self.array.trigger[name], np.float64) == 1.0)

    def _objects(self, collection: str) -> Objects:
        jagged = self.array[collection]
        counts = np.asarray(ak.num(jagged, axis=1), dtype=np.int64)
        return Objects(lambda name: _flat(ak.flatten(jagged[name], axis=1)), counts).numbered()


def metadata(events: ChunkEvents, key: str) -> Any:
    """Read the metadata of the events' sample; UsageError where the events came without them."""
    found = events.array.metadata or {}
    if key not in found:
        raise UsageError(f"events without metadata {key!r}: open them with darkbelle.datasets.reading.")
    return found[key]


def _flat(values: Any, dtype: Any = None) -> NDArray[Any]:
    """Give a flat awkward array as numpy; a missing value is NaN (0 for integers)."""
    values = ak.to_numpy(values, allow_missing=True)
    if isinstance(values, np.ma.MaskedArray):
        values = values.filled(np.nan if values.dtype.kind == "f" else 0)
    return np.asarray(values, dtype=dtype)
