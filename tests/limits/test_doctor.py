"""The model doctor: every illness named with its place, before any fit, and no other hypothesis lost by it."""

from dataclasses import replace

import numpy as np
import pytest
from darkbelle.datasets.errors import ModelError
from darkbelle.limits.doctor import diagnose
from darkbelle.limits.engine import examine
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, Sample, read_workspace
from random_models import counting, templates

MU = Modifier("mu", "normfactor")


def model(
    signal: list[float] | None = None,
    background: list[float] | None = None,
    observed: list[float] | None = None,
    *modifiers: Modifier,
) -> HistFactory:
    def array(values: list[float] | None, default: list[float]) -> Array:
        return np.array(default if values is None else values)

    samples = (
        Sample("signal", array(signal, [3.0, 5.0]), (MU,)),
        Sample("background", array(background, [40.0, 50.0]), modifiers),
    )
    return HistFactory("m1.5", (Channel("ee", samples, array(observed, [38.0, 55.0])),))


ILL = {
    "negative yields": (model(background=[40.0, -1.0]), "channel ee, sample background: bin 1 is negative"),
    "not a number": (model(signal=[np.nan, 1.0]), "channel ee, sample signal: bin 0 is not a finite number"),
    "negative data": (model(observed=[-1.0, 3.0]), "channel ee, data: bin 0 is negative"),
    "empty channel": (HistFactory("m", (Channel("ee", (), np.zeros(0)),)), "channel ee: is empty"),
    "no channel": (HistFactory("m2", ()), "m2: has no channel"),
    "outside the acceptance": (model(signal=[0.0, 0.0]), "no signal event was selected; it may lie outside the accep"),
    "no background": (model(background=[0.0, 0.0], observed=[0.0, 0.0]), "no background is expected anywhere"),
    "events from nowhere": (model(background=[40.0, 0.0]), "bin 1 is observed with events where no background"),
    "another binning": (model(signal=[1.0]), "sample signal: has 1 bins and the data 2"),
    "no sign of a signal": (
        HistFactory("m3", (Channel("ee", (Sample("b", np.ones(1)),), np.ones(1)),)),
        "no sample is multiplied by the signal strength mu",
    ),
    "a factor of zero": (
        model(None, None, None, Modifier("yield", "normsys", np.array([0.0, 1.1]))),
        "modifier yield: a factor is not positive",
    ),
    "a negative error": (
        model(None, None, None, Modifier("stat", "staterror", np.array([-1.0, 1.0]))),
        "modifier stat: bin 0 is negative",
    ),
}


@pytest.mark.parametrize("illness", ILL)
def test_an_ill_hypothesis_is_named_and_loses_no_other(illness: str) -> None:
    ill, words = ILL[illness]
    first, failed, last = examine([templates(0), ill, counting(0)])
    assert (first.status, last.status) == ("ok", "ok")
    assert failed.status.startswith("failed: ")
    assert words in failed.status
    assert np.isnan(failed.observed)
    assert "\n" not in failed.status


def test_a_healthy_model_has_no_complaint() -> None:
    assert diagnose(model()) == ()
    assert examine([model()])[0].notes == ()


def test_a_sample_that_another_one_cancels_may_be_negative() -> None:
    pair = (Sample("spurious_signal", np.array([3.0, 0.0])), Sample("spurious_offset", np.array([-3.0, 0.0])))
    whole = model()
    (channel,) = whole.channels
    assert diagnose(replace(whole, channels=(replace(channel, samples=(*channel.samples, *pair)),))) == ()
    alone = diagnose(replace(whole, channels=(replace(channel, samples=(*channel.samples, pair[1])),)))
    (fatal,) = (str(each) for each in alone if each.fatal)
    assert fatal.startswith("channel ee, sample spurious_offset: bin 0 is negative")


def test_what_can_be_fitted_but_is_odd_is_noted() -> None:
    tenfold = Modifier("yield", "normsys", np.array([0.5, 20.0]))
    negative = Modifier("shape", "histosys", np.array([[45.0, -5.0], [35.0, 105.0]]))
    found = [str(each) for each in diagnose(model(None, None, None, tenfold, negative))]
    assert any("changes the yield tenfold" in each for each in found)
    assert any("bin 1 is negative one standard deviation away" in each for each in found)
    weak = [str(each) for each in diagnose(model(signal=[1e-9, 1e-9]))]
    assert any("scale the reference cross section" in each for each in weak)


def test_parameters_that_the_data_cannot_tell_apart_are_named() -> None:
    twice = (Modifier("left", "normfactor"), Modifier("right", "normfactor"))
    (found,) = examine([model(None, None, None, *twice)])
    assert any("cannot tell left and right apart" in note for note in found.notes)
    idle = model(None, None, None)
    channel = idle.channels[0]
    empty = Sample("empty", np.zeros(2), (Modifier("idle", "normfactor"),))
    (noted,) = examine([replace(idle, channels=(replace(channel, samples=(*channel.samples, empty)),))])
    assert any("parameter idle: is unconstrained" in note for note in noted.notes)
    assert noted.status == "ok"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "magic"}, "modifier yield: unknown type 'magic'"),
        ({"data": None}, "modifier yield: its data are not those of a normsys"),
    ],
)
def test_a_modifier_that_is_not_understood_is_named(change: dict[str, object], words: str) -> None:
    specification = model(None, None, None, Modifier("yield", "normsys", np.array([0.9, 1.1]))).to_workspace()
    specification["channels"][0]["samples"][1]["modifiers"][0].update(change)
    with pytest.raises(ModelError, match="channel ee, sample background") as caught:
        read_workspace(specification)
    assert words in str(caught.value)


@pytest.mark.parametrize("missing", ["channels", "observations", "measurements"])
def test_a_workspace_that_lacks_a_part_is_refused(missing: str) -> None:
    specification = model().to_workspace()
    del specification[missing]
    with pytest.raises(ModelError, match=missing):
        read_workspace(specification)
