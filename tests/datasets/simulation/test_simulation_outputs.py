"""What a simulation writes: RNTuple beside TTree, files of a chosen size, events of others, a disk that fills up."""

import resource
from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import pytest
import uproot
from darkbelle.__main__ import main
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.documents import validate
from darkbelle.datasets.errors import IncompleteRunError, UsageError
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.driver import simulate
from darkbelle.datasets.simulation.planning import make_plan
from darkbelle.datasets.simulation.samples import SampleTable
from darkbelle.datasets.simulation.writing import FORMATS, Format, read_metadata
from darkbelle.datasets.survey import Wanted, survey_file
from darkbelle.executors.opening import open_site
from distributed import Client

TABLE = validate(
    {
        "samples": {
            "dark": {
                "process": "alp_two_photon",
                "kind": "signal",
                "channels": ["search"],
                "masses": [1.0],
                "couplings": [1e-3],
                "events": 1200,
                "chunk": 200,
                "chunks_per_file": 6,
                "expected": {"cross_section": 1e-4, "events_per_second": 1e5, "bytes_per_event": 400.0},
            }
        }
    },
    SampleTable,
    "table",
)


@pytest.fixture(scope="module")
def threads() -> Iterator[Client]:
    with open_site("threads", 2) as client:
        yield client


def test_an_rntuple_holds_what_the_tree_holds(tmp_path: Path, threads: Client) -> None:
    energies, generated = [], []
    for form in FORMATS:
        simulate(make_plan("belle2", 1.0, tmp_path / form, table=TABLE, form=form), threads)
        path = tmp_path / form / "dark_m1_g0.001_0000.root"
        survey = survey_file(Wanted("dark", str(path)))
        assert (survey.schema, survey.events) == ("darkbelle", 1200)
        generated.append(survey.generated)
        with uproot.open(path) as file:
            photons = file["events"].arrays()
            energies.append((photons["photons"].energy if form == "rntuple" else photons["photons_energy"]).to_list())
        assert read_metadata(path)[0].generated_events == 1200
    assert energies[0] == energies[1]
    assert generated[0] == generated[1] == pytest.approx(1200.0)


def test_files_have_about_the_size_asked_for_and_the_same_events(tmp_path: Path, threads: Client) -> None:
    # 400 bytes expected an event, chunks of 200: 160 kB are two chunks a file.
    plan = make_plan("belle2", 1.0, tmp_path / "split", table=TABLE, file_size=160e3)
    (result,) = simulate(plan, threads)
    assert [file.generated_events for file in result.files] == [400, 400, 400]
    (whole,) = simulate(make_plan("belle2", 1.0, tmp_path / "whole", table=TABLE), threads)
    assert [file.generated_events for file in whole.files] == [1200]
    split = [
        event
        for file in result.files
        for event in uproot.open(tmp_path / "split" / file.name)["events/truth_px"].array().to_list()
    ]
    assert split == uproot.open(tmp_path / "whole" / whole.files[0].name)["events/truth_px"].array().to_list()


def test_the_catalog_has_the_coupling_and_the_factor_for_radiation(tmp_path: Path, threads: Client) -> None:
    (result,) = simulate(make_plan("belle2", 1.0, tmp_path, table=TABLE), threads)
    sample = Catalog.read(tmp_path / "catalog.yaml").samples["dark_m1_g0.001"]
    assert sample.hypothesis is not None
    assert (sample.hypothesis.mass, sample.hypothesis.coupling, sample.reference_coupling) == (1.0, 1e-3, 1e-3)
    # Born: (g^2 alpha/24)(1 - m^2/s)^3 in nb; radiation changes little where the cross section is even in s.
    assert sample.cross_section == pytest.approx(1e-6 / 137.036 / 24 * (1 - 1 / 10.579**2) ** 3 * 0.3893794e6, rel=1e-4)
    assert sample.isr_factor == result.isr_factor == pytest.approx(1.0, abs=0.02)
    metadata, _, _ = read_metadata(tmp_path / "dark_m1_g0.001_0000.root")
    assert metadata.luminosity == pytest.approx(1200 / (metadata.cross_section * metadata.isr_factor * 1e6))


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 40 kB: the system refuses further writing, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_that_fills_up_leaves_no_half_written_file(tmp_path: Path, threads: Client, form: Format) -> None:
    plan = make_plan("belle2", 1.0, tmp_path, table=TABLE, form=form)
    with pytest.raises(IncompleteRunError, match=r"dark_m1_g0\.001_0000\.root: could not be written \(File too"):
        simulate(plan, threads)
    assert list(tmp_path.iterdir()) == []


