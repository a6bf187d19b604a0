"""The list of samples: what ships is sound, requests mean what they say, wrong ones are named."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.documents import validate
from darkbelle.datasets.errors import ConfigurationError, UsageError
from darkbelle.datasets.simulation.planning import SimulationPlan, estimate, file_tasks, make_plan, normalisation
from darkbelle.datasets.simulation.processes import Integral, make_process
from darkbelle.datasets.simulation.requesting import request_samples
from darkbelle.datasets.simulation.samples import SampleTable, sample_table
from darkbelle.datasets.simulation.streams import WARM_UP_CHUNK, random_stream

INTEGRAL = Integral(cross_section=2.0, error=0.01, maximum_weight=3.0)


def plan_of(tmp_path: Path, luminosity: float = 0.5, **wanted: list[str]) -> SimulationPlan:
    return make_plan("belle2", luminosity, tmp_path, **wanted)  # type: ignore[arg-type]


def test_shipped_samples_can_be_generated_and_have_their_own_names() -> None:
    requests = request_samples()
    names = [each.name for each in requests]
    assert len(set(names)) == len(names)
    for each in requests:
        assert make_process(each.template.process, **each.parameters).name == each.template.process
    masses = {
        family: [r.hypothesis.mass for r in requests if r.hypothesis and r.name.startswith(f"{family}_m")]
        for family in sample_table().samples
    }
    assert len(masses["zprime_invisible"]) == 16
    assert len(masses["dark_photon_invisible"]) == 14
    assert (masses["zprime_invisible"][0], masses["dark_photon_invisible"][-1]) == (0.1, 8.0)


def test_no_two_samples_share_a_random_stream() -> None:
    """First numbers of every sample's first chunks and of its warm-up, for two seeds, are all different."""
    keys = list(product((1, 2), [each.name for each in request_samples()], (0, 1, WARM_UP_CHUNK)))
    draws = {random_stream(*key).integers(2**63) for key in keys}
    assert len(draws) == len(keys)


