"""How many events a simulated event stands for: luminosity times cross section over what was generated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from ..datasets.errors import ConfigurationError, IncompleteRunError, UsageError
from ..datasets.luminosity import disjoint
from ..processors.registry import make_channels
from ..processors.run import Run, SampleInfo

NB_TO_FB = 1e6
Period = tuple[str, str]


@dataclass(frozen=True)
class Luminosity:
    """The luminosity that templates are scaled to.

    Attributes
    ----------
    by_period
        fb^-1 for each (experiment, period).
    source
        "data" (recorded and processed), "scenario" (the catalog's) or "projection" (asked for).
    triggered
        By region and period: the share of it that the region's trigger lines recorded; 1 where nothing was prescaled.
    """

    by_period: Mapping[Period, float]
    source: Literal["data", "scenario", "projection"]
    triggered: Mapping[tuple[str, Period], float] = field(default_factory=dict)

    def of(self, period: Period, region: str | None = None) -> float:
        """Give fb^-1 of a period, of a region those that its trigger lines recorded."""
        share = 1.0 if region is None else self.triggered.get((region, period), 1.0)
        return self.by_period.get(period, 0.0) * share

    @property
    def total(self) -> float:
        """fb^-1 of all periods."""
        return sum(self.by_period.values())


def served(run: Run, channel: str) -> dict[str, SampleInfo]:
    """Give the samples that the channel was applied to."""
    return {name: info for name, info in run.samples.items() if channel in info.channels}


def luminosity(run: Run, channel: str, asked: float | None = None) -> Luminosity:
    """Find the luminosity of a channel: the processed part of its data, else the scenario's.

    Parameters
    ----------
    run, channel
        Whose samples count.
    asked
        fb^-1 to project to; the periods keep their shares.

    Raises
    ------
    UsageError
        Data samples of one period may share runs, some have no luminosity or no simulation, there is neither data nor
        scenario, or simulation of several periods shares a luminosity that names none.
    ConfigurationError
        Trigger lines that a region uses together were prescaled.
    """
    samples = served(run, channel)
    data = _by_period(info for info in samples.values() if info.kind == "data")
    recorded = {period: _added(run, channel, period, infos) for period, infos in data.items()}
    known = {period: each for period, each in recorded.items() if each is not None}
    if known:
        _refuse_uncovered(channel, recorded, samples)
        triggered = _triggered(run, channel, data)
        if asked is None:
            return Luminosity(known, "data", triggered)
        whole = sum(known.values())
        shares = {period: asked * each / whole for period, each in known.items()}
        return Luminosity(shares, "projection", triggered)
    given = run.luminosity if asked is None else asked
    if given is None:
        raise UsageError(f"{channel}: there are no data and no luminosity; say what to simulate, as --luminosity 0.5.")
    periods = {(info.experiment, info.period) for info in samples.values()}
    if len(periods) > 1:
        told = ", ".join(" ".join(each) for each in sorted(periods))
        raise UsageError(f"{channel}: a luminosity without data cannot be shared between {told}; run them apart.")
    return Luminosity(dict.fromkeys(periods, given), "scenario" if asked is None else "projection")


def _by_period(infos: Iterable[SampleInfo]) -> dict[Period, list[SampleInfo]]:
    grouped: dict[Period, list[SampleInfo]] = {}
    for info in infos:
        grouped.setdefault((info.experiment, info.period), []).append(info)
    return grouped


def _added(run: Run, channel: str, period: Period, infos: list[SampleInfo]) -> float | None:
    """Add up the processed luminosity of a period's data samples, which must be known to have no run in common."""
    for one, other in combinations(infos, 2):
        if not disjoint(run.ledger.books[one.name], run.ledger.books[other.name]):
            raise UsageError(
                f"{channel}: {other.name} is a second data sample of {' '.join(period)} beside {one.name}; two skims "
                "of the same runs never add up. Give both their `runs:` if these differ, or different `channels:`."
            )
    parts = [run.ledger.luminosity(info.name)[1] for info in infos]
    told = [each for each in parts if each is not None]
    if told and len(told) < len(parts):
        bare = next(info.name for info, each in zip(infos, parts, strict=True) if each is None)
        raise UsageError(f"{channel}: the data sample {bare} has no luminosity; give it one, or a list of good runs.")
    return sum(told) if told else None


def _refuse_uncovered(channel: str, recorded: Mapping[Period, float | None], samples: Mapping[str, SampleInfo]) -> None:
    simulated = {(info.experiment, info.period) for info in samples.values() if info.kind != "data"}
    for period, each in recorded.items():
        if each is None:
            raise UsageError(f"{channel}: the data of {' '.join(period)} have no luminosity; add it to the catalog.")
        if simulated and period not in simulated:
            raise UsageError(
                f"{channel}: nothing simulated is of {' '.join(period)}, of which there are {each:.4g} fb^-1 of data; "
                "simulation counts for its own period only: add `period:` to its samples, or leave these data out."
            )


def _triggered(run: Run, channel: str, data: Mapping[Period, list[SampleInfo]]) -> dict[tuple[str, Period], float]:
    """Find by region and period which share of the luminosity its trigger lines recorded, where it is not all."""
    prescaled = {
        period: [info.name for info in infos]
        for period, infos in data.items()
        if any(each.prescales for info in infos for each in run.ledger.books[info.name].runs or ())
    }
    if not prescaled:
        return {}
    shares: dict[tuple[str, Period], float] = {}
    for region, lines in make_channels([channel])[0].triggers.items():
        for period, names in prescaled.items():
            whole = sum(run.ledger.luminosity(name)[1] or 0.0 for name in names)
            part = sum(run.ledger.luminosity(name, lines)[1] or 0.0 for name in names)
            if part != whole:
                shares[region, period] = part / whole
    return shares


def event_weight(run: Run, info: SampleInfo, lumi: Luminosity, region: str | None = None) -> float:
    """Find what a raw weight of 1 of a simulated sample counts in the expected yield, of a region if one is named.

    The generated sum of weights is the processed one, so that a lost file takes its share of both and the yield
    stays what it is.

    Returns
    -------
    float
        L sigma / generated, or N BR / generated where a number of decays stands in for the luminosity; a signal's
        Born cross section times its factor for radiation of the beams.

    Raises
    ------
    ConfigurationError
        Cross section or generated sum of weights is not known.
    """
    generated = run.ledger.sample(info.name).generated[1]
    if info.cross_section is None:
        raise ConfigurationError(f"sample {info.name}: no cross_section; add it (in nb) to the catalog.")
    if not generated:
        raise ConfigurationError(f"sample {info.name}: the number of generated events is not known; add generated.")
    section = info.cross_section * info.isr_factor
    if info.normalisation_events is not None:
        return info.normalisation_events * section / generated
    return lumi.of((info.experiment, info.period), region) * section * NB_TO_FB / generated


def refuse_incomplete(run: Run, allowed: bool) -> tuple[str, ...]:
    """Say what a run lost; IncompleteRunError says it unless that is allowed.

    A run whose histograms hold events of runs that its luminosity leaves out is refused in any case.

    Returns
    -------
    tuple
        One line for each sample that lacks something; empty for a complete run.
    """
    for record, runs in run.ledger.unsettled[:1]:
        raise IncompleteRunError(
            f"{record.chunk.file}: run {min(runs)[1]} of experiment {min(runs)[0]} could not be taken out of the "
            "histograms, though part of it is lost.\nComplete the run with `darkbelle run --resume`."
        )
    if run.ledger.complete:
        return ()
    lines = []
    for name in run.samples:
        totals = run.ledger.sample(name)
        lost = [file.file for file in run.ledger.lost_files if file.sample == name]
        planned, processed = totals.entries
        if planned == processed and not lost:
            continue
        told = f"{processed} of {'an unknown number of' if planned is None else planned} entries processed"
        part, whole = totals.luminosity[1], totals.luminosity[0]
        if whole is not None and part is not None:
            told += f", {part:.4g} of {whole:.4g} fb^-1{' (prorated)' if totals.prorated else ''}"
        lines.append(f"{name}: {told}{f'; lost {len(lost)} files' if lost else ''}")
    if not allowed:
        told = "; ".join(lines[:3]) + (f"; and {len(lines) - 3} more samples" if len(lines) > 3 else "")
        raise IncompleteRunError(
            f"the run is incomplete: {told}.\nComplete it with `darkbelle run --resume`, or use --allow-incomplete."
        )
    return tuple(f"left out: {line}" for line in lines)
