"""Rules for all files of a catalog together: branches, releases, jobs, events, runs, and normalisation."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from math import fsum

from ..catalog import Catalog, Sample
from .findings import Findings, Problem
from .identity import common_events, same_jobs

Files = Mapping[str, Findings]
"""A sample's usable files."""

Needs = Callable[[str, str], Sequence[str]]
"""Gives the fields of the event model, as "photons.px", that a channel reads of an experiment's files."""

SHOWN = 5  # names that a line repeats
TOLERANCE = 0.01  # relative difference of numbers that should agree


def sample_problems(name: str, sample: Sample, files: Files, needs: Needs) -> Iterator[Problem]:
    """List what is wrong among the files of one sample.

    Parameters
    ----------
    name, sample
        The catalog's.
    files
        What was found in each usable file.
    needs
        The fields that a channel reads; those of the channels that the sample names are looked for.
    """
    yield from _branches(name, files)
    yield from _fields(name, sample, files, needs)
    if sample.kind == "data":
        yield from (
            Problem(file, "repeated-events", f"{file}: {found.repeated} of its events are in it more than once.")
            for file, found in files.items()
            if found.repeated
        )
    else:
        yield from _normalisation(name, sample, files)


def sample_warnings(name: str, files: Files) -> Iterator[Problem]:
    """List what is suspicious about the files of one sample."""
    yield from (Problem(file, "defect", line) for file, found in files.items() for line in found.warnings)
    releases = sorted({release for found in files.values() for release in found.releases})
    if len(releases) > 1:
        text = f"samples.{name}: its files were written by releases {_listed(releases)}; types and meanings may differ."
        yield Problem(next(iter(files)), "mixed-releases", text)
    schemas = sorted({found.schema for found in files.values()})
    if len(schemas) > 1:
        yield Problem(next(iter(files)), "mixed-schemas", f"samples.{name}: its files are of {_listed(schemas)}.")
    for file, found in files.items():
        void = [column for column, share in found.undefined if share == 1.0]
        if void:
            text = f"{file}: not one value is a number in {_listed(void)} ({found.looked_at} rows looked at)."
            yield Problem(file, "undefined", text)
        if not found.entries:
            yield Problem(file, "empty", f"{file}: has no entries.")


def _branches(name: str, files: Files) -> Iterator[Problem]:
    """Files that lack a branch which most files of the sample have, with the nearest name of their own."""
    counts = Counter(branch for found in files.values() for branch in found.branches)
    usual = {branch for branch, number in counts.items() if 2 * number > len(files)}
    for file, found in files.items():
        lost = sorted(usual - set(found.branches))
        if lost:
            own = sorted(set(found.branches) - usual)
            told = _listed([branch + _nearest(branch, own) for branch in lost])
            yield Problem(file, "branches", f"{file}: lacks {told}, unlike most files of {name}.")


def _fields(name: str, sample: Sample, files: Files, needs: Needs) -> Iterator[Problem]:
    if not files:
        return
    provided = set().union(*(found.fields for found in files.values()))
    branches = sorted(set().union(*(found.branches for found in files.values())))
    for channel in sample.channels or ():
        lost = [field for field in needs(channel, sample.experiment or "") if field not in provided]
        if lost:
            told = _listed([field + _nearest(field.replace(".", "_"), branches) for field in lost])
            text = f"samples.{name}: {channel} needs {told}, which none of its files provides."
            yield Problem(next(iter(files)), "fields", text)


def _nearest(name: str, candidates: Sequence[str]) -> str:
    found = get_close_matches(name, candidates, n=1, cutoff=0.7)
    return f" (nearest: {found[0]})" if found else ""


def _normalisation(name: str, sample: Sample, files: Files) -> Iterator[Problem]:
    told = {file: found.generated for file, found in files.items() if found.generated is not None}
    silent = [file for file in files if file not in told]
    if silent and sample.generated is None:
        text = f"samples.{name}: {silent[0]} does not tell the sum of generated weights; give the sample `generated:`."
        yield Problem(silent[0], "normalisation", text)
    events = sum(found.events for found in files.values())
    generated = sample.generated if silent else fsum(told.values())
    if not silent and told and sample.generated is not None and _differ(sample.generated, fsum(told.values())):
        text = (
            f"samples.{name}: `generated: {sample.generated:g}` contradicts its files, which tell "
            f"{fsum(told.values()):g} together; leave it out, or look for a file too many or too few."
        )
        yield Problem(next(iter(told)), "normalisation", text)
    elif generated is not None and events > generated * (1 + TOLERANCE):
        text = f"samples.{name}: its files hold {events} events, more than the {generated:g} that were generated."
        yield Problem(next(iter(files)), "normalisation", text)
    for file, found in files.items():
        section = found.cross_section
        if section is not None and sample.cross_section is not None and _differ(section, sample.cross_section):
            text = f"{file}: was made for {section:.6g} nb, but samples.{name} has {sample.cross_section:.6g} nb."
            yield Problem(file, "normalisation", text)


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > TOLERANCE * max(abs(one), abs(other))


