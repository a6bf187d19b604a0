"""From gathered rows to two models and their card."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd

from ..classifier import Classifier
from ..model_card import HALVES, Comparison, Fold, Half, Input, ModelCard, TrainedSample
from ..objects import Array, Index
from ..punzi import OBSERVABLE, WEIGHT
from ..trained import Training
from .comparing import SCORE, Terms, compare
from .fitting import SETTINGS, fit, library_versions, probabilities, to_onnx
from .levelling import best_odds
from .quality import area_under_curve, overtraining, smoothness
from .rows import TrainingRows, training_rows, where_signals_are


@dataclass(frozen=True)
class Request:
    """What is trained, and what its card says of where it comes from.

    Attributes
    ----------
    channel, experiment, region, training
        The selection.
    masses
        GeV, by signal sample: the hypotheses that it is compared at.
    samples
        What is trained on.
    catalog
        SHA-256 of the catalog's file.
    seed, command
        As in the card.
    terms
        Of the comparison with cuts.
    """

    channel: str
    experiment: str
    region: str
    training: Training
    masses: Mapping[str, float]
    samples: Mapping[str, TrainedSample]
    catalog: str
    seed: int
    command: str
    terms: Terms

    @property
    def name(self) -> str:
        """What the card's file is called, without its suffix."""
        return f"{self.channel}_{self.region}_{self.experiment}"


def train(rows: pd.DataFrame, request: Request) -> Classifier:
    """Train two models, each on one half of the event numbers, and compare them with cuts on the other.

    Parameters
    ----------
    rows
        Those that pass the preselection: columns `half`, `weight` (expected events), `observable`, `sample`, `signal`,
        the inputs, and the variables of the cuts to compare with.
    request
        What is trained.
    """
    inputs = tuple(request.training.inputs)
    rows = where_signals_are(rows)
    made = training_rows(rows, rows["signal"].to_numpy(dtype=bool), inputs)
    contents = {half: _fit_without(rows, made, half, request) for half in HALVES}
    models = contents["even"], contents["odd"]
    draft = Classifier(_card(request, made, models), models)
    columns = {name: made.inputs[:, number] for number, name in enumerate(inputs)}
    # Told to be of the other half, rows are scored by the model that was trained on them.
    scores, seen = (draft.scores(columns, numbers) for numbers in (made.half, 1 - made.half))
    threshold, comparison = compare(
        rows.assign(**{SCORE: scores}), request.masses, request.training.against, request.terms
    )
    folds = tuple(_fold(fold, made, scores, seen) for fold in draft.card.folds)
    background = rows[~rows["signal"]]
    found = smoothness(
        background[OBSERVABLE].to_numpy(), background[WEIGHT].to_numpy(), scores[~made.signal] > threshold
    )
    update = {"threshold": round(threshold, 6), "folds": folds, "comparison": comparison, "smoothness": found}
    return Classifier(draft.card.model_copy(update=update), models)


def _fit_without(rows: pd.DataFrame, made: TrainingRows, half: Half, request: Request) -> bytes:
    """Fit on the rows of the other half; where thresholds are to be level, once more with the odds of the best ones."""
    chosen = made.half != HALVES.index(half)
    kind, inputs, signal, weight = request.training.kind, made.inputs[chosen], made.signal[chosen], made.weight[chosen]
    found = fit(kind, inputs, signal, weight, request.seed)
    if request.training.level:
        scored = rows[chosen].assign(**{SCORE: probabilities(found, inputs)})
        odds = best_odds(scored, request.masses, request.terms)
        found = fit(kind, inputs, signal, np.where(signal, weight, weight * odds), request.seed)
    return to_onnx(found, made.inputs.shape[1])


def _card(request: Request, made: TrainingRows, models: tuple[bytes, bytes]) -> ModelCard:
    nothing = Comparison(against=(), luminosity=0.0, significance=0.0, factor_tuned=0.0, factor_common=0.0, merits=())
    even, odd = (
        Fold(
            file=f"{request.name}_{half}.onnx",
            sha256=sha256(content).hexdigest(),
            trained_on=other,
            applied_to=half,
            signal=int(np.sum(made.signal & (made.half == HALVES.index(other)))),
            background=int(np.sum(~made.signal & (made.half == HALVES.index(other)))),
            area_trained=0.0,
            area_untrained=0.0,
            overtraining={},
        )
        for half, other, content in zip(HALVES, reversed(HALVES), models, strict=True)
    )
    return ModelCard(
        channel=request.channel,
        experiment=request.experiment,
        region=request.region,
        kind=request.training.kind,
        inputs=tuple(Input(name=name, meaning=meaning) for name, meaning in request.training.inputs.items()),
        threshold=0.0,
        folds=(even, odd),
        samples=dict(request.samples),
        catalog=request.catalog,
        seed=request.seed,
        settings=dict(SETTINGS[request.training.kind]),
        clipped=made.clipped,
        comparison=nothing,
        versions=library_versions(),
        command=request.command,
    )


def _fold(fold: Fold, made: TrainingRows, scores: Array, seen: Array) -> Fold:
    applied: Index = np.flatnonzero(made.half == HALVES.index(fold.applied_to))
    trained: Index = np.flatnonzero(made.half == HALVES.index(fold.trained_on))
    areas = [
        round(area_under_curve(each[rows], made.signal[rows], made.weight[rows]), 5)
        for each, rows in ((seen, trained), (scores, applied))
    ]
    kinds = {"signal": made.signal, "background": ~made.signal}
    return fold.model_copy(
        update={
            "area_trained": areas[0],
            "area_untrained": areas[1],
            "overtraining": {
                kind: overtraining(seen[trained][mine[trained]], scores[applied][mine[applied]])
                for kind, mine in kinds.items()
            },
        }
    )
