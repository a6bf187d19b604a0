"""The runs that events belong to: which a chunk holds, and its events of selected runs."""

import awkward as ak
import numpy as np

from .run_ranges import RunKey, RunSelection


def selected_events(events: ak.Array, selection: RunSelection | None) -> ak.Array:
    """Give the events of the selected runs; of the columns only the run's numbers are read for it."""
    if selection is None:
        return events
    chosen = selection.mask(events.experiment, events.run)
    return events if chosen.all() else events[chosen]


def runs_of(events: ak.Array, selection: RunSelection) -> tuple[RunKey, ...]:
    """List the selected runs that events are of, sorted."""
    experiments, runs = np.asarray(events.experiment), np.asarray(events.run)
    chosen = selection.mask(experiments, runs)
    pairs = np.unique(np.stack([experiments[chosen], runs[chosen]]).astype(np.int64), axis=1)
    return tuple((int(experiment), int(run)) for experiment, run in pairs.T)
