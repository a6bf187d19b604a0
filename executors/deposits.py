"""Partial sums on disk: each deposit holds the histograms of some chunks of a sample, with what they were made from."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import JSONDecodeError, loads
from pathlib import Path
from uuid import uuid4

import hist
import uhi.io.zip
from pydantic import Field

from ..datasets.chunk import Chunk
from ..datasets.documents import Document, validate
from ..datasets.errors import ConfigurationError
from ..datasets.identity import Identity
from ..datasets.ledger_records import ChunkCost, ChunkRecord
from ..datasets.storage import make_folder, replacing
from .tasks import ChunkDone, Key, Partial

FOLDER = "partials"
MANIFEST = "manifest.json"


class DepositEntry(Document):
    """One sample's part of a deposit.

    Attributes
    ----------
    identity
        What made it.
    files
        By file: the identity it had.
    chunks
        (file, start, stop, events, events left out, seconds, bytes read, bytes of memory) of each chunk.
    histograms
        (channel, name) of each histogram, and the SHA-256 of its bytes in the archive.
    earlier
        By position among the chunks: what went wrong before with those that were run again.
    """

    sample: str
    identity: Identity
    files: dict[str, str]
    chunks: list[tuple[str, int, int, int, int, float, int, int]]
    histograms: list[tuple[str, str, str]]
    earlier: dict[int, tuple[str, ...]] = Field(default_factory=dict)


class DepositDocument(Document):
    """The manifest of a deposit."""

    schema_version: int = 1
    entries: list[DepositEntry]


@dataclass(frozen=True)
class Deposit:
    """Histograms of some chunks of one sample.

    Attributes
    ----------
    sample, identity
        Whose, and what made them.
    histograms
        By channel, sample and name.
    done
        The records of the chunks in them.
    files
        By file: the identity it had.
    """

    sample: str
    identity: Identity
    histograms: Mapping[Key, hist.Hist]
    done: tuple[ChunkRecord, ...]
    files: Mapping[str, str]


def write_deposit(
    folder: Path,
    partial: Partial,
    identities: Mapping[str, Identity],
    files: Mapping[str, str],
    earlier: Mapping[Chunk, tuple[str, ...]] | None = None,
) -> None:
    """Write what some chunks gave as one archive in `folder`/partials, whole or not at all.

    Samples without an identity are left out: they could never be reused.

    Parameters
    ----------
    folder
        The run's.
    partial
        Histograms by channel, sample and name, and the chunks in them.
    identities
        By sample.
    files
        By file: its identity.
    earlier
        By chunk: what went wrong before with those that were run again.
    """
    samples = sorted({each.chunk.sample for each in partial.done} & set(identities))
    if not samples:
        return
    target = make_folder(folder / FOLDER)
    with (
        replacing(target / f"{uuid4().hex}.zip") as temporary,
        zipfile.ZipFile(temporary, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        entries = [
            _write_sample(archive, sample, partial, identities[sample], files, earlier or {}) for sample in samples
        ]
        archive.writestr(MANIFEST, DepositDocument(entries=entries).model_dump_json())


def _write_sample(
    archive: zipfile.ZipFile,
    sample: str,
    partial: Partial,
    identity: Identity,
    files: Mapping[str, str],
    earlier: Mapping[Chunk, tuple[str, ...]],
) -> DepositEntry:
    histograms: list[tuple[str, str, str]] = []
    for channel, owner, name in partial.histograms:
        if owner == sample:
            place = _place(sample, channel, name)
            uhi.io.zip.write(archive, place, partial.histograms[channel, owner, name])
            histograms.append((channel, name, _checksum(archive, place)))
    done = [each for each in partial.done if each.chunk.sample == sample]
    known = {each.chunk.file: files.get(each.chunk.file, "") for each in done}
    return DepositEntry(
        sample=sample,
        identity=identity,
        files=known,
        chunks=list(map(_row, done)),
        histograms=histograms,
        earlier={i: told for i, each in enumerate(done) if (told := earlier.get(each.chunk))},
    )


def _row(done: ChunkDone) -> tuple[str, int, int, int, int, float, int, int]:
    chunk, cost = done.chunk, done.cost or ChunkCost(0.0, 0, 0)
    where = chunk.file, chunk.start, chunk.stop
    return (*where, done.events, done.left_out, cost.seconds, cost.read, cost.memory)


def _record(sample: str, row: tuple[str, int, int, int, int, float, int, int], earlier: tuple[str, ...]) -> ChunkRecord:
    file, start, stop, events, left_out, seconds, read, memory = row
    chunk, cost = Chunk(sample, file, start, stop), ChunkCost(seconds, read, memory)
    return ChunkRecord(chunk, "done", events, left_out=left_out, cost=cost, earlier=earlier)


def _place(sample: str, channel: str, name: str) -> str:
    """Name a histogram in the archive; its members begin with that."""
    return f"{sample}/{channel}/{name}/histogram"


def _checksum(archive: zipfile.ZipFile, place: str) -> str:
    """Digest all members of one histogram."""
    found = sha256()
    for member in sorted(name for name in archive.namelist() if name.startswith(place)):
        found.update(member.encode())
        found.update(archive.read(member))
    return found.hexdigest()


def read_deposits(folder: Path) -> Iterator[Deposit | str]:
    """Give the deposits of a run's folder, or for a damaged one a line that says so."""
    for path in sorted((folder / FOLDER).glob("[!.]*.zip")):
        try:
            yield from list(_read(path))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, JSONDecodeError, ConfigurationError) as error:
            yield f"{path}: is damaged ({str(error).splitlines()[0][:160]}); its chunks are run again."


def _read(path: Path) -> Iterator[Deposit]:
    with zipfile.ZipFile(path) as archive:
        document = validate(loads(archive.read(MANIFEST)), DepositDocument, str(path))
        for entry in document.entries:
            histograms: dict[Key, hist.Hist] = {}
            for channel, name, checksum in entry.histograms:
                place = _place(entry.sample, channel, name)
                if _checksum(archive, place) != checksum:
                    raise ValueError(f"{place} has another checksum")
                histograms[channel, entry.sample, name] = hist.Hist(uhi.io.zip.read(archive, place))
            done = tuple(_record(entry.sample, row, entry.earlier.get(i, ())) for i, row in enumerate(entry.chunks))
            yield Deposit(entry.sample, entry.identity, histograms, done, entry.files)


def remove_deposits(folder: Path) -> None:
    """Remove the deposits of a run's folder: what they hold is part of the run itself now."""
    for path in (folder / FOLDER).glob("*.zip"):
        path.unlink(missing_ok=True)
