# ruff: noqa: D101, D102
"""Channels for the tests: one that counts photons, and ones that go wrong on purpose."""

import os
import signal
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import awkward as ak
import hist
import numpy as np
from darkbelle.processors.channel import Channel


class Counting(Channel):
    """Photon energies, with the event's weights."""

    name = "counting"
    needs = {"": ("weight",), "photons": ("px", "py", "pz", "energy"), "trigger": ("lml1",)}  # noqa: RUF012

    def empty(self, sample: str) -> dict[str, hist.Hist]:
        return {
            "energy": hist.Hist(
                hist.axis.StrCategory([sample], name="process"),
                hist.axis.StrCategory(["all", "triggered"], name="region"),
                hist.axis.StrCategory(["nominal"], name="variation"),
                hist.axis.Regular(20, 0, 5, name="energy", label="energy [GeV]"),
                storage=hist.storage.Weight(),
            )
        }

    def process(self, events: Any) -> dict[str, hist.Hist]:
        filled = self.empty(events.metadata["sample"])
        for region, mask in (("all", events.weight > 0), ("triggered", events.trigger.lml1)):
            energy = events.photons.energy[mask]
            weight = ak.flatten(ak.broadcast_arrays(events.weight[mask], energy)[0])
            filled["energy"].fill(
                process=events.metadata["sample"],
                region=region,
                variation="nominal",
                energy=np.asarray(ak.flatten(energy)),
                weight=np.asarray(weight),
            )
        return filled

    def select(self, events: Any, variation: str) -> Any:
        raise NotImplementedError

    def memory(self, samples: int) -> int:
        return samples * 2 * 22 * 16


class Greedy(Counting):
    name = "greedy"

    def memory(self, samples: int) -> int:
        return samples * 100 * 2**20


class Poisoned(Counting):
    """Does something terrible on the event with number `event` of the sample phase2."""

    def __init__(self, how: str, event: int = 600, marker: Path | None = None) -> None:
        self.how, self.event, self.marker = how, event, marker

    def process(self, events: Any) -> dict[str, hist.Hist]:
        if self.how == "slow":
            time.sleep(0.3)
        elif self.how == "memory" and len(events) > 300:
            raise MemoryError("cannot allocate")
        elif self.how == "hoard" and events.metadata["sample"] == "phase2" and len(events) > 1500:
            self._hoard()
        elif events.metadata["sample"] == "phase2" and self.event in np.asarray(events.event):
            self._strike()
        return super().process(events)

    def _hoard(self) -> None:
        hoard = []
        for _ in range(60):  # 2.4 GB in 6 s: its nanny ends the process on the way
            hoard.append(np.ones(5_000_000))
            time.sleep(0.1)

    def _strike(self) -> None:
        if self.how == "hang":
            time.sleep(600)
        if self.how == "unreadable":
            raise OSError("storage is away")
        if self.how == "die":
            os._exit(3)
        if self.how == "raise":
            raise KeyError("no_such_field")
        if self.how == "hiccup" and self.marker is not None and not self.marker.exists():
            self.marker.touch()
            raise OSError("storage is away")


class FailingAgain(Poisoned):
    """Fails on one event always, and on another from the second time that it is seen."""

    def __init__(self, event: int, again: int, marker: Path) -> None:
        super().__init__("unreadable", event, marker)
        self.again = again

    def process(self, events: Any) -> dict[str, hist.Hist]:
        if self.again in np.asarray(events.event) and self.marker is not None:
            if self.marker.exists():
                raise OSError("storage is away")
            self.marker.touch()
        return super().process(events)


class Tallying(Counting):
    """Leaves a file in a folder for every chunk that it runs, and takes its time."""

    def __init__(self, folder: Path, pause: float = 0.0) -> None:
        self._folder, self._pause = folder, pause

    def process(self, events: Any) -> dict[str, hist.Hist]:
        (self._folder / uuid4().hex).touch()
        time.sleep(self._pause)
        return super().process(events)


def interrupt_after(tally: Path, chunks: int) -> None:
    """Press Ctrl-C, so to say, once that many chunks have left their mark."""
    while len(list(tally.iterdir())) < chunks:
        time.sleep(0.02)
    signal.raise_signal(signal.SIGINT)
