from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.errors import UsageError
from darkbelle.datasets.event_model import collection, markdown
from darkbelle.datasets.simulation.samples import sample_table
from darkbelle.processors import overview
from darkbelle.processors.channel import Channel
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.registry import channel_names, make_channels
from handmade_events import BEAMS, Event, Record, direction, open_native, photon_cm, write_native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from passing_events import passing, required

CHANNELS = make_channels()
every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=channel_names())
few = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PHOTONS_ALLOWED = ("long_lived", "magnetic_monopole")  # in their first region
BROKEN = (np.nan, np.inf, -np.inf)


def random_events(seed: int, number: int) -> list[Event]:
    """Make events around those that pass, with random weights, extras and broken triggers."""
    random = np.random.default_rng(seed)
    events = []
    for _ in range(number):
        event = passing(str(random.choice(channel_names())), random.uniform(0, 360))
        if random.random() < 0.3:
            event.photons.append(photon_cm(random.exponential(0.3), random.uniform(20, 150), random.uniform(0, 360)))
        if random.random() < 0.2:
            event.klm.append({"theta": random.uniform(0.3, 2.6), "phi": random.uniform(-3, 3)})
        event.weight = random.normal(1, 0.5)
        events.append(event)
    return events


@every_channel
def test_chunks_add_up_to_the_whole(tmp_path: Path, channel: Channel) -> None:
    path = write_native(tmp_path / "events.root", random_events(3, 60))
    whole = channel.process(open_native(path))
    parts = [
        channel.process(open_native(path, entry_start=start, entry_stop=stop))
        for start, stop in [(0, 7), (7, 7), (7, 40), (40, 60)]
    ]
    assert whole["cutflow_raw"].values()[..., -1].sum() > 0
    for name, histogram in whole.items():
        summed = sum(
            part[name].view(flow=True)["value"] if name != "cutflow_raw" else part[name].values(flow=True)
            for part in parts
        )
        np.testing.assert_allclose(summed, histogram.values(flow=True), rtol=1e-12, atol=1e-12)


@every_channel
@pytest.mark.filterwarnings("ignore::UserWarning:dask_awkward")
def test_all_doors_give_the_same_histograms(tmp_path: Path, channel: Channel) -> None:
    path = write_native(tmp_path / "events.root", random_events(4, 40))
    virtual, eager, lazy = (channel.process(open_native(path, mode=mode)) for mode in ("virtual", "eager", "dask"))
    assert virtual == eager == lazy


@every_channel
def test_only_the_columns_that_a_channel_needs_are_read(tmp_path: Path, channel: Channel) -> None:
    path = write_native(tmp_path / "events.root", random_events(5, 10))
    log: list[object] = []
    channel.process(open_native(path, access_log=log))
    read = {entry.branch for entry in log}  # type: ignore[attr-defined]
    needed = {collection(name).branch(each) for name, fields in channel.needs.items() for each in fields}
    lists = [collection(name) for name in channel.needs if name not in ("", "trigger")]
    # awkward learns a collection's length from its counter and from its first field
    lengths = {f"n{each.name}" for each in lists} | {each.branch(each.fields[0].name) for each in lists}
    assert needed <= read <= needed | lengths


@every_channel
def test_events_without_any_object_and_files_without_events(tmp_path: Path, channel: Channel) -> None:
    bare = channel.process(open_native(write_native(tmp_path / "bare.root", [Event(), Event()])))
    assert bare["cutflow_raw"][0, 0, 0, "all"] == 2
    assert bare["cutflow_raw"].values()[..., -1].sum() == 0
    none = channel.process(open_native(write_native(tmp_path / "none.root", [])))
    assert none == channel.empty("s")


@every_channel
@few
@given(data=st.data())
def test_what_is_not_a_number_never_passes(tmp_path: Path, channel: Channel, data: st.DataObject) -> None:
    event = passing(channel.name)
    broken = data.draw(st.sampled_from(required(channel.name, event)))
    read = {name for fields in channel.needs.values() for name in fields} - {"charge", "time", "first", "second"}
    fields = sorted(read & broken.keys())
    broken[data.draw(st.sampled_from(fields))] = data.draw(st.sampled_from(BROKEN[:2]))
    filled = channel.process(open_native(write_native(tmp_path / "broken.root", [event])))
    assert filled["cutflow_raw"].values()[0, 0, 0, -1] == 0


