"""The models that darkbelle ships: whole, small, of the channels' own inputs, and better than cuts."""

from pathlib import Path

import numpy as np
import pytest
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.classifier import MODELS, Classifier
from darkbelle.processors.dark_photon_invisible import DarkPhotonInvisible
from darkbelle.processors.dark_photon_visible import DarkPhotonVisible
from darkbelle.processors.registry import make_channels
from darkbelle.processors.selected import rows_passing
from darkbelle.processors.trained import TrainedSelection, with_classifiers
from handmade_events import BEAMS, Event, Record, electron_cm, open_native, photon, photon_cm, write_native

SQRT_S = BEAMS.sqrt_s
CARDS = sorted(MODELS.glob("*.yaml"))


def shaped(record: Record) -> Record:
    """Give a photon the shower of one."""
    return record | {"second_moment": 1.0, "e9_over_e21": 0.955}


def test_there_are_models_for_the_single_photon() -> None:
    assert {path.stem for path in CARDS} >= {f"dark_photon_invisible_{m}_mass_belle2" for m in ("low", "high")}


def test_there_are_models_for_both_pairs_of_leptons() -> None:
    assert {path.stem for path in CARDS} >= {f"dark_photon_visible_{pair}_belle2" for pair in ("ee", "mumu")}


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_shipped_model_fits_its_card_and_its_channel(path: Path) -> None:
    found = Classifier.read(path)
    (channel,) = make_channels([found.card.channel])
    assert isinstance(channel, TrainedSelection)
    assert [each.name for each in found.card.inputs] == list(channel.training.inputs)
    assert all(len(each) < 300_000 for each in found.models)
    # Better than one set of the best cuts, and told so on events that were not trained on.
    assert found.card.comparison.factor_common > 1.0
    # A network of some hundred weights on a hundred thousand rows learns none by heart: both areas fluctuate alike.
    assert all(-0.01 < fold.area_trained - fold.area_untrained < 0.03 for fold in found.card.folds)


@pytest.mark.parametrize("region", ["ee", "mumu"])
def test_the_networks_beat_cuts_that_are_tuned_for_each_mass(region: str) -> None:
    found = Classifier.read(MODELS / f"dark_photon_visible_{region}_belle2.yaml").card.comparison
    assert found.factor_common_over_tuned is not None
    assert found.errors is not None
    assert found.neighbours > 0
    assert found.factor_common_over_tuned - 1.0 > 3.0 * found.errors[2]


def test_the_trained_selection_takes_a_lone_photon_and_leaves_two(tmp_path: Path) -> None:
    # The second event's other cluster lies opposite in azimuth, as in e+e- -> gamma gamma gamma.
    alone, other = shaped(photon_cm(3.9, 85, 20)), shaped(photon(0.7, 80, 200))
    events = [Event(photons=[alone]), Event(photons=[alone, other])]
    chunk = ChunkEvents(open_native(write_native(tmp_path / "events.root", events)))
    channel = with_classifiers(DarkPhotonInvisible())
    assert rows_passing(channel.selected(chunk), channel.cuts, "low_mass").tolist() == [True, False]


def electrons_and_photon(polar: float, charge: int) -> Event:
    """Make two electrons of 7.5 GeV together, even about the pair's direction, and a photon to 90 degrees.

    In the pair's frame the lepton of `charge` goes `polar` degrees from the electron beam, the other one opposite.
    """
    mass = 7.5
    energy = (SQRT_S**2 - mass**2) / (2.0 * SQRT_S)
    # Both have half of the pair's momentum, against the photon's along x, and mass/2 across it.
    across = mass / 2.0 * np.array([np.cos(np.radians(polar)), np.sin(np.radians(polar))])
    tracks = []
    for sign in (1.0, -1.0):
        px, py, pz = -energy / 2.0, sign * across[1], sign * across[0]
        theta, phi = np.degrees([np.arctan2(np.hypot(px, py), pz), np.arctan2(py, px)])
        size = float(np.sqrt(px**2 + py**2 + pz**2))
        tracks.append(electron_cm(size, float(theta), float(phi), round(sign * charge)))
    return Event(tracks=tracks, photons=[photon_cm(energy, 90, 0)])


def test_the_network_takes_an_electron_that_goes_on_where_its_beam_went_for_scattered(tmp_path: Path) -> None:
    # A dark photon's decay does not know the charges that well; the exchange of a photon between the beams does.
    events = [electrons_and_photon(20.0, -1), electrons_and_photon(20.0, 1), electrons_and_photon(90.0, -1)]
    chunk = ChunkEvents(open_native(write_native(tmp_path / "events.root", events)))
    channel = with_classifiers(DarkPhotonVisible())
    found = channel.selected(chunk)
    scattered, reverse, sideways = found.values["classifier@ee"]
    assert found.values["pair_mass"] == pytest.approx(7.5, abs=0.01)
    assert scattered < reverse
    assert scattered < sideways
    assert rows_passing(found, channel.cuts, "ee").tolist()[0] is False
    assert rows_passing(found, channel.cuts, "ee").tolist()[2] is True


def test_a_channel_without_a_classifier_stays_as_it_is() -> None:
    (control,) = make_channels(["control"])
    assert with_classifiers(control) is control
