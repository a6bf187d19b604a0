"""The card of a trained selection: what it was trained on, how well it does, and the checksums of its files."""

from typing import Annotated, Literal

from pydantic import Field

from ..datasets.documents import Document

Kind = Literal["trees", "network"]
Half = Literal["even", "odd"]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
HALVES: tuple[Half, Half] = ("even", "odd")
"""By event number modulo 2."""


class Input(Document):
    """A variable, in the order of the model's columns."""

    name: str
    meaning: str


class TrainedSample(Document):
    """A sample that was trained on: rows that pass the preselection, and the luminosity that they stand for (fb^-1).

    The luminosity is that of the simulation, not the one that the comparison is scaled to; None for signals.
    """

    kind: Literal["signal", "background"]
    rows: int
    luminosity: float | None


class Overtraining(Document):
    """Kolmogorov-Smirnov distance between the scores of events trained on and not, and its p-value."""

    distance: float
    p_value: float


class Fold(Document):
    """One of the two models.

    Attributes
    ----------
    file, sha256
        The ONNX file beside the card.
    trained_on, applied_to
        Halves of the event numbers: no event is judged by a model that saw it.
    signal, background
        Rows trained on.
    area_trained, area_untrained
        Area under the ROC curve, with the weights of the training, of events trained on and not.
    overtraining
        By kind of sample.
    """

    file: str
    sha256: Digest
    trained_on: Half
    applied_to: Half
    signal: int
    background: int
    area_trained: float
    area_untrained: float
    overtraining: dict[str, Overtraining]


class Merit(Document):
    """Figures of merit eps / (a/2 + sqrt(B)) of one hypothesis, on events never trained nor tuned on.

    Attributes
    ----------
    mass
        GeV.
    tuned, tuned_cuts
        With the best threshold of the classifier, and the best rectangular cuts, for this mass.
    common, common_cuts
        With the one threshold, and the one set of cuts, that are best for all masses together.
    efficiency, background
        With the card's threshold: share of the generated signal, and events in the window.
    error
        Standard deviation of common / tuned_cuts by the number of simulated events; None where it was not determined.
    """

    mass: float
    tuned: float
    tuned_cuts: float
    common: float
    common_cuts: float
    efficiency: float
    background: float
    error: float | None = None


class Comparison(Document):
    """The classifier against rectangular cuts.

    Attributes
    ----------
    against
        The cuts that are optimised in its stead.
    luminosity
        fb^-1 that backgrounds are scaled to.
    significance
        a of the figure of merit.
    neighbours
        Hypotheses to either side that thresholds for one were tuned on too.
    factor_tuned, factor_common
        Geometric mean over the hypotheses of the classifier's figure of merit over that of the cuts.
    factor_common_over_tuned
        The same of the one threshold for all masses over cuts tuned for each.
    errors
        Standard deviations of `factor_tuned`, `factor_common` and `factor_common_over_tuned` by the number of simulated
        events; None where they were not determined.
    merits
        Each hypothesis with enough events.
    """

    against: tuple[str, ...]
    luminosity: float
    significance: float
    neighbours: int = 0
    factor_tuned: float
    factor_common: float
    factor_common_over_tuned: float | None = None
    errors: tuple[float, float, float] | None = None
    merits: tuple[Merit, ...]


class Smoothness(Document):
    """The background's efficiency against the observable, in bins of equal background: whether the score carves a peak.

    Attributes
    ----------
    centres, efficiencies, errors
        Of the card's threshold, on events never trained on.
    chi2
        Squares of how far each bin is from the mean of its neighbours, in standard deviations, over their number.
    largest
        The largest of these distances upward.
    """

    centres: tuple[float, ...]
    efficiencies: tuple[float, ...]
    errors: tuple[float, ...]
    chi2: float
    largest: float


class ModelCard(Document):
    """What there is to know of a trained selection; it holds no date, so that the same training gives the same file.

    Attributes
    ----------
    channel, experiment, region
        The selection it belongs to.
    kind
        Gradient-boosted trees or a neural network.
    inputs
        Columns, in order.
    threshold
        Scores above pass.
    folds
        The two models.
    samples
        What they were trained on.
    catalog
        SHA-256 of its catalog.
    seed, settings
        What fixes the training.
    clipped
        Background rows whose weight was cut down to a share of its mass bin.
    comparison
        With the best cuts.
    smoothness
        Of the background that is left; None where there is too little.
    versions
        Of the libraries.
    command
        That made it.
    """

    schema_version: Literal[1] = 1
    channel: str
    experiment: str
    region: str
    kind: Kind
    inputs: tuple[Input, ...]
    threshold: float
    folds: tuple[Fold, Fold]
    samples: dict[str, TrainedSample]
    catalog: Digest
    seed: int
    settings: dict[str, float | int | str | tuple[int, ...]]
    clipped: int
    comparison: Comparison
    smoothness: Smoothness | None = None
    versions: dict[str, str]
    command: str

    def fold(self, half: Half) -> Fold:
        """Give the model for the events of a half."""
        return next(fold for fold in self.folds if fold.applied_to == half)
