"""A channel: one search as a columnar selection, the histograms it fills, and what its limit needs."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import awkward as ak
import hist
import numpy as np
from coffea.processor import ProcessorABC
from dask.base import is_dask_collection

from .recipe import LimitRecipe

NOMINAL = "nominal"
CUTFLOW = "cutflow"
CUTFLOW_RAW = "cutflow_raw"


class Channel(ProcessorABC):
    """One search: `select` says what passes and what is measured, the rest is common to all searches.

    Attributes
    ----------
    name
        Key in catalogs, on the command line and in runs.
    needs
        Fields that the channel reads, by collection ("" for the event's scalars). A sample without one of them is
        one that the channel is not applicable to.
    regions
        Selections that share cuts and observable.
    variations
        "nominal", then the shifts that change the observable's shape.
    cuts
        Steps of the cutflow, in the order they are applied; the first counts all events.
    observables
        Axis of the main histogram, by the histogram's name. One only.
    triggers
        Trigger lines of which one must have fired, by region.
    limit
        What the limit stage needs to know; None for a channel that sets no limit (control samples).
    """

    name: ClassVar[str]
    needs: ClassVar[Mapping[str, tuple[str, ...]]]
    regions: ClassVar[tuple[str, ...]]
    variations: ClassVar[tuple[str, ...]]
    cuts: ClassVar[tuple[str, ...]]
    observables: ClassVar[Mapping[str, hist.axis.Regular]]
    triggers: ClassVar[Mapping[str, tuple[str, ...]]]
    limit: ClassVar[LimitRecipe | None]

    @abstractmethod
    def select(self, events: ak.Array) -> ak.Array:
        """Apply the selection, columnar only: the same code serves virtual, eager and dask arrays.

        Parameters
        ----------
        events
            Event model's events (`datasets/event_model.py`).

        Returns
        -------
        ak.Array
            One record an event with the fields `weight`, `column(variation)` for the observable and
            `column(variation, region)` for the number of cuts of `cuts` passed in a row.
        """

    def empty(self, sample: str) -> dict[str, hist.Hist]:
        """Give the channel's histograms for `sample`, without entries and with all categories fixed."""
        process = hist.axis.StrCategory([sample], name="process")
        region = hist.axis.StrCategory(self.regions, name="region")
        variation = hist.axis.StrCategory(self.variations, name="variation")
        cut = hist.axis.StrCategory(self.cuts, name="cut")
        main = {
            name: hist.Hist(process, region, variation, axis, storage=hist.storage.Weight())
            for name, axis in self.observables.items()
        }
        return main | {
            CUTFLOW: hist.Hist(process, region, cut, storage=hist.storage.Weight()),
            CUTFLOW_RAW: hist.Hist(process, region, cut, storage=hist.storage.Int64()),
        }

    def memory(self, samples: int) -> int:
        """Give the size in bytes of all the channel's histograms with `samples` samples on the process axis."""
        one_sample = self.empty("").values()
        # Each axis of categories has one bin more than categories: what belongs to none of them.
        return sum(each.view(flow=True).nbytes // 2 * (samples + 1) for each in one_sample)

    def process(self, events: ak.Array) -> dict[str, hist.Hist]:
        """Fill the channel's histograms with raw event weights; the process axis has the events' sample only."""
        with np.errstate(all="ignore"):  # broken input gives NaN, which no cut lets pass
            selected = self.select(events)
            if is_dask_collection(selected):
                selected = selected.compute()
        return self._fill(self.empty(events.metadata["sample"]), selected)

    def postprocess(self, accumulator: Any) -> Any:
        """Leave what was accumulated as it is."""
        return accumulator

    def _fill(self, histograms: dict[str, hist.Hist], selected: ak.Array) -> dict[str, hist.Hist]:
        ((name, axis),) = self.observables.items()
        process = histograms[CUTFLOW].axes["process"][0]
        weight = ak.to_numpy(selected["weight"])
        for region in self.regions:
            for variation in self.variations:
                passed = ak.to_numpy(selected[column(variation, region)]) == len(self.cuts)
                histograms[name].fill(
                    process=process,
                    region=region,
                    variation=variation,
                    weight=weight[passed],
                    **{axis.name: ak.to_numpy(selected[column(variation)])[passed]},
                )
            passed = ak.to_numpy(selected[column(NOMINAL, region)])
            for number, cut in enumerate(self.cuts, start=1):
                kept = weight[passed >= number]
                place = {"process": process, "region": region, "cut": np.full(len(kept), cut)}
                histograms[CUTFLOW].fill(**place, weight=kept)
                histograms[CUTFLOW_RAW].fill(**place)
        return histograms


def column(variation: str, region: str | None = None) -> str:
    """Name a field of `Channel.select`: the observable under `variation`, or the number of cuts passed in `region`."""
    return variation if region is None else f"{variation}:{region}"
