"""The engine as a whole: stacks of any mixture, the ladder, and the same answer wherever work is done."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from json import dumps, loads
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from darkbelle.__main__ import main
from darkbelle.executors.mapping import site_mapper
from darkbelle.executors.opening import open_site
from darkbelle.limits.curves import box, fix
from darkbelle.limits.engine import Request, divide, examine
from darkbelle.limits.histfactory import Channel, HistFactory, Modifier, ParameterSettings, Sample
from darkbelle.limits.intervals import Interval
from darkbelle.limits.keeping import keeping
from darkbelle.limits.minimising import DAMPING, Problem, _descend
from darkbelle.limits.stacking import stack
from random_models import KINDS, combination, counting, smooth, templates

PLAIN = Request(automatic=False)


def numbers(found: Interval) -> list[float]:
    return [found.mu_hat, found.mu_error, found.p0, found.observed, *found.expected]


def test_windows_of_different_width_are_stacked_and_give_what_they_give_alone() -> None:
    models = [smooth(0, 30), smooth(1, 42), smooth(2, 25)]
    assert len(list(divide(list(enumerate(models)), PLAIN))) == 1
    together = examine(models, PLAIN)
    for model, found in zip(models, together, strict=True):
        (alone,) = examine([model], PLAIN)
        assert numbers(found) == pytest.approx(numbers(alone), rel=1e-6)


def test_results_come_in_the_order_of_the_models_and_progress_reaches_the_end() -> None:
    models = [make(seed) for seed in range(2) for make in KINDS.values()]
    told: list[tuple[int, int]] = []
    found = examine(models, PLAIN, progress=lambda done, total: told.append((done, total)))
    for model, each in zip(models, found, strict=True):
        assert numbers(each) == pytest.approx(numbers(examine([model], PLAIN)[0]), rel=1e-6)
    assert told[-1] == (8, 8)


def test_a_scan_on_threads_or_on_a_site_is_the_scan_here() -> None:
    models = [templates(0), counting(1), smooth(0)]
    here = examine(models, PLAIN)
    with ThreadPoolExecutor(2) as pool:
        assert examine(models, PLAIN, mapper=pool.map) == here
    with open_site("threads", 2) as client:
        assert examine(models, PLAIN, mapper=site_mapper(client)) == here


def test_what_cannot_be_stacked_climbs_the_ladder_alone_and_says_so() -> None:
    # Bin factors shared between two channels: only pyhf fits those.
    factor = Modifier("transfer", "shapefactor")
    signal = Sample("signal", np.array([4.0, 8.0]), (Modifier("mu", "normfactor"),))
    background = Sample("background", np.array([50.0, 60.0]), (factor,))
    channels = (
        Channel("signal_region", (signal, background), np.array([48.0, 70.0])),
        Channel("control", (replace(background, nominal=np.array([500.0, 600.0])),), np.array([490.0, 620.0])),
    )
    shared = HistFactory("shared", channels, {"mu": ParameterSettings(bounds=((0.0, 50.0),))})
    found, plain = examine([shared, smooth(0)], PLAIN)
    assert (found.status, plain.status) == ("ok", "ok")
    assert found.minimiser in ("scipy", "minuit")
    assert any("on pyhf's model" in note for note in found.notes)
    # The same likelihood with one free factor for each bin and channel pair is within the engine's reach.
    split = [
        Sample(f"bin_{i}", np.where(np.arange(2) == i, each.nominal, 0.0), (Modifier(f"factor_{i}", "normfactor"),))
        for each in (channels[0].samples[1],)
        for i in range(2)
    ]
    tenfold = [replace(each, nominal=10 * each.nominal) for each in split]
    same = HistFactory(
        "split",
        (
            Channel("signal_region", (signal, *split), channels[0].observed),
            Channel("control", tuple(tenfold), channels[1].observed),
        ),
        shared.parameters,
    )
    (batched,) = examine([same], PLAIN)
    assert batched.minimiser == "newton"
    assert batched.observed == pytest.approx(found.observed, rel=1e-3)
    assert batched.expected == pytest.approx(found.expected, rel=1e-3)


def test_a_model_that_no_rung_can_fit_is_lost_alone_with_its_reason() -> None:
    # A lumi modifier without its measurement passes no rung.
    sample = counting(0).channels[0]
    lost, kept = examine([HistFactory("lost", (sample,), {}), counting(0)], PLAIN)
    assert lost.status.startswith("failed: ")
    assert kept.status == "ok"
    assert "lumi" in lost.status


@pytest.mark.parametrize("make", KINDS.values())
def test_damped_steps_find_the_same_minimum(make: object) -> None:
    batch = stack([make(0)])  # type: ignore[operator]  # of KINDS
    mu = np.ones(1)
    plain = fix(batch, batch.observed, mu, batch.start)
    bounds = box(batch, mu, mu)
    damped = _descend(Problem(batch, batch.observed, bounds), bounds.clip(batch.start), DAMPING)
    assert plain.rung[0] == damped.rung[0] == 0
    assert damped.value[0] == pytest.approx(plain.value[0], abs=1e-8)


def test_factors_of_a_smooth_background_stay_at_zero_where_the_data_press_them_there() -> None:
    model = smooth(0)
    channel = model.channels[0]
    flat = replace(channel, observed=np.round(channel.samples[1].nominal))  # one of the four polynomials alone
    (found,) = examine([HistFactory("edge", (flat,), model.parameters)], PLAIN)
    assert found.status == "ok"
    batch = stack([HistFactory("edge", (flat,), model.parameters)])
    null = fix(batch, batch.observed, np.zeros(1), batch.start)
    factors = null.point.parameters[0, -4:]
    assert (factors >= 0).all()
    assert (factors == 0).any()


def test_the_combination_constrains_more_than_either_part() -> None:
    both = combination(0)
    parts = [HistFactory(each.name, (each,), both.parameters) for each in both.channels]
    together, *alone = (each.expected[2] for each in examine([both, *parts], PLAIN))
    assert together < min(alone)


def test_finished_pieces_are_kept_and_not_done_twice(tmp_path: Path) -> None:
    models, request = [templates(0), counting(1)], Request(method="bayes")
    done = []

    def counted(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for each in items:
            done.append(each.places)
            yield function(each)

    first = examine(models, request, mapper=keeping(counted, tmp_path, resume=False))
    assert len(done) == 2
    assert examine(models, request, mapper=keeping(counted, tmp_path, resume=True)) == first
    assert len(done) == 2
    # Other data are other work; a broken file is none.
    next(iter(tmp_path.glob("*.json"))).write_text("[")
    examine([templates(0), counting(2)], request, mapper=keeping(counted, tmp_path, resume=True))
    assert len(done) >= 3


def test_the_command_sends_its_work_to_a_site_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, output = tmp_path / "count.json", tmp_path / "limits"
    workspace.write_text(dumps(counting(1).to_workspace()))
    asked = ["limits", str(workspace), "--output", str(output), "--method", "bayes", "--json"]
    assert main(asked) == 0
    here = loads(capsys.readouterr().out)
    assert main([*asked, "--site", "threads", "--workers", "2"]) == 0
    assert loads(capsys.readouterr().out) == here
    assert len(list((output / "pieces").glob("*.json"))) == 1
    assert main([*asked, "--site", "threads", "--resume"]) == 0
    assert loads(capsys.readouterr().out) == here
    assert main([*asked, "--resume"]) == 2
    assert "--site" in capsys.readouterr().err
