"""Cutflows in expected events: what each cut leaves of every process, beside the limits that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..processors.channel import CUTFLOW, NOMINAL
from ..processors.recipe import LimitRecipe
from ..processors.run import Run
from .normalisation import Luminosity, event_weight, served


@dataclass(frozen=True)
class Cutflow:
    """One region's cutflow.

    Attributes
    ----------
    region
        Which region.
    cuts
        In the order they are applied.
    events
        By process, what is left after each cut; data as counted.
    """

    region: str
    cuts: tuple[str, ...]
    events: Mapping[str, tuple[float, ...]]

    def to_json(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        events = {process: list(each) for process, each in self.events.items()}
        return {"region": self.region, "cuts": list(self.cuts), "events": events}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Cutflow":
        """Read what `to_json` gives."""
        events = {process: tuple(each) for process, each in content["events"].items()}
        return cls(content["region"], tuple(content["cuts"]), events)


def read_cutflows(run: Run, channel: str, recipe: LimitRecipe, lumi: Luminosity) -> tuple[Cutflow, ...]:
    """Scale a channel's cutflows to events: backgrounds by process; data are left out, sealed ones would show."""
    histogram = run.histograms[channel].get(CUTFLOW)
    if histogram is None:
        return ()
    found = []
    for region in dict.fromkeys(each.region for each in recipe.regions):
        if region not in list(histogram.axes["region"]):
            continue
        place = {"region": region}
        if "variation" in histogram.axes.name:
            place["variation"] = NOMINAL
        events: dict[str, Any] = {}
        for info in served(run, channel).values():
            if info.kind == "background" and info.name in list(histogram.axes["process"]):
                values = histogram[place | {"process": info.name}].values() * event_weight(run, info, lumi, region)
                events[info.process] = events.get(info.process, np.zeros_like(values)) + values
        told = {process: tuple(float(each) for each in values) for process, values in events.items()}
        found.append(Cutflow(region, tuple(histogram.axes["cut"]), told))
    return tuple(found)
