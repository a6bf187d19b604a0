"""A trained selection as files, and its card in words."""

from pathlib import Path

import yaml

from ...datasets.errors import InputError
from ...datasets.storage import make_folder, replacing, write_text
from ..classifier import Classifier
from ..model_card import HALVES, Fold, Merit, ModelCard, Smoothness

LARGEST = 300_000
"""Bytes of a model: what fits a repository."""
SHOWN = 12


def write_classifier(classifier: Classifier, folder: Path, name: str) -> Path:
    """Write models and card, the card last: it never names a file that is not there."""
    make_folder(folder)
    for half, content in zip(HALVES, classifier.models, strict=True):
        fold = classifier.card.fold(half)
        if len(content) > LARGEST:
            raise InputError(f"{fold.file}: {len(content)} bytes, more than {LARGEST}: a model that large is not kept.")
        with replacing(folder / fold.file) as temporary:
            temporary.write_bytes(content)
    path = folder / f"{name}.yaml"
    card = classifier.card.model_dump(mode="json")
    write_text(path, "# Written by darkbelle train.\n" + yaml.safe_dump(card, sort_keys=False, width=120))
    return path


def told(card: ModelCard) -> str:
    """Describe a trained selection in some lines."""
    found = card.comparison
    what = f"{card.channel}, {card.region}, {card.experiment}"
    terms = f"eps / (a/2 + sqrt(B)), a = {found.significance:g}, {found.luminosity:g} fb^-1"
    step = max(1, -(-len(found.merits) // SHOWN))
    factors = (found.factor_tuned, found.factor_common, found.factor_common_over_tuned or float("nan"))
    errors = found.errors or (float("nan"),) * len(factors)
    tuned, common, shipped = (f"x {value:.3f} +- {e:.3f}" for value, e in zip(factors, errors, strict=True))
    closing = (
        f"  threshold {card.threshold:g}; geometric mean over {len(found.merits)} masses: {tuned} tuned for each mass, "
        f"{common} with one threshold and one set of cuts, {shipped} with one threshold over cuts tuned for each mass"
    )
    lines = [
        f"{what}: {card.kind} on {len(card.inputs)} variables, seed {card.seed}",
        *(_fold_told(fold) for fold in card.folds),
        f"  against {', '.join(found.against)}; {terms},",
        "  classifier over cuts, on events neither trained nor tuned on:",
        *(_merit_told(each) for each in found.merits[::step]),
        closing,
        _smoothness_told(card.smoothness),
    ]
    return "\n".join(lines) + "\n"


def _fold_told(fold: Fold) -> str:
    tests = ", ".join(f"{kind} {each.distance:.4f} (p {each.p_value:.2g})" for kind, each in fold.overtraining.items())
    return (
        f"  trained on {fold.signal} signal and {fold.background} background rows of {fold.trained_on} number: ROC "
        f"area {fold.area_trained:.4f}, on the others {fold.area_untrained:.4f}; KS distance {tests}"
    )


def _merit_told(merit: Merit) -> str:
    pairs = (merit.common, merit.common_cuts), (merit.tuned, merit.tuned_cuts)
    common, tuned = (f"{value:.4g} / {other:.4g} = {value / other:.3f}" for value, other in pairs)
    return (
        f"  {merit.mass:7.3f} GeV  {common}; tuned for it {tuned}; {merit_ratio(merit)} with one threshold over tuned "
        f"cuts; efficiency {merit.efficiency:.4f}, background {merit.background:.3g}"
    )


def merit_ratio(merit: Merit) -> str:
    """Describe the gain of one threshold for all masses over cuts tuned for this one, with its error."""
    error = "" if merit.error is None else f" +- {merit.error:.3f}"
    return f"x {merit.common / merit.tuned_cuts:.3f}{error}"


def _smoothness_told(found: Smoothness | None) -> str:
    if found is None:
        return "  too little background to tell how smooth its efficiency is"
    low, high = min(found.efficiencies), max(found.efficiencies)
    return (
        f"  background's efficiency {low:.4f} to {high:.4f} in {len(found.centres)} bins of the observable, each "
        f"against its neighbours: chi2 {found.chi2:.2f} a bin, largest rise {found.largest:.1f} standard deviations"
    )
