"""The models that darkbelle ships: whole, small, of the channels' own inputs, and better than cuts."""

from pathlib import Path

import pytest
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.classifier import MODELS, Classifier
from darkbelle.processors.dark_photon_invisible import DarkPhotonInvisible
from darkbelle.processors.registry import make_channels
from darkbelle.processors.selected import rows_passing
from darkbelle.processors.trained import TrainedSelection, with_classifiers
from handmade_events import Event, Record, open_native, photon, photon_cm, write_native

CARDS = sorted(MODELS.glob("*.yaml"))


def shaped(record: Record) -> Record:
    """Give a photon the shower of one."""
    return record | {"second_moment": 1.0, "e9_over_e21": 0.955}


def test_there_are_models_for_the_single_photon() -> None:
    assert {path.stem for path in CARDS} >= {f"dark_photon_invisible_{m}_mass_belle2" for m in ("low", "high")}


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_shipped_model_fits_its_card_and_its_channel(path: Path) -> None:
    found = Classifier.read(path)
    (channel,) = make_channels([found.card.channel])
    assert isinstance(channel, TrainedSelection)
    assert [each.name for each in found.card.inputs] == list(channel.training.inputs)
    assert all(len(each) < 300_000 for each in found.models)
    # Better than one set of the best cuts, and told so on events that were not trained on.
    assert found.card.comparison.factor_common > 1.0
    assert all(0.0 <= fold.area_trained - fold.area_untrained < 0.03 for fold in found.card.folds)


def test_the_trained_selection_takes_a_lone_photon_and_leaves_two(tmp_path: Path) -> None:
    # The second event's other cluster lies opposite in azimuth, as in e+e- -> gamma gamma gamma.
    alone, other = shaped(photon_cm(3.9, 85, 20)), shaped(photon(0.7, 80, 200))
    events = [Event(photons=[alone]), Event(photons=[alone, other])]
    chunk = ChunkEvents(open_native(write_native(tmp_path / "events.root", events)))
    channel = with_classifiers(DarkPhotonInvisible())
    assert rows_passing(channel.selected(chunk), channel.cuts, "low_mass").tolist() == [True, False]


def test_a_channel_without_a_classifier_stays_as_it_is() -> None:
    (control,) = make_channels(["control"])
    assert with_classifiers(control) is control
