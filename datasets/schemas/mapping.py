"""Mappings: which columns of an analyst's ntuple are which object's, as validated data files."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..documents import Document, read_document
from ..errors import ConfigurationError

FOLDER = Path(__file__).parent / "mappings"

Template = Annotated[str, Field(min_length=1)]


class ObjectMapping(Document):
    """One object of each candidate: a photon, a track.

    Attributes
    ----------
    names
        How its columns are called, with {} for the variable: "daughter(0, {})", "gamma_{}"; the first that gives a
        momentum is used.
    variables
        Columns by the event model's field, where neither template nor usual variable fits.
    """

    names: Annotated[tuple[Template, ...], Field(min_length=1)] = ("{}",)
    variables: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _templates(self) -> "ObjectMapping":
        for name in self.names:
            if name.count("{}") != 1:
                raise ValueError(f"{name!r} must hold {{}} once, in place of the variable")
        return self


class VertexMapping(Document):
    """A pair of tracks with a common vertex, fitted by basf2.

    Attributes
    ----------
    names
        How the pair's columns are called, see `ObjectMapping`.
    first, second
        Which of the mapping's `tracks` they are, counted from 0; the positive one becomes the vertex' first.
    """

    names: Annotated[tuple[Template, ...], Field(min_length=1)]
    first: Annotated[int, Field(ge=0)]
    second: Annotated[int, Field(ge=0)]


class RowsMapping(Document):
    """A list of which every row is one object: a tree made from "gamma:all".

    Attributes
    ----------
    rows
        How its columns are called.
    tree
        The tree, where it is not the one with the candidates; events are joined by their key.
    """

    rows: ObjectMapping
    tree: str | None = None


class Best(Document):
    """Which candidate of an event is the best; its columns give the event's objects.

    Attributes
    ----------
    highest, lowest
        The variable to compare; not a number is worst. The first candidate is the best where neither is given.
    """

    highest: str | None = None
    lowest: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Best":
        if self.highest is not None and self.lowest is not None:
            raise ValueError("give highest or lowest, not both")
        return self


class TriggerMapping(Document):
    """Where trigger lines come from.

    Attributes
    ----------
    columns
        Columns by line, where they are not called L1FTDL(line) or L1PSNM(line).
    bits
        Bit numbers by line in mdst's TRGSummary: they change between periods and are not told by the file.
    assumed
        Lines taken as fired in every event, for simulation without trigger; refused for data.
    """

    columns: dict[str, str] = Field(default_factory=dict)
    bits: dict[str, Annotated[int, Field(ge=0, lt=320)]] = Field(default_factory=dict)
    assumed: tuple[str, ...] = ()


class Selectors(Document):
    """BaBar's selectors of one kind of particle.

    Attributes
    ----------
    map
        The column with their bits, such as muSelectorsMap.
    bits
        Which of them count, from loose to tight; their order is set by the job that made the ntuple.
    """

    map: str
    bits: Annotated[tuple[Annotated[int, Field(ge=0, lt=32)], ...], Field(min_length=1)]


IdentificationField = Literal["electron_id", "muon_id", "pion_id", "kaon_id", "proton_id"]
Objects = Literal["none"] | tuple[ObjectMapping, ...] | RowsMapping


class InputMapping(Document):
    """How the columns of a file become the event model.

    Attributes
    ----------
    description
        What it is for.
    tree
        The tree to read, where files have several and the catalog names none.
    best
        Which candidate's objects are the event's.
    photons, tracks, klm
        Each candidate's objects, or the rows of a list; "none" where the selection guarantees that there are none.
    vertices
        Pairs of the mapping's tracks.
    trigger
        Where trigger lines come from.
    candidates
        Columns that `events.candidates` has; all for None.
    interaction_point
        (x, y, z) in cm that mdst's impact parameters refer to.
    selectors
        BaBar's selectors that stand for likelihood ratios, by the event model's field.
    """

    description: str = ""
    tree: str | None = None
    best: Best = Best()
    photons: Objects | None = None
    tracks: Objects | None = None
    klm: Objects | None = None
    vertices: tuple[VertexMapping, ...] = ()
    trigger: TriggerMapping = TriggerMapping()
    candidates: tuple[str, ...] | None = None
    interaction_point: tuple[float, float, float] = (0.0, 0.0, 0.0)
    selectors: dict[IdentificationField, Selectors] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _vertices_of_tracks(self) -> "InputMapping":
        tracks = self.tracks if isinstance(self.tracks, tuple) else ()
        if any(max(each.first, each.second) >= len(tracks) for each in self.vertices):
            raise ValueError("vertices: first and second must be places in the list of tracks")
        return self


NO_MAPPING = InputMapping()


def mapping_names() -> tuple[str, ...]:
    """List the mappings that darkbelle ships."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_mapping(name: str, folder: Path) -> InputMapping:
    """Read a shipped mapping by name, or any YAML file by its path relative to `folder`.

    Raises
    ------
    ConfigurationError
        There is none of that name, or its file is wrong.
    """
    if name.endswith((".yaml", ".yml")):
        return read_document(folder / name, InputMapping)
    if name not in mapping_names():
        raise ConfigurationError(
            f"unknown mapping {name!r}; known are {', '.join(mapping_names())}, or give the path of a YAML file."
        )
    return read_document(FOLDER / f"{name}.yaml", InputMapping)
