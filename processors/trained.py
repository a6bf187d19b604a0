"""Searches with a trained selection, or with cuts in its stead: which of the two is data, as the cuts' values are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..datasets.documents import Document
from .by_experiment import ByExperiment, CutsDocument
from .channel import Channel, CutVariable
from .chunk_events import ChunkEvents
from .classifier import MODELS, Classifier
from .model_card import Kind
from .objects import Array, Mask
from .selected import Selected, mask_of, own

CLASSIFIER = "classifier"
"""The cut's name, and its variable's."""


class ClassifierCut(Document):
    """A region's trained selection.

    Attributes
    ----------
    model
        Path of its card; the shipped one of the channel, region and experiment where empty.
    above
        Scores above pass; the card's threshold where absent.
    """

    model: str = ""
    above: float | None = None


class TrainedCuts(CutsDocument):
    """Values of cuts, one of which may be trained.

    Attributes
    ----------
    classifier
        By region; None for the selection by cuts alone.
    """

    classifier: dict[str, ClassifierCut] | None = None


@dataclass(frozen=True)
class Training:
    """How a channel's classifier is trained.

    Attributes
    ----------
    kind
        Trees or a network.
    inputs
        Columns of the selection's values and what they mean, in order.
    against
        The best of these cuts are what it has to beat.
    fields
        What it reads beside the channel's `needs`.
    neighbours
        Thresholds for a mass are tuned on so many hypotheses to either side too, which fluctuate less than one.
    level
        Whether backgrounds are weighed so that one threshold is best for all hypotheses, as far as it goes.
    """

    kind: Kind
    inputs: Mapping[str, str]
    against: Mapping[str, CutVariable]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    neighbours: int = 0
    level: bool = False


Cuts = TypeVar("Cuts", bound=TrainedCuts)


class TrainedSelection(ByExperiment[Cuts]):
    """A channel whose last cut may be on a classifier's score.

    Parameters
    ----------
    preselection
        Stop before the classifier, with the looser cuts that go with it: what training starts from.
    shipped
        Take the models that darkbelle ships, at experiments where all regions have one.
    changed
        Values other than those of the file; `classifier=None` for the selection by cuts.

    Attributes
    ----------
    training
        How the classifier is made.
    """

    training: ClassVar[Training]

    def __init__(self, *, preselection: bool = False, shipped: bool = False, **changed: Any) -> None:
        super().__init__(**changed)
        if shipped:
            self.selections = {
                experiment: values.model_copy(update={"classifier": self._shipped(experiment)})
                for experiment, values in self.selections.items()
            }
        self.preselection = preselection
        self.classifiers: Mapping[str, Mapping[str, Classifier]] = {
            experiment: {
                region: Classifier.read(self._card(cut, region, experiment))
                for region, cut in (values.classifier or {}).items()
            }
            for experiment, values in self.selections.items()
            if not preselection
        }

    def _card(self, cut: ClassifierCut, region: str, experiment: str) -> Path:
        return Path(cut.model) if cut.model else MODELS / f"{self.selection or self.name}_{region}_{experiment}.yaml"

    def _shipped(self, experiment: str) -> dict[str, ClassifierCut] | None:
        found = all(self._card(ClassifierCut(), region, experiment).is_file() for region in self.regions)
        return {region: ClassifierCut() for region in self.regions} if found else None

    def trained(self, experiment: str) -> bool:
        """Tell whether the selection at an experiment is the trained one, or the preselection of one."""
        return self.preselection or bool(self.chosen_at(experiment).classifier)

    def memory(self, samples: int) -> int:
        """Give the size in bytes of all histograms with `samples` samples; before the classifier rows are all there is.

        Training has a signal sample for each of many masses.
        """
        return 0 if self.preselection else super().memory(samples)

    def needed(self, experiment: str) -> Mapping[str, tuple[str, ...]] | None:
        """Give what is read from an experiment's files, the classifier's inputs among it."""
        needed = super().needed(experiment)
        if needed is None or not self.trained(experiment):
            return needed
        more = self.training.fields
        return {name: (*needed.get(name, ()), *more.get(name, ())) for name in dict.fromkeys((*needed, *more))}

    def classified(self, events: ChunkEvents, experiment: str, found: Selected, cuts: tuple[str, ...]) -> Selected:
        """Add the classifier's cut, and its score under `classifier@<region>`.

        Only rows are judged that fail at most one of the other cuts (those that N-1 histograms look at): for the rest
        the score is NaN.
        """
        if self.preselection or not self.trained(experiment):
            return replace(found, values={**found.values, CLASSIFIER: np.full(len(found.event), np.nan)})
        values = self.chosen_at(experiment)
        numbers = np.asarray(events.array.event, dtype=np.int64)[found.event]
        masks, scores = dict(found.cuts), {**found.values, CLASSIFIER: np.full(len(found.event), np.nan)}
        for region, model in (self.classifiers.get(experiment) or next(iter(self.classifiers.values()))).items():
            rows = np.flatnonzero(_fails_at_most_one(found, cuts, region))
            score = np.full(len(found.event), np.nan)
            score[rows] = model.scores({name: found.values[name][rows] for name in self.training.inputs}, numbers[rows])
            above = (values.classifier or {})[region].above
            masks[own(CLASSIFIER, region)] = score > (model.card.threshold if above is None else above)
            scores[own(CLASSIFIER, region)] = score
        return replace(found, cuts=masks, values=scores)


def with_classifiers(channel: Channel) -> Channel:
    """Give a channel with the trained selections that darkbelle ships; itself where it has none."""
    return type(channel)(shipped=True) if isinstance(channel, TrainedSelection) else channel


def _fails_at_most_one(found: Selected, cuts: tuple[str, ...], region: str) -> Mask:
    failed: Array = np.zeros(len(found.event))
    for cut in cuts:
        early, late = mask_of(found.early, cut, region), mask_of(found.cuts, cut, region)
        if early is not None:
            failed += ~early[found.event]
        if late is not None:
            failed += ~late
    return np.asarray(failed <= 1)
