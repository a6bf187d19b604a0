"""A channel that does nothing: what a run of it costs is the driver's, the scheduler's and the opening of files."""

from collections.abc import Mapping
from typing import Any, ClassVar

import hist
from darkbelle.processors.channel import Channel


class Idle(Channel):
    """One empty histogram a chunk; no column is read."""

    name = "idle"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"": ("weight",)}
    regions = ("all",)
    cuts = ("all",)
    triggers: ClassVar[Mapping[str, tuple[str, ...]]] = {"all": ()}
    observables: ClassVar[Mapping[str, Any]] = {"mass": hist.axis.Regular(100, 0.0, 10.0, name="mass")}
    limit = None

    def process(self, events: Any) -> dict[str, hist.Hist]:
        """Give the empty histograms."""
        return self.empty(events.metadata["sample"])

    def select(self, events: Any, variation: str) -> Any:
        """Select nothing: `process` does not ask for it."""
        raise NotImplementedError
