"""Planning a conversion: which chunks of which files make which output, and what of an earlier one is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..datasets.catalog import Catalog
from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.conversion import chosen_fields
from ..datasets.documents import Document, read_document
from ..datasets.errors import UsageError
from ..datasets.ledger import ChunkRecord, Ledger, LostFile
from ..datasets.ledger_document import LedgerDocument
from ..datasets.provenance import Provenance
from ..datasets.simulation.writing import Format
from .planning import chunks_of

BOOKS = "conversion.json"
READ = 100_000  # entries read at a time: a cluster of the output
ENTRIES = 1_000_000  # of the inputs behind one output


class ConversionDocument(Document):
    """What `conversion.json` holds.

    Attributes
    ----------
    outputs
        Bytes of each finished file.
    ledger
        Every chunk of the inputs.
    provenance
        Code, request and inputs.
    """

    schema_version: Literal[1] = 1
    outputs: dict[str, int]
    ledger: LedgerDocument
    provenance: Provenance


@dataclass(frozen=True)
class Output:
    """One file to make.

    Attributes
    ----------
    name, sample
        Its name, and whose it is.
    parts
        Chunks in order, each with its file's survey.
    """

    name: str
    sample: str
    parts: tuple[tuple[Chunk, FileSurvey], ...]


@dataclass(frozen=True)
class ConversionPlan:
    """What a conversion will do.

    Attributes
    ----------
    catalog
        What is converted.
    fields
        By sample: the fields of the event model that are kept.
    form
        "ttree" or "rntuple".
    outputs
        The files to make.
    lost_files
        Inputs that cannot be read.
    provenance
        Of the outputs.
    """

    catalog: Catalog
    fields: Mapping[str, frozenset[str]]
    form: Format
    outputs: tuple[Output, ...]
    lost_files: tuple[LostFile, ...]
    provenance: Provenance

    def ledger(self) -> Ledger:
        """Give the ledger with nothing done."""
        chunks = (chunk for output in self.outputs for chunk, _ in output.parts)
        return Ledger(tuple(ChunkRecord(chunk) for chunk in chunks), self.lost_files)


def plan_conversion(
    catalog: Catalog,
    surveys: Sequence[FileSurvey],
    wanted: Sequence[str] | None,
    form: Format,
    entries: int = ENTRIES,
) -> ConversionPlan:
    """Plan a conversion over surveyed files.

    Parameters
    ----------
    wanted
        Fields or collections of the event model; all for None.
    form
        Of the outputs.
    entries
        Of the inputs behind one output, at most: small files are put together, large ones split between events.
    """
    if entries < 1:
        raise UsageError(f"{entries} entries a file: must be at least 1.")
    fields, outputs = {}, []
    for name in catalog.samples:
        found = [survey for survey in surveys if survey.sample == name and survey.problem is None]
        fields[name] = chosen_fields(wanted, set().union(*(survey.fields for survey in found)))
        outputs += list(_outputs(name, found, entries))
    config = {
        "samples": {name: sample.model_dump(mode="json") for name, sample in catalog.samples.items()},
        "fields": {name: sorted(each) for name, each in fields.items()},
        "format": form,
        "entries": entries,
    }
    inputs = {survey.file: survey.identity or "" for survey in surveys if survey.problem is None}
    return ConversionPlan(
        catalog=catalog,
        fields=fields,
        form=form,
        outputs=tuple(outputs),
        lost_files=tuple(LostFile(s.sample, s.file, s.problem) for s in surveys if s.problem is not None),
        provenance=Provenance.of(config, inputs, ("datasets",)),
    )


def _outputs(sample: str, surveys: Sequence[FileSurvey], entries: int) -> Iterator[Output]:
    parts: list[tuple[Chunk, FileSurvey]] = []
    number = size = 0
    for survey in surveys:
        for chunk in chunks_of(survey, min(READ, entries)):
            if parts and size + chunk.entries > entries:
                yield Output(f"{sample}_{number:05d}.root", sample, tuple(parts))
                parts, size, number = [], 0, number + 1
            parts.append((chunk, survey))
            size += chunk.entries
    if parts:
        yield Output(f"{sample}_{number:05d}.root", sample, tuple(parts))


def finished_outputs(plan: ConversionPlan, folder: Path, resume: bool) -> tuple[dict[str, int], Ledger]:
    """Give the files of an earlier conversion that are kept, by name, and the ledger with their chunks done.

    Raises
    ------
    UsageError
        The folder holds a conversion and `resume` is off, or it was made from something else.
    """
    ledger = plan.ledger()
    if not (folder / BOOKS).exists():
        return {}, ledger
    if not resume:
        raise UsageError(f"{folder}: holds a conversion already; use --resume to finish it, or another --output.")
    old = read_document(folder / BOOKS, ConversionDocument)
    if (old.provenance.config, old.provenance.code) != (plan.provenance.config, plan.provenance.code):
        raise UsageError(f"{folder}: cannot be resumed, since the catalog, the options or darkbelle's code changed.")
    done = {each.chunk: each for each in old.ledger.ledger().records if each.status == "done"}
    kept = {
        output.name: old.outputs[output.name]
        for output in plan.outputs
        if _unchanged(output, old, folder) and all(chunk in done for chunk, _ in output.parts)
    }
    records = [done[chunk] for output in plan.outputs if output.name in kept for chunk, _ in output.parts]
    return kept, ledger.with_records(records)


def _unchanged(output: Output, old: ConversionDocument, folder: Path) -> bool:
    file = folder / output.name
    same_inputs = all(
        old.provenance.inputs.get(chunk.file) == (survey.identity or "") for chunk, survey in output.parts
    )
    return (
        same_inputs
        and output.name in old.outputs
        and file.is_file()
        and file.stat().st_size == old.outputs[output.name]
    )
