"""A run: the histograms of all channels, the ledger they belong to, and where they come from."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Literal
from uuid import uuid4

import hist
import uhi.io.zip
from pydantic import Field

from ..datasets.catalog import Hypothesis, Kind, Sample
from ..datasets.documents import Document, validate
from ..datasets.errors import ConfigurationError, InputError
from ..datasets.identity import Identity
from ..datasets.ledger import Ledger
from ..datasets.ledger_document import LedgerDocument
from ..datasets.provenance import Provenance
from ..datasets.storage import make_folder, replacing, write_text

SCHEMA_VERSION: Literal[1] = 1
BOOKS = "run.json"
HISTOGRAMS = "histograms.zip"
PENDING = "histograms.pending.zip"
TOKEN = "token"  # noqa: S105  # names the archive that a run.json belongs to

Histograms = Mapping[str, Mapping[str, hist.Hist]]


@dataclass(frozen=True)
class SampleInfo:
    """What a run remembers of a sample of its catalog.

    Attributes
    ----------
    name, kind, process, experiment, period
        As in the catalog, defaults filled in.
    cross_section, isr_factor
        nb, for simulation; of a signal, Born level at `reference_coupling`, and its factor for radiated photons.
    luminosity
        fb^-1 of the whole sample, for data.
    hypothesis, reference_coupling
        The signal's point, and the coupling its cross section is for.
    normalisation_events
        Number of decays that stands in for a luminosity.
    channels
        The channels that were applied to it.
    """

    name: str
    kind: Kind
    process: str
    experiment: str
    period: str
    cross_section: float | None
    luminosity: float | None
    hypothesis: Hypothesis | None
    reference_coupling: float
    normalisation_events: float | None
    channels: tuple[str, ...]
    isr_factor: float = 1.0

    @classmethod
    def of(cls, name: str, sample: Sample, channels: tuple[str, ...]) -> "SampleInfo":
        """Take what a run needs from a catalog's sample, to which `channels` were applied."""
        return cls(
            name=name,
            kind=sample.kind,
            process=sample.process or name,
            experiment=sample.experiment or "",
            period=sample.period or "",
            cross_section=sample.cross_section,
            luminosity=sample.luminosity,
            hypothesis=sample.hypothesis,
            reference_coupling=sample.reference_coupling,
            normalisation_events=sample.normalisation.events if sample.normalisation else None,
            channels=channels,
            isr_factor=sample.isr_factor,
        )


class RunDocument(Document):
    """What `run.json` holds."""

    schema_version: Literal[1]
    histograms: str
    names: dict[str, list[str]]
    samples: list[SampleInfo]
    luminosity: float | None
    not_applicable: dict[str, dict[str, tuple[str, ...]]]
    provenance: Provenance
    ledger: LedgerDocument
    sealed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    identities: dict[str, Identity] = Field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a run over a catalog gave.

    Attributes
    ----------
    histograms
        By channel and name: axes process (the samples that the channel was applied to, in the catalog's order),
        region, variation and observable; raw sums of weights.
    ledger
        Every chunk, done or not, and why.
    samples
        The catalog's samples by name, in its order.
    luminosity
        fb^-1 that the simulation stands for where there is no data.
    not_applicable
        By channel and sample: the fields that the sample lacks.
    provenance
        Code, configuration, versions and inputs.
    sealed
        By channel: regions that the run has not filled with data.
    identities
        By sample: what its histograms were made with; a sample without one cannot be resumed.
    """

    histograms: Histograms
    ledger: Ledger
    samples: Mapping[str, SampleInfo]
    luminosity: float | None
    not_applicable: Mapping[str, Mapping[str, tuple[str, ...]]]
    provenance: Provenance
    sealed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> "Run":
        """Read a run from the folder that `write` made; ConfigurationError or InputError say what is wrong with it."""
        folder = Path(path)
        document = _read_books(folder / BOOKS)
        return cls(
            histograms=_read_histograms(folder, document),
            ledger=document.ledger.ledger(),
            samples={sample.name: sample for sample in document.samples},
            luminosity=document.luminosity,
            not_applicable=document.not_applicable,
            provenance=document.provenance,
            sealed=document.sealed,
            identities=document.identities,
        )

    def write(self, path: str | Path) -> None:
        """Write the run to a folder as `run.json` and `histograms.zip`.

        Books and histograms change together: new histograms wait under another name until the books that name them
        are in place, so that a reader always finds a pair that belongs together, whenever the writer was stopped.
        """
        folder = make_folder(Path(path))
        token = uuid4().hex
        with replacing(folder / PENDING) as temporary:
            _write_histograms(temporary, self.histograms, token)
        document = RunDocument(
            schema_version=SCHEMA_VERSION,
            histograms=token,
            names={channel: list(named) for channel, named in self.histograms.items()},
            samples=list(self.samples.values()),
            luminosity=self.luminosity,
            not_applicable={name: dict(samples) for name, samples in self.not_applicable.items()},
            provenance=self.provenance,
            ledger=LedgerDocument.of(self.ledger),
            sealed=dict(self.sealed),
            identities=dict(self.identities),
        )
        write_text(folder / BOOKS, document.model_dump_json())
        (folder / PENDING).replace(folder / HISTOGRAMS)

    def __repr__(self) -> str:
        return f"<Run: {self._told()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{info.kind}</td><td>{escape(', '.join(info.channels) or 'none')}</td></tr>"
            for name, info in self.samples.items()
        )
        heading = "<tr><th>sample</th><th>kind</th><th>channels</th></tr>"
        return f"<p><b>Run</b>: {escape(self._told())}</p><table>{heading}{rows}</table>"

    def _told(self) -> str:
        chunks = self.ledger.summary()["chunks"]
        lost = f", {len(self.ledger.lost_files)} files lost" if self.ledger.lost_files else ""
        channels = ", ".join(self.histograms) or "no channel"
        return f"{channels}; {len(self.samples)} samples; {chunks['processed']} of {chunks['planned']} chunks{lost}"


def _read_books(path: Path) -> RunDocument:
    try:
        content = loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); is this a run's folder?") from error
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not JSON; run again with another output.") from error
    return validate(content, RunDocument, str(path))


def _read_histograms(folder: Path, document: RunDocument) -> Histograms:
    for name in (HISTOGRAMS, PENDING):
        try:
            with zipfile.ZipFile(folder / name) as archive:
                if archive.read(TOKEN).decode() != document.histograms:
                    continue
                return {
                    channel: {each: hist.Hist(uhi.io.zip.read(archive, f"{channel}/{each}")) for each in names}
                    for channel, names in document.names.items()
                }
        except FileNotFoundError:
            continue
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise InputError(f"{folder / name}: is damaged ({error}); run again with another output.") from error
    raise InputError(f"{folder / HISTOGRAMS}: is missing or belongs to another run.json; run again.")


def _write_histograms(path: Path, histograms: Histograms, token: str) -> None:
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(TOKEN, token)
        for channel, named in histograms.items():
            for name, each in named.items():
                uhi.io.zip.write(archive, f"{channel}/{name}", each)
