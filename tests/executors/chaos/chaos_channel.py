"""A channel that counts every event by its number, and misbehaves once on the events that a file names."""

import os
import time
from pathlib import Path
from typing import Any

import hist
import numpy as np
from darkbelle.processors.channel import Channel

ORDERS = Path(os.environ.get("CHAOS_ORDERS", "/nonexistent"))  # a folder: files "hang-N" and "hoard-N" are orders
EVENTS = int(os.environ.get("CHAOS_EVENTS", "1"))
PAUSE = float(os.environ.get("CHAOS_PAUSE", "0"))


class EveryEvent(Channel):
    """One bin an event: whoever counts one twice, or loses one, is found out."""

    name = "every_event"
    needs = {"": ("weight", "event")}  # noqa: RUF012
    regions = ("all",)
    cuts = ("all",)
    triggers = {"all": ()}  # noqa: RUF012
    observables = {"event": hist.axis.Integer(0, EVENTS, name="event")}  # noqa: RUF012
    limit = None

    def empty(self, sample: str) -> dict[str, hist.Hist]:
        """Give a histogram with a bin for every event there is."""
        axes = (
            hist.axis.StrCategory([sample], name="process"),
            hist.axis.StrCategory(["all"], name="region"),
            hist.axis.StrCategory(["nominal"], name="variation"),
            hist.axis.Integer(0, EVENTS, name="event"),
        )
        return {"event": hist.Hist(*axes, storage=hist.storage.Weight())}

    def process(self, events: Any) -> dict[str, hist.Hist]:
        """Fill it, after what was ordered for one of these events."""
        numbers = np.asarray(events.event)
        tell("works")
        time.sleep(PAUSE)
        for order in ORDERS.glob("*-*"):
            what, _, event = order.name.partition("-")
            if int(event) in numbers:
                obey(order, what)
        filled = self.empty(events.metadata["sample"])
        place = {"process": events.metadata["sample"], "region": "all", "variation": "nominal"}
        filled["event"].fill(**place, event=numbers, weight=np.asarray(events.weight))
        return filled

    def select(self, events: Any, variation: str) -> Any:
        """Select nothing: `process` does it all."""
        raise NotImplementedError

    def memory(self, samples: int) -> int:
        """Give the bytes of the histogram."""
        return samples * (EVENTS + 2) * 16


def tell(what: str) -> None:
    """Leave word of what this process does, for those who kill processes."""
    if ORDERS.is_dir():
        (ORDERS / f"{what}.{os.getpid()}").touch()


def obey(order: Path, what: str) -> None:
    """Hang, or take memory until the process is ended; only once."""
    try:
        order.unlink()
    except FileNotFoundError:
        return
    tell("doomed")
    if what == "hang":
        time.sleep(600)
    hoard = []
    while True:
        hoard.append(np.ones(4_000_000))
        time.sleep(0.15)