def double_counting(catalog: Catalog, samples: Mapping[str, Files]) -> Iterator[Problem]:
    """List files that hold the same events as another one which some channel reads too."""
    for keep, others in (
        pair for files in _read_together(catalog, samples) for pair in same_jobs([*dict.fromkeys(files)])
    ):
        for other in others:
            text = f"{other}: is of the same grid job as {keep}, which is newer; take one of them."
            yield Problem(other, "same-job", text)
    yield from _copies(catalog, samples)
    yield from _common(catalog, samples)


def _read_together(catalog: Catalog, samples: Mapping[str, Files]) -> list[dict[str, Findings]]:
    """Group the files that one channel reads as events of one kind: a period's data, or a simulated process."""
    groups: dict[tuple[object, ...], dict[str, Findings]] = {}
    for name, files in samples.items():
        sample = catalog.samples[name]
        what = sample.period if sample.kind == "data" else name
        for channel in sample.channels or ("",):
            groups.setdefault((sample.kind, sample.experiment, what, channel), {}).update(files)
    for key, files in groups.items():  # samples without `channels:` serve every channel
        if key[-1] != "":
            files.update(groups.get((*key[:-1], ""), {}))
    return list(groups.values())


def _copies(catalog: Catalog, samples: Mapping[str, Files]) -> Iterator[Problem]:
    told: set[str] = set()
    for files in _read_together(catalog, samples):
        first: dict[tuple[str, int], str] = {}
        for file, found in files.items():
            if not found.fingerprint or file in told:
                continue
            original = first.setdefault((found.fingerprint, found.events), file)
            if original != file:
                told.add(file)
                yield Problem(file, "same-events", f"{file}: holds the same events as {original}.")


def _common(catalog: Catalog, samples: Mapping[str, Files]) -> Iterator[Problem]:
    told: set[str] = set()
    for group in _read_together(catalog, samples):
        files = [(file, found) for file, found in group.items() if found.sketch]
        for earlier, later, share in common_events([found.sketch for _, found in files]):
            (one, first), (two, second) = files[earlier], files[later]
            if two in told or first.fingerprint == second.fingerprint:
                continue
            told.add(two)
            text = f"{two}: holds events that {one} holds too (about {share:.0%} of those in either)."
            yield Problem(two, "same-events", text)


def run_warnings(catalog: Catalog, samples: Mapping[str, Files]) -> Iterator[Problem]:
    """List runs of data that do not fit the catalog: good ones without events, and used ones outside `runs:`."""
    for name, files in samples.items():
        listed = catalog.run_luminosities(name)
        if listed is None:
            continue
        present = {key for found in files.values() for key, _ in found.runs}
        void = [run for run in listed if run.key not in present]
        if void:
            shown = _listed([f"{run.run} (experiment {run.experiment})" for run in void])
            text = (
                f"samples.{name}: {len(void)} of its {len(listed)} good runs have no event in its files, "
                f"{fsum(run.luminosity for run in void):.4g} fb^-1: {shown}; are files missing, or `runs:`?"
            )
            yield Problem(str(catalog.path), "runs", text)


def overlapping_runs(catalog: Catalog, samples: Mapping[str, Files]) -> Iterator[Problem]:
    """List data samples of one period whose files hold used events of the same runs for the same channel."""
    for group in _groups_of_data(catalog):
        seen: dict[tuple[int, int], str] = {}
        for name in group:
            selection = catalog.selection(name)
            keys = sorted({key for found in samples.get(name, {}).values() for key, _ in found.runs})
            used = [key for key in keys if selection is None or key in selection]
            twice = [key for key in used if seen.setdefault(key, name) != name]
            if twice:
                shown = _listed([f"{run} (experiment {experiment})" for experiment, run in twice])
                text = (
                    f"samples.{name}: has events of {len(twice)} runs that {seen[twice[0]]} has too, for the same "
                    f"channels: {shown}; two skims of the same runs never add up."
                )
                yield Problem(str(catalog.path), "runs", text)


def _groups_of_data(catalog: Catalog) -> list[list[str]]:
    groups: dict[tuple[str | None, str | None, str], list[str]] = {}
    data = {name: sample for name, sample in catalog.samples.items() if sample.kind == "data"}
    channels = sorted({channel for sample in data.values() for channel in sample.channels or ()}) or [""]
    for channel in channels:
        for name, sample in data.items():
            if sample.channels is None or channel in sample.channels:
                groups.setdefault((sample.experiment, sample.period, channel), []).append(name)
    return list({tuple(names): names for names in groups.values()}.values())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
