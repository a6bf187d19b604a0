"""Searches whose cuts are data: a YAML file beside them holds the values of each experiment that they were done at."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field

from ..datasets.documents import Document, load_yaml, validate
from ..datasets.errors import ConfigurationError
from .channel import Channel
from .chunk_events import ChunkEvents, metadata

FOLDER = Path(__file__).parent / "selections"


class CutsDocument(Document):
    """Values of a search's cuts at one experiment.

    Attributes
    ----------
    triggers
        Trigger lines by region, where they are not the channel's own.
    identification_tables
        SysVar's correction tables (paths of CSV files) by lepton ("muon", "electron"), for channels that take them.
    """

    triggers: dict[str, tuple[str, ...]] | None = None
    identification_tables: dict[str, str] = Field(default_factory=dict)


Cuts = TypeVar("Cuts", bound=CutsDocument)


class ByExperiment(Channel, Generic[Cuts]):
    """A channel with a selection for each experiment.

    Parameters
    ----------
    changed
        Values other than those of the file, for all experiments.

    Attributes
    ----------
    document
        What `selections/<name>.yaml` holds for each experiment.
    selection
        Name of that file where it is another channel's.
    """

    document: ClassVar[type[CutsDocument]]
    selection: ClassVar[str] = ""

    def __init__(self, **changed: Any) -> None:
        self.changed = changed
        self.selections: Mapping[str, Cuts] = {
            experiment: validate(values | changed, self.document, f"{self.name}: {experiment}")  # type: ignore[misc]
            for experiment, values in _read(self.selection or self.name).items()
        }

    def chosen(self, events: ChunkEvents) -> Cuts:
        """Give the values of the cuts at the events' experiment."""
        return self.chosen_at(metadata(events, "experiment"))

    def chosen_at(self, experiment: str) -> Cuts:
        """Give the values of the cuts at an experiment; an own one's are those of the first in the file."""
        return self.selections.get(experiment) or next(iter(self.selections.values()))

    def needed(self, experiment: str) -> Mapping[str, tuple[str, ...]] | None:
        """Give what is read from an experiment's files; None where the search was not done at it."""
        if experiment not in self.selections and not experiment.endswith((".yaml", ".yml")):
            return None
        lines = tuple(dict.fromkeys(line for each in self.trigger_lines(experiment).values() for line in each))
        return {**self.needs, "trigger": lines} if lines else {k: v for k, v in self.needs.items() if k != "trigger"}

    def trigger_lines(self, experiment: str) -> Mapping[str, tuple[str, ...]]:
        """Give the trigger lines by region in an experiment's data."""
        found = self.selections.get(experiment)
        return self.triggers if found is None or found.triggers is None else found.triggers

    def lines(self, events: ChunkEvents, region: str) -> tuple[str, ...]:
        """Give a region's trigger lines in the data of the events' experiment."""
        return self.trigger_lines(metadata(events, "experiment"))[region]

    def configuration(self) -> dict[str, Any]:
        """Give the values of all cuts."""
        return {experiment: values.model_dump(mode="json") for experiment, values in self.selections.items()}


@cache
def _read(name: str) -> Mapping[str, Any]:
    path = FOLDER / f"{name}.yaml"
    content = load_yaml(path)
    if not isinstance(content, dict) or not all(isinstance(each, dict) for each in content.values()):
        raise ConfigurationError(f"{path}: must hold the values of cuts for each experiment.")
    return content
