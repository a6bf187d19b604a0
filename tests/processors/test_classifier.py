from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.executors.identity import channel_digest
from darkbelle.executors.opening import open_site
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.classifier import Classifier
from darkbelle.processors.dark_photon_invisible import DarkPhotonInvisible
from darkbelle.processors.dark_photon_visible import DarkPhotonVisible
from darkbelle.processors.model_card import HALVES
from darkbelle.processors.selected import rows_passing
from darkbelle.processors.trained import ClassifierCut
from darkbelle.processors.training.fitting import fit, probabilities, to_onnx
from darkbelle.processors.training.writing import write_classifier
from handmade_events import Event, open_native, photon_cm, write_native
from small_classifier import INPUTS, drawn, made_of, small_classifier


@pytest.mark.parametrize("kind", ["trees", "network"])
def test_the_pass_gives_what_scikit_learn_gives(kind: str) -> None:
    table, signal = drawn(2000, seed=1)
    fitted = [fit(kind, table, signal, np.ones(len(signal)), seed) for seed in (1, 2)]  # type: ignore[arg-type]
    classifier = made_of(*(to_onnx(each, table.shape[1]) for each in fitted))
    numbers = np.arange(len(table))
    found = classifier.scores(dict(zip(INPUTS, table.T, strict=True)), numbers)
    for parity, each in enumerate(fitted):
        mine = numbers % 2 == parity
        np.testing.assert_allclose(found[mine], probabilities(each, table[mine]), atol=1e-5)


def test_no_event_is_judged_by_the_model_that_saw_it() -> None:
    # The model for even numbers calls everything signal where the first input is positive, that for odd ones the
    # opposite: which of the two spoke is seen from the score.
    classifier = small_classifier()
    columns = {name: np.ones(4) for name in INPUTS}
    scores = classifier.scores(columns, np.array([0, 1, 10**12, 10**12 + 1]))
    assert (scores > 0.5).tolist() == [True, False, True, False]
    assert [classifier.card.fold(half).trained_on for half in HALVES] == ["odd", "even"]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("name", INPUTS)
def test_what_is_not_a_number_in_single_precision_has_no_score(name: str, broken: float) -> None:
    columns = {each: np.array([1.0, 1.0]) for each in INPUTS}
    columns[name] = np.array([1.0, broken])
    scores = small_classifier().scores(columns, np.array([0, 0]))
    assert np.isfinite(scores).tolist() == [True, False]
    assert not (scores > -1.0)[1]


def test_nothing_to_judge_is_no_score() -> None:
    assert len(small_classifier().scores({name: np.array([]) for name in INPUTS}, np.array([], dtype=int))) == 0


def test_threads_and_processes_give_the_same_scores() -> None:
    classifier = small_classifier()
    table, _ = drawn(1000, seed=3)
    columns, numbers = dict(zip(INPUTS, table.T, strict=True)), np.arange(1000)
    expected = classifier.scores(columns, numbers)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: classifier.scores(columns, numbers), range(8)):
            np.testing.assert_array_equal(found, expected)
    with open_site("processes", 1) as client:
        np.testing.assert_array_equal(client.submit(classifier.scores, columns, numbers).result(), expected)


def test_a_changed_or_missing_model_is_refused(tmp_path: Path) -> None:
    path = write_classifier(small_classifier(), tmp_path, "card")
    assert Classifier.read(path).digest == small_classifier().digest
    model = tmp_path / "even.onnx"
    content = model.read_bytes()
    model.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ConfigurationError, match="is not the model that its card describes"):
        Classifier.read(path)
    model.unlink()
    with pytest.raises(ConfigurationError, match=r"even\.onnx: cannot be read"):
        Classifier.read(path)


def test_a_card_whose_models_judge_what_they_saw_is_refused(tmp_path: Path) -> None:
    path = write_classifier(small_classifier(), tmp_path, "card")
    path.write_text(path.read_text().replace("trained_on: odd", "trained_on: even"))
    with pytest.raises(ConfigurationError, match="one model for each half, trained on the other"):
        Classifier.read(path)


def test_a_card_with_another_key_is_refused_by_name(tmp_path: Path) -> None:
    path = write_classifier(small_classifier(), tmp_path, "card")
    path.write_text(path.read_text() + "treshold: 0.5\n")
    with pytest.raises(ConfigurationError, match="treshold: unknown key; did you mean 'threshold'"):
        Classifier.read(path)


def test_a_channel_has_another_identity_with_another_model(tmp_path: Path) -> None:
    inputs = tuple(DarkPhotonInvisible.training.inputs)
    digests = set()
    for turned in (False, True):
        folder = tmp_path / str(turned)
        path = write_classifier(small_classifier(inputs, turned=turned), folder, "card")
        cut = {"low_mass": ClassifierCut(model=str(path))}
        # The path is a value of the channel too: what counts here is the content.
        channel = DarkPhotonInvisible(classifier=cut)
        channel.changed, channel.selections = {}, {}
        digests.add(channel_digest(channel))
    assert len(digests) == 2


def test_the_cut_is_the_scores_and_the_threshold_can_be_changed(tmp_path: Path) -> None:
    inputs = tuple(DarkPhotonInvisible.training.inputs)
    path = write_classifier(small_classifier(inputs), tmp_path, "card")
    # The first input is cos theta*: the even model takes photons that go forward, the odd one those that go back.
    good = {"second_moment": 1.0, "e9_over_e21": 0.95}
    angles = [70.0, 70.0, 100.0, 100.0]
    events = [Event(photons=[photon_cm(4.5, angle, 20) | good]) for angle in angles]
    chunk = ChunkEvents(open_native(write_native(tmp_path / "events.root", events)))
    for above, expected in ((None, [True, False, False, True]), (0.0, [True] * 4), (1.0, [False] * 4)):
        channel = DarkPhotonInvisible(classifier={"low_mass": ClassifierCut(model=str(path), above=above)})
        found = channel.selected(chunk)
        assert rows_passing(found, channel.cuts, "low_mass").tolist() == expected


def test_broken_inputs_of_a_trained_selection_pass_nothing(tmp_path: Path) -> None:
    inputs = tuple(DarkPhotonInvisible.training.inputs)
    path = write_classifier(small_classifier(inputs), tmp_path, "card")
    broken = photon_cm(4.5, 80, 20) | {"second_moment": float("nan")}
    chunk = ChunkEvents(open_native(write_native(tmp_path / "events.root", [Event(photons=[broken])])))
    channel = DarkPhotonInvisible(classifier={"low_mass": ClassifierCut(model=str(path), above=-1.0)})
    assert not rows_passing(channel.selected(chunk), channel.cuts, "low_mass").any()


@pytest.mark.parametrize("kind", [DarkPhotonInvisible, DarkPhotonVisible])
def test_only_the_trained_selection_reads_the_classifiers_inputs(
    kind: type[DarkPhotonInvisible] | type[DarkPhotonVisible],
) -> None:
    by_cuts, before = kind(classifier=None), kind(preselection=True)
    assert by_cuts.needed("belle2") == kind(classifier=None).needed("belle2")
    assert "event" not in (by_cuts.needed("belle2") or {})[""]
    assert "event" in (before.needed("belle2") or {})[""]