def test_normalisation_is_the_registry_s_where_there_is_a_row(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    sqrt_s = plan.detector.beams.sqrt_s
    found = {each.name: normalisation(each, sqrt_s, INTEGRAL) for each in plan.requests}
    scale = (10.58 / sqrt_s) ** 2
    assert found["mumu"] == pytest.approx(1.148 * scale)
    assert found["tautau"] == pytest.approx(0.919 * scale)
    assert found["eemumu"] == found["gammagamma"] == found["zprime_invisible_m1"] == 2.0


def test_events_are_those_of_the_luminosity_up_to_its_limit(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 0.5)
    tasks = {each.name: file_tasks(plan, each, INTEGRAL) for each in plan.requests}
    counts = {name: sum(task.events for task in each) for name, each in tasks.items()}
    assert counts["mumu"] == pytest.approx(574_089, abs=2)
    # INTEGRAL says 2 nb: 0.1 fb^-1 of it at most, and 40 times 0.5 fb^-1 of what is rare.
    assert counts["eemumu"] == 200_000
    assert counts["mumumumu"] == 40_000_000
    assert counts["zprime_invisible_m1"] == 20_000


def test_chunks_follow_one_another_without_gaps(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 0.5, samples=["tautau"])
    tasks = file_tasks(plan, plan.requests[0], INTEGRAL)
    chunks = [chunk for task in tasks for chunk in task.chunks]
    assert [number for number, _ in chunks] == list(range(len(chunks)))
    assert [size for _, size in chunks[:-1]] == [50_000] * (len(chunks) - 1)
    assert [task.first_event for task in tasks] == [int(x) for x in np.cumsum([0] + [t.events for t in tasks[:-1]])]
    assert len({task.path for task in tasks}) == len(tasks)


def test_families_members_and_channels_choose() -> None:
    def names(**wanted: list[str]) -> list[str]:
        return [each.name for each in request_samples(wanted.get("samples"), wanted.get("channels"))]

    assert names(samples=["zprime_invisible_m1", "mumu"]) == ["mumu", "zprime_invisible_m1"]
    assert len(names(samples=["zprime_invisible"])) == 16
    assert names(channels=["lfv_zprime_invisible"])[:5] == ["mumu", "tautau", "eemumu", "eeee", "eetautau"]
    assert "lfv_zprime_invisible_m0.5" in names(channels=["lfv_zprime_invisible"])
    assert "eemumu" not in names(channels=["dark_photon_invisible"])


def test_unknown_names_are_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"unknown sample 'muons'; known are mumu, tautau"):
        request_samples(["muons"])
    with pytest.raises(UsageError, match=r"unknown channel 'zprime'; known are zprime_invisible"):
        request_samples(None, ["zprime"])
    with pytest.raises(UsageError, match=r"none of these samples"):
        request_samples(["eemumu"], ["dark_photon_invisible"])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"luminosity": 0.0}, r"luminosity 0 fb\^-1: must be positive"),
        ({"luminosity": float("nan")}, "must be positive"),
        ({"seed": -1}, "seed -1: must not be negative"),
        ({"experiment": "babel"}, "unknown experiment 'babel'; known are babar, belle2"),
        ({"period": "phase9"}, "belle2: unknown period 'phase9'; known are phase3, phase2"),
    ],
)
def test_wrong_plans_are_refused(tmp_path: Path, wanted: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"experiment": "belle2", "luminosity": 1.0, "output": tmp_path, **wanted}
    with pytest.raises(UsageError, match=message):
        make_plan(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"masses": [11.0]}, r"dark_m11: mass 11\.0 GeV is beyond sqrt\(s\) = 10\.579 GeV"),
        ({"masses": [1.0], "lifetimes": [1.0]}, r"dark_m1_ctau1: .*unexpected keyword argument 'lifetime'"),
        ({"masses": [1.0], "energy": 10.3552}, r"dark_m1: belongs to collisions at 10\.3552 GeV, not at sqrt\(s\)"),
    ],
)
def test_signals_that_cannot_be_are_refused_before_anything_is_made(
    tmp_path: Path, axes: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        make_plan("belle2", 1.0, tmp_path, samples=["dark"], table=signal_family(**axes))


def test_radiation_is_turned_off_by_a_parameter(tmp_path: Path) -> None:
    for value, radiated in ((False, False), (True, True)):
        table = signal_family(masses=[1.0], parameters={"isr": value})
        (request,) = make_plan("belle2", 1.0, tmp_path, table=table).requests
        found = make_process(request.template.process, **request.parameters).integrate(
            10.579, random_stream(1, "dark", 0)
        )
        assert found.born is not None
        assert (found.cross_section != found.born) is radiated


def test_samples_of_other_energies_are_left_out_and_named(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert plan.left_out == (
        "upsilon3s_dipion",
        "upsilon2s_dipion",
        "upsilon_invisible_m9.4604",
        "upsilon_invisible_2s_m9.4604",
    )
    upsilon = make_plan("babar", 1.0, tmp_path, period="upsilon3s", channels=["upsilon_invisible", "long_lived"])
    made = {each.name for each in upsilon.requests}
    assert "upsilon_invisible_m9.4604" in made
    assert not any(name.startswith("b_to_k") for name in made)
    assert {"upsilon_invisible_2s_m9.4604", "b_to_k_scalar_m0.3_ctau1"} <= set(upsilon.left_out)


def test_estimate_grows_with_luminosity_and_falls_with_workers(tmp_path: Path) -> None:
    small, large = estimate(plan_of(tmp_path, 0.01), 2), estimate(plan_of(tmp_path, 0.1), 2)
    assert small.events < large.events
    assert small.size < large.size
    assert estimate(plan_of(tmp_path, 0.1), 4).seconds == pytest.approx(large.seconds / 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"process": "muons"}, "process"),
        ({"masses": [1.0]}, r"masses \(or points\) and events go with a signal"),
        ({"kind": "signal", "masses": [1.0], "events": 5, "luminosity_limit": 1.0}, "are for backgrounds"),
        ({"preselection": ["tight"]}, "unknown preselection tight; known are track_pair, lone_photon"),
        ({"chunk": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_tables_are_refused(changes: dict[str, object], message: str) -> None:
    sample = {
        "process": "muon_pair",
        "kind": "background",
        "channels": ["control"],
        "chunk": 10,
        "chunks_per_file": 1,
        "expected": {"cross_section": 1.0, "events_per_second": 1.0, "bytes_per_event": 1.0},
        **changes,
    }
    with pytest.raises(ConfigurationError, match=message):
        validate({"samples": {"one": sample}}, SampleTable, "table")


def signal_family(**axes: object) -> SampleTable:
    sample = {
        "process": "dark_photon_invisible",
        "kind": "signal",
        "channels": ["search"],
        "events": 10,
        "chunk": 10,
        "chunks_per_file": 1,
        "expected": {"cross_section": 1.0, "events_per_second": 1.0, "bytes_per_event": 1.0},
        **axes,
    }
    return validate({"samples": {"dark": sample}}, SampleTable, "table")


def test_grids_of_hypotheses_have_a_sample_for_each_combination() -> None:
    table = signal_family(masses=[1.0, 2.5], lifetimes=[0.001, 100.0])
    requests = request_samples(table=table)
    assert [each.name for each in requests] == [
        "dark_m1_ctau0.001",
        "dark_m1_ctau100",
        "dark_m2.5_ctau0.001",
        "dark_m2.5_ctau100",
    ]
    assert requests[1].parameters == {"mass": 1.0, "lifetime": 100.0}
    assert {each.reference_coupling for each in requests} == {1.0}


def test_points_stand_in_for_a_grid_and_couplings_are_the_reference() -> None:
    points = [{"mass": 4.0, "higgs_mass": 1.0}, {"mass": 0.5, "coupling": 1e-3}, {"mass": 2.0, "charge": 0.5}]
    requests = request_samples(table=signal_family(points=points))
    assert [each.name for each in requests] == ["dark_m4_h1", "dark_m0.5_g0.001", "dark_m2_q0.5"]
    assert [each.reference_coupling for each in requests] == [1.0, 1e-3, 0.5]
    with pytest.raises(ConfigurationError, match="points stand in for masses"):
        signal_family(points=points, lifetimes=[1.0])
    with pytest.raises(ConfigurationError, match=r"masses \(or points\) and events go with a signal"):
        signal_family(lifetimes=[1.0])
    with pytest.raises(ConfigurationError, match="greater than 0"):
        signal_family(masses=[1.0], lifetimes=[-1.0])