def test_a_file_size_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="file size -1 MB: must be positive"):
        make_plan("belle2", 1.0, tmp_path, table=TABLE, file_size=-1e6)


def lhe(events: int) -> str:
    head = "<LesHouchesEvents version='3.0'>\n<init>\n11 -11 5.2895 5.2895 0 0 0 0 3 1\n12.0 0.1 1.0 1\n</init>\n"
    muon = "13 1 1 2 0 0 {sign}3.0 {sign}4.0 {sign}1.66018 5.2895 0.105658 0 9\n"
    event = "<event>\n4 1 1.0 10.58 0.0078 0.118\n"
    event += "11 -1 0 0 0 0 0 0 5.2895 5.2895 0 0 9\n-11 -1 0 0 0 0 0 0 -5.2895 5.2895 0 0 9\n"
    event += muon.format(sign="") + "-" + muon.format(sign="-") + "</event>\n"
    return head + events * event + "</LesHouchesEvents>\n"


def test_events_of_another_generator_become_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "kkmc.lhe"
    source.write_text(lhe(50))
    options = ["simulate", "--experiment", "belle2", "--output", str(tmp_path / "out"), "--site", "threads"]
    assert main([*options, "--input", str(source), "--workers", "1"]) == 0
    assert "50 events" in capsys.readouterr().out
    sample = Catalog.read(tmp_path / "out" / "catalog.yaml").samples["kkmc"]
    # LHE states pb.
    assert sample.cross_section == pytest.approx(0.012)
    with uproot.open(tmp_path / "out" / "kkmc.root") as file:
        assert file["events"].num_entries == 50
        assert file["events/truth_pdg"].array().to_list() == [[13, -13]] * 50


@pytest.mark.parametrize(
    ("text", "message"),
    [(lhe(5)[:-30], "kkmc.lhe"), ("nothing", "kkmc.lhe"), (None, "kkmc.lhe")],
)
def test_broken_input_ends_with_one_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    source = tmp_path / "kkmc.lhe"
    if text is not None:
        source.write_text(text)
    options = ["simulate", "--experiment", "belle2", "--output", str(tmp_path / "out"), "--site", "threads"]
    assert main([*options, "--input", str(source), "--workers", "1"]) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") <= 2
    assert not list(tmp_path.glob("out/*"))


def test_without_luminosity_or_input_there_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--experiment", "belle2", "--output", str(tmp_path)]) == 2
    assert "Give --luminosity" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("experiment", "period", "parent"),
    [("babar", "upsilon3s", "upsilon3s"), ("babar", "upsilon2s", "upsilon2s"), ("belle2", "off_resonance", "")],
)
def test_other_energies_are_the_experiment_s_periods(
    tmp_path: Path, threads: Client, experiment: str, period: str, parent: str
) -> None:
    quick = {"chunk": 300, "chunks_per_file": 1, "events": 300, "kind": "signal", "channels": ["search"]}
    expected = {"cross_section": 1.0, "events_per_second": 1e5, "bytes_per_event": 400.0}
    samples: dict[str, object] = {
        "alp": {**quick, "process": "alp_invisible", "masses": [9.9], "expected": expected},
    }
    if parent:
        own = {"process": "upsilon_invisible", "parameters": {"parent": parent}, "masses": [9.4604]}
        samples["upsilon"] = {**quick, **own, "expected": expected}
    table = validate({"samples": samples}, SampleTable, "table")
    simulate(make_plan(experiment, 1.0, tmp_path, period=period, table=table), threads)
    catalog = Catalog.read(tmp_path / "catalog.yaml")
    beams = load_experiment(experiment).beams(period)
    for name, sample in catalog.samples.items():
        assert sample.period == period
        with uproot.open(tmp_path / f"{name}_0000.root") as file:
            truth = file["events"].arrays(["truth_energy", "truth_mother"])
        # What was made at the collision carries the beams' energy, up to their spread and photons below 1 MeV.
        energy = ak.sum(truth.truth_energy[truth.truth_mother < 0], axis=1)
        assert float(ak.mean(energy)) == pytest.approx(beams.total[0], rel=1e-3)
