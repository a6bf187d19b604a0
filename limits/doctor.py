"""The model doctor: what no fit could handle, and what a reader should know, found before any fit and named."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .histfactory import Array, Channel, HistFactory, Modifier, Sample
from .modelling import is_signal

BY_BIN_ERRORS = ("staterror", "shapesys")
ABSURD_RATIO = 1e6  # of signal to background, or its inverse: minimisers lose their digits
ABSURD_CHANGE = 10.0  # of a sample's yield at one standard deviation
MOST_BINS_NAMED = 5


@dataclass(frozen=True)
class Complaint:
    """Something wrong with a model.

    Attributes
    ----------
    place
        Channel, sample and modifier.
    problem
        What is wrong.
    remedy
        What to do.
    fatal
        No fit is possible.
    """

    place: str
    problem: str
    remedy: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}."


def diagnose(model: HistFactory) -> tuple[Complaint, ...]:
    """Examine a model's numbers; what is fatal comes first, and hides what would follow from it."""
    found = list(_structure(model))
    if not found:
        found = [each for channel in model.channels for each in _channel(channel)]
    if not any(each.fatal for each in found):
        found += [each for channel in model.channels for each in _impossible_data(channel, model)]
        found += _signal_and_background(model)
    return tuple(sorted(found, key=lambda each: not each.fatal))


def _structure(model: HistFactory) -> Iterator[Complaint]:
    yield from _settings(model)
    if not model.channels:
        yield Complaint(model.name, "has no channel", "give it one")
    names = [each.name for each in model.channels]
    if len(set(names)) < len(names):
        yield Complaint(model.name, "two channels have the same name", "name them differently")
    for channel in model.channels:
        place = f"channel {channel.name}"
        if not channel.samples or not len(channel.observed):
            yield Complaint(place, "is empty", "leave it out, or widen its window")
        for sample in channel.samples:
            yield from _lengths(place, sample, len(channel.observed))


def _settings(model: HistFactory) -> Iterator[Complaint]:
    names = {each.name for channel in model.channels for s in channel.samples for each in s.modifiers}
    lumi = {each.name for c in model.channels for s in c.samples for each in s.modifiers if each.kind == "lumi"}
    for name in sorted(lumi):
        settings = model.parameters.get(name)
        if settings is None or not settings.auxdata or not settings.sigmas:
            problem = "a lumi modifier lacks auxdata and sigmas"
            yield Complaint(f"parameter {name}", problem, "give them in the measurement's parameters")
    for name, settings in model.parameters.items():
        bounds = settings.bounds or ()
        if name in names and any(not low <= high for low, high in bounds):
            yield Complaint(f"parameter {name}", "its bounds are not in order", "give the lower one first")
        if any(not each > 0 for each in settings.sigmas or ()):
            yield Complaint(f"parameter {name}", "a sigma is not positive", "leave the modifier out, or fix it")


def _lengths(place: str, sample: Sample, bins: int) -> Iterator[Complaint]:
    if sample.nominal.shape != (bins,):
        problem = f"has {sample.nominal.size} bins and the data {bins}"
        yield Complaint(f"{place}, sample {sample.name}", problem, "use the same binning")
    for each in sample.modifiers:
        shapes = {"normsys": (2,), "histosys": (2, bins), "staterror": (bins,), "shapesys": (bins,)}
        if each.kind in shapes and each.data.shape != shapes[each.kind]:
            problem = f"has data of shape {each.data.shape} instead of {shapes[each.kind]}"
            yield Complaint(f"{place}, sample {sample.name}, modifier {each.name}", problem, "use the same binning")


def _channel(channel: Channel) -> Iterator[Complaint]:
    place = f"channel {channel.name}"
    yield from _numbers(f"{place}, data", channel.observed, "a count cannot be that")
    for sample in channel.samples:
        inside = f"{place}, sample {sample.name}"
        if not _is_opposite(sample, channel):
            yield from _numbers(inside, sample.nominal, "merge bins or smooth the template")
        for each in sample.modifiers:
            yield from _modifier(f"{inside}, modifier {each.name}", each, sample)


def _is_opposite(sample: Sample, channel: Channel) -> bool:
    """Tell whether a sample without positive bins is another one's opposite: both together expect nothing."""
    return bool((sample.nominal <= 0).all()) and any(
        np.array_equal(one.nominal, -sample.nominal) for one in channel.samples if one is not sample
    )


def _numbers(place: str, values: Array, remedy: str) -> Iterator[Complaint]:
    if not np.isfinite(values).all():
        yield Complaint(place, f"{_bins(~np.isfinite(values))} not a finite number", remedy)
    elif (values < 0).any():
        yield Complaint(place, f"{_bins(values < 0)} negative", remedy)