@every_channel
@pytest.mark.parametrize("value", BROKEN)
def test_a_broken_weight_or_veto_object_never_lets_an_event_pass(
    tmp_path: Path, channel: Channel, value: float
) -> None:
    extra = photon_cm(1.0, 60, 200) | {"energy": abs(value)}
    events = [passing(channel.name) for _ in range(3)]
    events[0].weight = value
    events[1].photons.append(extra)
    filled = channel.process(open_native(write_native(tmp_path / "broken.root", events)))
    assert filled["cutflow_raw"].values()[0, 0, 0, -1] == (2 if channel.name in PHOTONS_ALLOWED else 1)
    assert filled["cutflow"].values()[0, 0, 0, 0] == 2.0


def test_one_pass_gives_what_separate_passes_give(tmp_path: Path) -> None:
    path = write_native(tmp_path / "events.root", random_events(7, 80))
    shared = ChunkEvents(open_native(path))
    for channel in CHANNELS:
        together, alone = channel.process(shared), channel.process(open_native(path))
        assert together.keys() == alone.keys()
        assert all(together[name] == alone[name] for name in alone)


@every_channel
@few
@given(data=st.data())
def test_whatever_an_event_holds_no_channel_crashes_and_all_counts_stay_finite(
    tmp_path: Path, channel: Channel, data: st.DataObject
) -> None:
    values = st.one_of(st.sampled_from([*BROKEN, 0.0, -1.0, 1e30, -1e30]), st.floats(-20, 20, width=32))
    numbers = st.integers(-3, 6)

    def records(collection_name: str) -> st.SearchStrategy[list[Record]]:
        fields = {f.name: numbers if "int" in f.dtype else values for f in collection(collection_name).fields}
        return st.lists(st.fixed_dictionaries(fields), max_size=6)

    events = data.draw(
        st.lists(
            st.builds(
                Event,
                tracks=records("tracks"),
                photons=records("photons"),
                klm=records("klm"),
                vertices=records("vertices"),
                weight=values,
            ),
            max_size=4,
        )
    )
    filled = channel.process(open_native(write_native(tmp_path / "wild.root", events)))
    good = [each.weight for each in events if np.isfinite(each.weight)]
    assert filled["cutflow_raw"].values()[0, 0, 0, 0] == len(good)
    for name, histogram in filled.items():
        assert np.isfinite(histogram.values(flow=True)).all(), name
    flow = filled["cutflow_raw"].values()
    assert (np.diff(flow, axis=-1) <= 0).all()  # no cut is passed by what failed one before


@every_channel
def test_an_event_whose_trigger_words_are_missing_fires_nothing(tmp_path: Path, channel: Channel) -> None:
    path = write_native(tmp_path / "events.root", [passing(channel.name)] * 3)
    events = open_native(path, mode="eager")
    lines = {line: ak.Array([1.0, None, np.nan]) for line in channel.needs["trigger"]}
    broken = ak.with_field(events, ak.zip(lines, depth_limit=1), "trigger")
    raw = channel.process(ak.with_parameter(broken, "metadata", events.metadata))["cutflow_raw"].values()[0, 0, 0]
    assert raw[0] == 3
    assert raw[1] == 1


@every_channel
def test_an_event_whose_objects_have_no_momentum_does_not_pass(tmp_path: Path, channel: Channel) -> None:
    event = passing(channel.name)
    for each in required(channel.name, event):
        each |= {name: 0.0 for name in each if name.endswith(("px", "py", "pz"))}
    filled = channel.process(open_native(write_native(tmp_path / "nothing.root", [event])))
    assert filled["cutflow_raw"].values()[0, 0, 0, -1] == 0


@pytest.mark.parametrize("channel", ["dark_photon_invisible", "dark_photon_visible", "alp_three_photon"])
def test_a_photon_of_negative_energy_is_none(tmp_path: Path, channel: str) -> None:
    event = passing(channel)
    for each in event.photons:
        each["energy"] = -each["energy"]
    filled = make_channels([channel])[0].process(open_native(write_native(tmp_path / "negative.root", [event])))
    assert filled["cutflow_raw"].values()[0, 0, 0, -1] == 0


@pytest.mark.parametrize(
    ("channel", "lines"),
    [
        ("dark_photon_invisible", {"single_photon_low", "single_photon_high"}),
        ("dark_photon_visible", {"two_tracks", "one_track"}),
        ("muonic_dark_force", {"two_tracks", "one_track"}),
        ("upsilon_invisible", {"two_tracks", "one_track"}),
        ("dark_higgsstrahlung", {"two_tracks", "one_track"}),
        ("zprime_invisible", None),
    ],
)
def test_channels_that_babar_had_ask_for_its_lines_and_others_do_not_apply(
    channel: str, lines: set[str] | None
) -> None:
    (made,) = make_channels([channel])
    needs = made.needed("babar")
    assert (None if needs is None else set(needs["trigger"])) == lines
    assert made.needed("belle2") == made.needs


