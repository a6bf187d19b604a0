"""A channel: one search as a columnar selection, the histograms it fills, and what its limit needs."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias

import hist
import numpy as np
from coffea.processor import ProcessorABC
from dask.base import is_dask_collection
from numpy.typing import NDArray

from .chunk_events import ChunkEvents, metadata
from .filling import Known, category, coarse, cutflows, fill_n_minus_one, fill_rows, row_weights
from .lazily import eager_parts
from .recipe import LimitRecipe
from .selected import Selected, rows_passing

NOMINAL = "nominal"
CUTFLOW = "cutflow"
CUTFLOW_RAW = "cutflow_raw"
WEIGHTS = "_weights"
N_MINUS_ONE = "n_minus_1_"

Axis: TypeAlias = hist.axis.AxesMixin
Axes: TypeAlias = Axis | tuple[Axis, ...]


@dataclass(frozen=True)
class CutVariable:
    """What a cut cuts on: for N-1 histograms and for optimising the cut.

    Attributes
    ----------
    axis
        Its name is the column of `Selected.values`.
    keep
        Whether values above or below the threshold pass.
    """

    axis: Axis
    keep: Literal["above", "below"]


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
        Selections that share observables; cuts may differ (`selected.own`).
    cuts
        Steps of the cutflow, in the order they are applied; the first counts all events.
    observables
        Axis of each histogram by the histogram's name, or axes; an axis's name is a column of `Selected.values`.
    triggers
        Trigger lines of which one must have fired, by region.
    limit
        What the limit stage needs to know; None for a channel that sets no limit.
    variations
        "nominal", then the shifts of objects that change the observable's shape, as pairs `<source>_up`, `_down`.
    weight_variations
        Sources that only change events' weights: they are filled without selecting again, in coarse bins, into
        `<histogram>_weights`.
    coarseness
        Fine bins in a coarse one.
    n_minus_one
        Variables of cuts, by cut; each is filled for what passes all other cuts.
    only_in
        Regions that a histogram is filled in, by histogram; all where it is not named.
    open_regions
        Regions whose data are shown before a search is unsealed: all others of a search with a limit are sealed.
    unsealed
        Whether sealed regions are filled with data all the same.
    columns
        Folder that the observables of events that pass are written to; "" for none.
    """

    name: ClassVar[str]
    needs: ClassVar[Mapping[str, tuple[str, ...]]]
    regions: ClassVar[tuple[str, ...]]
    cuts: ClassVar[tuple[str, ...]]
    observables: ClassVar[Mapping[str, Axes]]
    triggers: ClassVar[Mapping[str, tuple[str, ...]]]
    limit: ClassVar[LimitRecipe | None] = None
    variations: ClassVar[tuple[str, ...]] = (NOMINAL,)
    weight_variations: ClassVar[tuple[str, ...]] = ()
    coarseness: ClassVar[int] = 20
    n_minus_one: ClassVar[Mapping[str, CutVariable]] = {}
    only_in: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    open_regions: ClassVar[tuple[str, ...]] = ()

    unsealed: bool = False
    columns: str = ""

    @abstractmethod
    def select(self, events: ChunkEvents, variation: str) -> Selected:
        """Apply the selection, columnar only.

        Parameters
        ----------
        events
            The chunk's events; `events.once` keeps what other searches or variations can use again.
        variation
            One of `variations`.
        """

    def needed(self, experiment: str) -> Mapping[str, tuple[str, ...]] | None:  # noqa: ARG002  # most ask for the same
        """Give the fields that the channel reads from an experiment's files; None if it has no selection for it."""
        return self.needs

    def trigger_lines(self, experiment: str) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG002  # as `needed`
        """Give the trigger lines by region in an experiment's data."""
        return self.triggers

    def configuration(self) -> dict[str, Any]:
        """Give what besides the code decides what the channel does; it becomes part of a run's provenance."""
        return {}

    @property
    def sealed(self) -> tuple[str, ...]:
        """Regions whose data stay unfilled."""
        if self.unsealed or self.limit is None:
            return ()
        return tuple(region for region in self.regions if region not in self.open_regions)

    def axes(self, name: str) -> tuple[Axis, ...]:
        """Give the observable axes of a histogram."""
        found = self.observables[name]
        return found if isinstance(found, tuple) else (found,)

    def regions_of(self, name: str) -> tuple[str, ...]:
        """Give the regions that a histogram is filled in."""
        return self.only_in.get(name, self.regions)

    @property
    def fitted(self) -> tuple[str, ...]:
        """Histograms that the limit stage fits: only they carry variations."""
        if self.limit is None:
            return ()
        named = (getattr(each, "histogram", None) for each in self.limit.regions)
        return tuple(dict.fromkeys([self.limit.histogram, *(each for each in named if each)]))

    def weight_categories(self) -> tuple[str, ...]:
        """Give the categories of the weight variations: "nominal", then a pair for each source."""
        return (NOMINAL, *(f"{source}_{way}" for source in self.weight_variations for way in ("up", "down")))

    def empty(self, sample: str) -> dict[str, hist.Hist]:
        """Give the channel's histograms for `sample`, without entries and with all categories fixed."""
        process = category([sample], "process")
        place = (process, category(self.regions, "region"))
        weight, weighted = hist.storage.Weight(), self.weight_categories()
        result: dict[str, hist.Hist] = {}
        for name in self.observables:
            there = (process, category(self.regions_of(name), "region"))
            shifts = self.variations if name in self.fitted else (NOMINAL,)
            result[name] = hist.Hist(*there, category(shifts, "variation"), *self.axes(name), storage=weight)
            if self.weight_variations and name in self.fitted:
                axes = [coarse(axis, self.coarseness) for axis in self.axes(name)]
                result[name + WEIGHTS] = hist.Hist(*there, category(weighted, "variation"), *axes, storage=weight)
        cuts, flows = category(self.cuts, "cut"), tuple(dict.fromkeys((*self.variations, *weighted)))
        result[CUTFLOW] = hist.Hist(*place, category(flows, "variation"), cuts, storage=weight)
        shifts_only = category(self.variations, "variation")
        result[CUTFLOW_RAW] = hist.Hist(*place, shifts_only, cuts, storage=hist.storage.Int64())
        for cut, variable in self.n_minus_one.items():
            result[N_MINUS_ONE + cut] = hist.Hist(*place, variable.axis, storage=weight)
        return result

    def memory(self, samples: int) -> int:
        """Give the size in bytes of all the channel's histograms with `samples` samples on the process axis."""
        return samples * sum(int(each.view(flow=True).nbytes) for each in self.empty("").values())

    def process(self, events: Any) -> dict[str, hist.Hist]:
        """Fill the channel's histograms with raw event weights; the process axis has the events' sample only.

        Parameters
        ----------
        events
            `ChunkEvents`, shared with other channels; or the event model's events, lazy ones (dask) too.
        """
        if is_dask_collection(events):
            return self._sum([self.process(part) for part in eager_parts(events, self)], events.metadata["sample"])
        chunk = events if isinstance(events, ChunkEvents) else ChunkEvents(events)
        histograms = self.empty(metadata(chunk, "sample"))
        hidden = self.sealed if chunk.array.metadata.get("kind") == "data" else ()
        regions = [region for region in self.regions if region not in hidden]
        for variation in self.variations:
            self._fill(histograms, self.selected(chunk, variation), chunk, variation, regions)
        return histograms

    def selected(self, events: ChunkEvents, variation: str = NOMINAL) -> Selected:
        """Select, so that what is not a number never passes: a row has to have at least one histogram's observables."""
        with np.errstate(all="ignore"):  # broken input gives NaN, which no cut lets pass
            found = self.select(events, variation)
        sound = np.logical_or.reduce(
            [
                np.logical_and.reduce([np.isfinite(found.values[axis.name]) for axis in self.axes(name)])
                for name in self.observables
            ]
        )
        return replace(found, cuts={name: mask & sound for name, mask in found.cuts.items()})

    def postprocess(self, accumulator: Any) -> Any:
        """Leave what was accumulated as it is."""
        return accumulator

    def _fill(
        self,
        histograms: dict[str, hist.Hist],
        found: Selected,
        chunk: ChunkEvents,
        variation: str,
        regions: list[str],
    ) -> None:
        process, nominal = metadata(chunk, "sample"), variation == NOMINAL
        shifts = self.weight_categories() if nominal else (NOMINAL,)
        factors = {shift: row_weights(found, chunk.weights, shift) for shift in shifts}
        known = chunk.once("early steps", Known)
        for region in regions:
            passed = rows_passing(found, self.cuts, region)
            place = {"process": process, "region": region, "variation": variation}
            here = [name for name in self.observables if region in self.regions_of(name)]
            fitted = [name for name in here if name in self.fitted]
            for name in here if nominal else fitted:
                fill_rows(histograms[name], place, found, passed, factors[NOMINAL])
            for shift, weight in factors.items() if nominal and self.weight_variations else ():
                for name in fitted:
                    fill_rows(histograms[name + WEIGHTS], place | {"variation": shift}, found, passed, weight)
            for cut in self.n_minus_one if nominal else ():
                histogram = histograms[N_MINUS_ONE + cut]
                fill_n_minus_one(histogram, process, region, cut, found, self.cuts, factors[NOMINAL])
            counted = cutflows(found, self.cuts, region, chunk.weights, factors, known)
            self._fill_cutflows(histograms, counted, place)

    def _fill_cutflows(
        self, histograms: dict[str, hist.Hist], counted: Mapping[str, NDArray[np.float64]], place: dict[str, str]
    ) -> None:
        nominal = place["variation"] == NOMINAL
        for shift, (sums, squares, numbers) in counted.items():
            key = place | {"variation": shift if nominal else place["variation"]}
            flow = histograms[CUTFLOW]
            index = tuple(flow.axes[name].index(key[name]) for name in ("process", "region", "variation"))
            flow.view()[index] = np.stack([sums, squares], axis=-1)
            if shift == NOMINAL:
                raw = histograms[CUTFLOW_RAW]
                raw.view()[tuple(raw.axes[name].index(key[name]) for name in ("process", "region", "variation"))] = (
                    numbers
                )

    def _sum(self, parts: list[dict[str, hist.Hist]], sample: str) -> dict[str, hist.Hist]:
        total = self.empty(sample)
        for part in parts:
            for name, each in part.items():
                total[name] += each
        return total