def _bins(wrong: NDArray[np.bool_]) -> str:
    numbers = np.flatnonzero(wrong)
    named = ", ".join(str(each) for each in numbers[:MOST_BINS_NAMED])
    more = ", ..." if len(numbers) > MOST_BINS_NAMED else ""
    return f"bin {named} is" if len(numbers) == 1 else f"bins {named}{more} are"


def _modifier(place: str, modifier: Modifier, sample: Sample) -> Iterator[Complaint]:
    if modifier.kind == "normsys":
        if not (np.isfinite(modifier.data).all() and (modifier.data > 0).all()):
            yield Complaint(place, "a factor is not positive", "give factors such as 0.95 and 1.05")
        elif max(modifier.data.max(), 1 / modifier.data.min()) > ABSURD_CHANGE:
            yield Complaint(place, "changes the yield tenfold", "check it: lo and hi are factors", fatal=False)
    elif modifier.kind in BY_BIN_ERRORS:
        yield from _numbers(place, modifier.data, "give absolute errors, 0 where there is none")
    elif modifier.kind == "histosys":
        if not np.isfinite(modifier.data).all():
            where = _bins(np.asarray(~np.isfinite(modifier.data).all(axis=0)))
            yield Complaint(place, f"{where} not a finite number", "mend the shifted template")
        elif (modifier.data < 0).any() and (sample.nominal > 0).any():  # a spurious signal adds to nothing, either way
            where = _bins(np.asarray((modifier.data < 0).any(axis=0)))
            yield Complaint(place, f"{where} negative one standard deviation away", "limit the shift", fatal=False)
        else:
            total = sample.nominal.sum()
            if total > 0 and np.abs(modifier.data.sum(axis=1) / total - 1).max() > ABSURD_CHANGE:
                yield Complaint(place, "changes the yield tenfold", "give shifted events, not factors", fatal=False)


def _expected(channel: Channel, model: HistFactory, *, signal: bool) -> Array:
    """Give the largest events a channel may expect, factors that can move away from 0 counted at 1."""
    chosen = [each.nominal for each in channel.samples if is_signal(each, model.poi) == signal]
    return np.sum(chosen, axis=0) if chosen else np.zeros(len(channel.observed))


def _impossible_data(channel: Channel, model: HistFactory) -> Iterator[Complaint]:
    background = _expected(channel, model, signal=False)
    lonely = (background <= 0) & (channel.observed > 0)
    if lonely.any():
        problem = f"{_bins(lonely)} observed with events where no background is expected"
        yield Complaint(f"channel {channel.name}", problem, "merge bins, or give the background there a small yield")


def _signal_and_background(model: HistFactory) -> Iterator[Complaint]:
    signals = [_expected(each, model, signal=True) for each in model.channels]
    backgrounds = [_expected(each, model, signal=False) for each in model.channels]
    signal, background = sum(each.sum() for each in signals), sum(each.sum() for each in backgrounds)
    if not any(is_signal(sample, model.poi) for channel in model.channels for sample in channel.samples):
        problem = f"no sample is multiplied by the signal strength {model.poi}"
        yield Complaint(model.name, problem, "add it to the signal as a normfactor")
    elif signal <= 0:
        yield Complaint(model.name, "no signal event was selected", "it may lie outside the acceptance or the window")
    elif background <= 0:
        remedy = "widen the window, or use exact counting (method counting)"
        counted = len(model.channels) == 1 and len(model.channels[0].observed) == 1
        yield Complaint(model.name, "no background is expected anywhere", remedy, fatal=not counted)
    elif not 1 / ABSURD_RATIO < signal / background < ABSURD_RATIO:
        problem = f"signal over background is {signal / background:.1g} at mu = 1"
        yield Complaint(model.name, problem, "scale the reference cross section to a limit of order 1", fatal=False)
    yield from _idle(model)


def _idle(model: HistFactory) -> Iterator[Complaint]:
    """Find free factors that multiply nothing: the data cannot constrain them."""
    reach: dict[str, float] = {}
    for channel in model.channels:
        for sample in channel.samples:
            for each in sample.modifiers:
                if each.kind == "normfactor" and each.name != model.poi:
                    reach[each.name] = reach.get(each.name, 0.0) + float(sample.nominal.sum())
    for name, events in reach.items():
        if events <= 0:
            problem = "is unconstrained: it multiplies no event"
            yield Complaint(f"parameter {name}", problem, "leave it or its sample out", fatal=False)
