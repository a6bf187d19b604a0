"""How many events a simulated event stands for: luminosity times cross section over what was generated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..datasets.errors import ConfigurationError, IncompleteRunError, UsageError
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
    """

    by_period: Mapping[Period, float]
    source: Literal["data", "scenario", "projection"]

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
        Two data samples are of the same period, there is neither, or simulation of several periods
        shares a luminosity that names none.
    """
    samples = served(run, channel)
    recorded: dict[Period, float] = {}
    for name, info in samples.items():
        processed = run.ledger.sample(name).luminosity[1] if info.kind == "data" else None
        if processed is not None:
            key = (info.experiment, info.period)
            if key in recorded:  # a run does not know their run ranges: two skims of the same runs must not add up
                raise UsageError(
                    f"{channel}: {name} is a second data sample of {' '.join(key)}; list the files of both under one "
                    "sample if their runs differ, or give them to different channels."
                )
            recorded[key] = processed
    if recorded:
        if asked is None:
            return Luminosity(recorded, "data")
        whole = sum(recorded.values())
        return Luminosity({key: asked * each / whole for key, each in recorded.items()}, "projection")
    given = run.luminosity if asked is None else asked
    if given is None:
        raise UsageError(f"{channel}: there are no data and no luminosity; say what to simulate, as --luminosity 0.5.")
    periods = {(info.experiment, info.period) for info in samples.values()}
    if len(periods) > 1:
        told = ", ".join(" ".join(each) for each in sorted(periods))
        raise UsageError(f"{channel}: a luminosity without data cannot be shared between {told}; run them apart.")
    return Luminosity(dict.fromkeys(periods, given), "scenario" if asked is None else "projection")


def event_weight(run: Run, info: SampleInfo, lumi: Luminosity) -> float:
    """Find what a raw weight of 1 of a simulated sample counts in the expected yield.

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
    return lumi.by_period.get((info.experiment, info.period), 0.0) * section * NB_TO_FB / generated


def refuse_incomplete(run: Run, allowed: bool) -> tuple[str, ...]:
    """Say what a run lost; IncompleteRunError says it unless that is allowed.

    Returns
    -------
    tuple
        One line for each sample that lacks something; empty for a complete run.
    """
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
