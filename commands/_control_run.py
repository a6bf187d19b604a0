"""What a run's control channel measures: its samples' histograms put together, data or weighted simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import hist
import numpy as np

from ..datasets.errors import UsageError
from ..limits.normalisation import Luminosity, event_weight, luminosity, refuse_incomplete, served
from ..processors.channel import NOMINAL
from ..processors.control_measuring import PAIRS, Pair, PairCount, measure
from ..processors.control_results import ControlResults, Estimate
from ..processors.registry import make_channels
from ..processors.run import Run, SampleInfo

CONTROL = "control"
COUNTED = "pair_cosine"


@dataclass(frozen=True)
class _Samples:
    """Samples of a run with what they are scaled to: simulation to a luminosity, data (None) to nothing."""

    run: Run
    infos: Sequence[SampleInfo]
    luminosity: Luminosity | None

    def spectrum(self, name: str, region: str) -> hist.Hist:
        """Add up a histogram's observable axes in a region."""
        return sum(self._one(info, name, region) for info in self.infos)

    def _one(self, info: SampleInfo, name: str, region: str) -> hist.Hist:
        histogram = self.run.histograms[CONTROL][name]
        found = histogram[{"process": info.name, "region": region, "variation": NOMINAL}]
        return found if self.luminosity is None else found * event_weight(self.run, info, self.luminosity, region)

    def count(self, region: str, half: int | None) -> tuple[float, float]:
        """Count the pairs of a region and their variance; twice those of even (0) or odd (1) event numbers."""
        found = self.spectrum(COUNTED, region)
        found = found[{"odd": sum if half is None else half}]
        factor = 1.0 if half is None else 2.0
        return factor * float(found.values().sum()), factor**2 * float(np.sum(found.variances()))


def measure_control(run: Run, simulation: Run | None = None, asked: float | None = None) -> ControlResults:
    """Measure photon response, efficiencies, peaks and luminosity with the control channel of a run.

    Data are measured where there are any, else the simulated backgrounds, weighted. How many Bhabha and two-photon
    events 1 fb^-1 gives is taken from simulation: from `simulation` where it is given, else from the run's own. A run
    that holds nothing but simulation is measured by its odd event numbers with what the even ones give.

    Parameters
    ----------
    run
        With the channel "control".
    simulation
        Another run, whose simulation tells how many events to expect.
    asked
        fb^-1 that simulation is scaled to where neither data nor the catalog tell.

    Raises
    ------
    UsageError
        The run does not have the channel, has no samples to measure, or no luminosity is known.
    ConfigurationError
        A simulated sample's cross section or generated number is not known.
    IncompleteRunError
        The histograms hold events of runs that the luminosity leaves out; what else is lost becomes a note.
    """
    for each in (run, simulation):
        if each is not None and CONTROL not in each.histograms:
            raise UsageError(f"the run has no channel {CONTROL!r}; run it with --channels {CONTROL}.")
    data = [info for info in served(run, CONTROL).values() if info.kind == "data"]
    measured = _Samples(run, data, None) if data else _simulated(run, asked)
    if not measured.infos:
        raise UsageError(f"the channel {CONTROL!r} saw neither data nor simulated backgrounds; there is no result.")
    halves = simulation is None and not data
    expected = _simulated(simulation or run, asked)
    (channel,) = make_channels([CONTROL])
    results = measure(
        {name: measured.spectrum(name, channel.regions_of(name)[0]) for name in channel.observables if name != COUNTED},
        {region: _pairs(measured, expected, region, halves) for region in PAIRS},
        "data" if data else "simulation",
        _recorded(run, data) if data else measured.luminosity.total if measured.luminosity else None,
    )
    notes = (*results.notes, *refuse_incomplete(run, allowed=True))
    return results.model_copy(update={"provenance": run.provenance, "notes": notes})


def _simulated(run: Run, asked: float | None) -> _Samples:
    """Take a run's simulated backgrounds, scaled to its luminosity; of data that do not know theirs, to 1 fb^-1."""
    infos = served(run, CONTROL).values()
    chosen = [info for info in infos if info.kind == "background"]
    if any(info.kind == "data" and run.ledger.luminosity(info.name)[1] is None for info in infos):
        return _Samples(run, chosen, Luminosity({(each.experiment, each.period): 1.0 for each in infos}, "projection"))
    return _Samples(run, chosen, luminosity(run, CONTROL, asked))


def _pairs(measured: _Samples, expected: _Samples, region: Pair, halves: bool) -> PairCount:
    events, variance = measured.count(region, 1 if halves else None)
    if not expected.infos or expected.luminosity is None:
        return PairCount(events, variance, None)
    visible, squares = expected.count(region, 0 if halves else None)
    unit = expected.luminosity.total
    return PairCount(events, variance, Estimate.symmetric(visible / unit, float(np.sqrt(squares)) / unit))


def _recorded(run: Run, data: Sequence[SampleInfo]) -> float | None:
    parts = [run.ledger.luminosity(info.name)[1] for info in data]
    known = [each for each in parts if each is not None]
    return sum(known) if len(known) == len(parts) else None
