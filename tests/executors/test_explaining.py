"""Why chunks are run again or taken over: the reason told is the true one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from darkbelle.__main__ import main
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.chunk import FileSurvey
from darkbelle.datasets.identity import Identity
from darkbelle.datasets.provenance import versions
from darkbelle.datasets.reading import SampleContext
from darkbelle.executors import identity
from darkbelle.executors.identity import channel_digest, code_of, identify
from darkbelle.processors.own_channel import load_channel_class
from darkbelle.processors.zprime_invisible import ZprimeInvisible

Make = Callable[..., Path]
SOURCE = """
import hist
from darkbelle.processors.channel import Channel


class Mine(Channel):
    name = "mine"
    needs = {"": ("weight",)}
    regions = ("all",)
    cuts = ("all",)
    triggers = {"all": ()}
    observables = {"value": hist.axis.Regular(10, 0.0, 2.0, name="value")}

    def __init__(self, model="", threshold=1.0):
        self.model = model
        self.threshold = threshold

    def empty(self, sample):
        process = hist.axis.StrCategory([sample], name="process")
        return {"value": hist.Hist(process, self.observables["value"], storage=hist.storage.Weight())}

    def process(self, events):
        filled = self.empty(events.metadata["sample"])
        filled["value"].fill(process=events.metadata["sample"], value=[0.5])
        return filled

    def select(self, events, variation):
        raise NotImplementedError
"""


def write_channel(folder: Path, source: str = SOURCE) -> Path:
    """Write a user's channel into a folder of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(source)
    return folder / "mine.py"


def made(folder: Path, source: str = SOURCE, schema: str = "darkbelle", **parameters: object) -> Identity:
    """Give the identity of what the user's channel makes of a sample."""
    channel = load_channel_class(str(write_channel(folder, source)))(**parameters)
    context = SampleContext("s", "data", "s", "belle2", "4S", ((7, 0, 0, 7), (4, 0, 0, -4)))
    found = identify(code_of([channel]), context, [FileSurvey("s", "f", tree="events", schema=schema)])
    assert found is not None
    return found


def test_each_reason_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(tmp_path)
    assert made(tmp_path).difference(before) == ""
    changed = made(tmp_path, SOURCE.replace("[0.5]", "[0.6]"))
    assert changed.difference(before) == "code of channel mine changed"
    assert (
        made(tmp_path, threshold=2.0).difference(before)
        == "parameter threshold of channel mine changed from 1.0 to 2.0"
    )
    assert made(tmp_path, schema="basf2-ntuple").difference(before) == (
        "schema changed from darkbelle to basf2-ntuple, tree or mapping changed"
    )
    now = versions()
    monkeypatch.setattr(identity, "versions", lambda: now | {"numpy": "2.0.0"})
    assert made(tmp_path).difference(before) == f"version of numpy changed from {now['numpy']} to 2.0.0"


@pytest.mark.parametrize("beside", [True, False])
def test_a_model_counts_by_its_content_wherever_the_channel_finds_it(tmp_path: Path, beside: bool) -> None:
    model = tmp_path / ("channel" if beside else "elsewhere") / "model.onnx"
    model.parent.mkdir()
    model.write_bytes(b"trained")
    before = made(tmp_path / "channel", model="" if beside else str(model))
    model.write_bytes(b"trained again")
    told = made(tmp_path / "channel", model="" if beside else str(model)).difference(before)
    assert told == ("data file model.onnx" if beside else "parameter model") + " of channel mine changed"


def test_a_file_that_the_code_names_counts_by_its_content(tmp_path: Path) -> None:
    table = tmp_path / "table.txt"
    table.write_text("1 2 3")
    source = SOURCE.replace("value=[0.5]", f"value=[len(open({str(table)!r}).read())]")
    before = made(tmp_path / "channel", source)
    table.write_text("1 2 3 4")
    assert made(tmp_path / "channel", source).difference(before) == f"data file {table} of channel mine changed"


def test_a_correction_table_counts_by_its_content_and_not_by_its_path(tmp_path: Path) -> None:
    header, row = "p_min,p_max,theta_min,theta_max,charge,Weight\n", "0.5,1.0,0.3,2.6,0,"
    table, moved = tmp_path / "muons.csv", tmp_path / "moved.csv"
    table.write_text(header + row + "0.98\n")
    before = channel_digest(ZprimeInvisible(identification_tables={"muon": str(table)}))
    moved.write_text(table.read_text())
    assert channel_digest(ZprimeInvisible(identification_tables={"muon": str(moved)})) == before
    table.write_text(header + row + "0.97\n")
    assert channel_digest(ZprimeInvisible(identification_tables={"muon": str(table)})) != before


def test_a_resumed_run_says_on_request_what_it_reuses_and_why_it_runs_the_rest(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channel, path = write_channel(tmp_path / "channel"), make_catalog()
    command = ["run", str(path), "--channels", str(channel), "--chunksize", "1000", "--workers", "1", "--json"]
    command += ["--output", str(tmp_path / "out"), "--explain"]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "taupair: 6 chunks never run\n" in told
    assert "mine: 0.0 MB of histograms for 2 samples" in told
    assert main([*command, "--resume"]) == 0
    assert "phase2: 2 chunks reused\n" in capsys.readouterr().err
    write_channel(tmp_path / "channel", SOURCE.replace("[0.5]", "[0.6]"))
    assert main([*command, "--resume"]) == 0
    told = capsys.readouterr().err
    assert re.search(r"taupair: 6 chunks run again \(6 code of channel mine changed\)$", told, re.MULTILINE)
    assert Catalog.read(path).samples.keys() == {"taupair", "phase2"}


@pytest.mark.parametrize("asked", ["often", "-3", "0", "nan", "inf"])
def test_an_interval_that_is_none_is_refused_in_one_line(
    asked: str, make_catalog: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DARKBELLE_INTERVAL", asked)
    assert main(["run", str(make_catalog()), "--channels", "zprime_invisible", "--output", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"DARKBELLE_INTERVAL={asked}: must be a positive number" in line