@every_channel
@few
@given(turn=st.floats(0, 360))
def test_the_observable_does_not_depend_on_the_azimuth(tmp_path: Path, channel: Channel, turn: float) -> None:
    events = [passing(channel.name), passing(channel.name, turn)]
    found = channel.selected(ChunkEvents(open_native(write_native(tmp_path / "turned.root", events))))
    assert set(found.event) == {0, 1}
    if channel.name == "control":  # its angles and energies are the laboratory's, where the beams cross
        return
    for name in channel.observables:
        for axis in channel.axes(name):
            first, second = (found.values[axis.name][found.event == event] for event in (0, 1))
            assert sorted(second) == pytest.approx(sorted(first), abs=1e-4, nan_ok=True)


@every_channel
def test_weights_are_filled_raw_and_the_process_axis_has_the_sample_only(tmp_path: Path, channel: Channel) -> None:
    event = passing(channel.name)
    event.weight = -2.5
    filled = channel.process(open_native(write_native(tmp_path / "one.root", [event]), sample="tau"))
    main = filled[next(iter(channel.observables))]
    assert list(main.axes["process"]) == ["tau"]
    rows = len(channel.selected(ChunkEvents(open_native(tmp_path / "one.root"))).event) if channel.limit else 1
    of_region = main[{"process": "tau", "region": channel.regions[0], "variation": "nominal"}]
    assert of_region.values().sum() == -2.5 * rows
    assert of_region.variances().sum() == 6.25 * rows


@every_channel
def test_weight_variations_share_the_selection_and_the_nominal_one_its_content(
    tmp_path: Path, channel: Channel
) -> None:
    filled = channel.process(open_native(write_native(tmp_path / "some.root", random_events(6, 60))))
    for name in channel.fitted:
        fine, coarse = filled[name], filled[f"{name}_weights"]
        nominal, every = fine[{"variation": "nominal"}], coarse[{"variation": "nominal"}]
        assert every.values(flow=True).sum() == pytest.approx(nominal.values(flow=True).sum())
        for axis in channel.axes(name):
            assert set(coarse.axes[axis.name].edges) <= set(fine.axes[axis.name].edges)
        assert list(coarse.axes["variation"]) == list(channel.weight_categories())


@every_channel
def test_memory_is_what_the_histograms_take_and_stays_small(channel: Channel) -> None:
    one = sum(each.view(flow=True).nbytes for each in channel.empty("s").values())
    assert channel.memory(1) == one
    assert channel.memory(60) < 64 * 2**20


@every_channel
def test_a_channel_agrees_with_itself(channel: Channel) -> None:
    assert channel.variations[0] == "nominal"
    assert set(channel.triggers) == set(channel.regions)
    assert {line for lines in channel.triggers.values() for line in lines} == set(channel.needs["trigger"])
    assert set(channel.n_minus_one) <= set(channel.cuts)
    assert set(channel.open_regions) <= set(channel.regions)
    if channel.limit is None:
        return
    assert {each.region for each in channel.limit.regions} <= set(channel.regions)
    for each in channel.limit.regions:
        assert each.region in channel.regions_of(channel.limit.histogram_of(each))
        window = channel.limit.window_of(each)
        assert len(window.observable) == len(channel.axes(channel.limit.histogram_of(each)))
    assert channel.limit.regions_at(50.0) == ()


def test_the_registry_makes_each_channel_once_and_names_the_known_ones() -> None:
    assert [each.name for each in make_channels()] == list(channel_names())
    assert [each.name for each in make_channels(["zprime_invisible"] * 2)] == ["zprime_invisible"]
    with pytest.raises(UsageError, match="unknown channel 'axion'; known are dark_photon_invisible, "):
        make_channels(["axion"])


def test_the_documented_event_model_is_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "event-model.md"
    assert page.read_text(encoding="utf-8") == markdown()


def test_the_documented_channels_are_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "channels.md"
    assert overview.markdown() in page.read_text(encoding="utf-8")


def test_the_handmade_photon_is_massless_in_both_frames() -> None:
    made = photon_cm(3.0, 70, 10)
    assert made["energy"] == pytest.approx(np.sqrt(sum(made[f"p{axis}"] ** 2 for axis in "xyz")))
    assert np.linalg.norm(direction(33, 44)) == pytest.approx(1)
    assert BEAMS.sqrt_s == pytest.approx(10.58, abs=0.01)


def test_the_processes_that_peak_are_generated_under_that_name() -> None:
    named = {name for channel in make_channels(None) if channel.limit is not None for name in channel.limit.peaking}
    assert named
    assert named <= {template.process for template in sample_table().samples.values()}
