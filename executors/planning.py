"""Planning a run: which channel applies to which sample, and which entries of which files make the chunks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..datasets.catalog import Catalog
from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.errors import InputError, UsageError
from ..datasets.ledger import ChunkRecord, Ledger, LostFile, SampleBooks

if TYPE_CHECKING:
    from ..processors.channel import Channel

MAXIMUM_MEMORY = 64 * 2**20  # bytes of histograms a channel; every worker and every merge holds some of them


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    ledger
        Every chunk as planned, or failed already where its file lacks a branch, and the files lost.
    applied
        By sample: names of the channels applied to it.
    not_applicable
        By channel and sample: missing fields.
    surveys
        By file.
    memory
        By channel: bytes of its histograms.
    """

    ledger: Ledger
    applied: Mapping[str, tuple[str, ...]]
    not_applicable: Mapping[str, Mapping[str, tuple[str, ...]]]
    surveys: Mapping[str, FileSurvey]
    memory: Mapping[str, int]

    def samples_of(self, channel: str) -> tuple[str, ...]:
        """Give the samples that a channel is applied to, in the catalog's order."""
        return tuple(name for name, channels in self.applied.items() if channel in channels)


def make_plan(catalog: Catalog, channels: Sequence["Channel"], surveys: Sequence[FileSurvey], chunksize: int) -> Plan:
    """Plan a run over surveyed files.

    Raises
    ------
    InputError
        No channel applies to any sample.
    UsageError
        A channel's histograms would be too large, or the chunk size is not positive.
    """
    if chunksize < 1:
        raise UsageError(f"chunksize {chunksize}: must be at least 1.")
    by_sample = {name: [s for s in surveys if s.sample == name] for name in catalog.samples}
    served = {name: _serving(catalog, name, channels) for name in catalog.samples}
    missing = {
        channel.name: {
            name: lost
            for name, found in by_sample.items()
            if channel.name in served[name]
            and (lost := missing_in_all(channel, catalog.samples[name].experiment or "", found))
        }
        for channel in channels
    }
    applied = {name: tuple(each for each in names if name not in missing[each]) for name, names in served.items()}
    _refuse_nothing_to_do(catalog, applied, missing)
    memory = {c.name: c.memory(sum(c.name in names for names in applied.values())) for c in channels}
    _refuse_large(memory)
    records = [
        ChunkRecord(chunk, "failed" if reason else "planned", chunk.entries if told else None, reason)
        for survey in surveys
        if survey.problem is None and applied[survey.sample]
        for reason in [_lacking(survey, catalog, [c for c in channels if c.name in applied[survey.sample]])]
        for told in [survey.events == survey.entries]  # else rows are candidates, and only reading tells events
        for chunk in chunks_of(survey, chunksize)
    ]
    lost_files = [LostFile(s.sample, s.file, s.problem) for s in surveys if s.problem and applied[s.sample]]
    ledger = Ledger(
        tuple(records), tuple(lost_files), {name: _books(catalog, name, by_sample[name]) for name in applied}
    )
    told = {channel: samples for channel, samples in missing.items() if samples}
    return Plan(ledger, applied, told, {s.file: s for s in surveys}, memory)


def chunks_of(survey: FileSurvey, chunksize: int) -> list[Chunk]:
    """Cut a file into chunks of at most `chunksize` entries, at cluster edges where clusters are that small."""
    entries = survey.entries or 0
    if not entries:  # what was generated behind an empty file counts all the same
        return [Chunk(survey.sample, survey.file, 0, 0)]
    edges = survey.edges if _fit(survey.edges, chunksize) else (*range(0, entries, chunksize), entries)
    chunks: list[Chunk] = []
    start = 0
    for edge, following in zip(edges[1:], (*edges[2:], None), strict=True):
        if following is None or following - start > chunksize:
            chunks.append(Chunk(survey.sample, survey.file, start, edge))
            start = edge
    return chunks


def _fit(edges: tuple[int, ...], chunksize: int) -> bool:
    return len(edges) > 1 and all(b - a <= chunksize for a, b in pairwise(edges))


def needed_fields(channel: "Channel", experiment: str) -> tuple[str, ...]:
    """Name the fields of the event model that a channel needs of an experiment's files: "weight", "photons.px"."""
    needs = channel.needed(experiment) or {}
    return tuple(f"{name}.{field}" if name else field for name, fields in needs.items() for field in fields)


def missing_in_all(channel: "Channel", experiment: str, surveys: Iterable[FileSurvey]) -> tuple[str, ...]:
    """List the needed fields that no readable file of a sample provides; none where no file can tell."""
    if channel.needed(experiment) is None:
        return (f"a selection for {experiment}",)
    found = [survey.fields for survey in surveys if survey.problem is None]
    if not found:
        return ()
    present = frozenset().union(*found)
    return tuple(field for field in needed_fields(channel, experiment) if field not in present)


def _lacking(survey: FileSurvey, catalog: Catalog, channels: Iterable["Channel"]) -> str | None:
    experiment = catalog.samples[survey.sample].experiment or ""
    for channel in channels:
        lost = sorted(set(needed_fields(channel, experiment)) - survey.fields)
        if lost:
            return f"{survey.file}: provides no {', '.join(lost)}, which channel {channel.name} needs."
    return None


def _serving(catalog: Catalog, name: str, channels: Sequence["Channel"]) -> tuple[str, ...]:
    wanted = catalog.samples[name].channels
    return tuple(channel.name for channel in channels if wanted is None or channel.name in wanted)


def _refuse_nothing_to_do(
    catalog: Catalog, applied: Mapping[str, tuple[str, ...]], missing: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> None:
    if any(applied.values()):
        return
    lines = [
        f"{catalog.path}: no channel applies to any sample; "
        + "; ".join(
            f"{channel} misses {', '.join(sorted({f for lost in samples.values() for f in lost}))}"
            for channel, samples in missing.items()
            if samples
        )
    ]
    if not any(missing.values()):
        lines = [f"{catalog.path}: none of the samples lists one of these channels ({', '.join(missing)})."]
    raise InputError("\n".join(lines))


def _refuse_large(memory: Mapping[str, int]) -> None:
    for name, size in memory.items():
        if size > MAXIMUM_MEMORY:
            raise UsageError(
                f"channel {name}: its histograms would take {size / 2**20:.0f} MB, at most 64 MB are allowed.\n"
                "Run fewer samples at a time, or name `channels:` on the samples that it does not need."
            )


def _books(catalog: Catalog, name: str, surveys: Iterable[FileSurvey]) -> SampleBooks:
    sample = catalog.samples[name]
    told = {s.file: s.generated for s in surveys if s.generated is not None and sample.generated is None}
    if sample.kind == "data":
        return SampleBooks(
            luminosity=catalog.luminosity_of(name),
            period=f"{sample.experiment} {sample.period}",
            ranges=sample.runs,
            runs=catalog.run_luminosities(name),
        )
    return SampleBooks(generated=sample.generated, file_generated=told)
