"""What makes partial sums reusable: everything that changes a number counts, and nothing else."""

import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from counting_channels import Counting, Poisoned
from darkbelle.datasets import provenance
from darkbelle.datasets.catalog import Catalog
from darkbelle.datasets.chunk import FileSurvey
from darkbelle.datasets.identity import Identity
from darkbelle.datasets.reading import SampleContext
from darkbelle.datasets.run_ranges import RunRange, RunSelection
from darkbelle.executors import identity
from darkbelle.executors.identity import (
    UnknownIdentityError,
    channel_digest,
    channel_parts,
    code_of,
    identify,
    plain,
    source_digest,
)
from darkbelle.processors.channel import Channel
from darkbelle.processors.registry import make_channels

Make = Callable[..., Path]
SOURCE = '''
"""A search."""
from counting_channels import Counting
from cuts import LIMIT

class Mine(Counting):
    """Counts."""
    threshold = 1.0

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def select(self, events):
        # a comment
        return events[events.weight > LIMIT]
'''


def load(folder: Path, source: str = SOURCE, cuts: str = "LIMIT = 0.5\n") -> ModuleType:
    """Write a user's channel with a module beside it, and import it."""
    (folder / "mine.py").write_text(source)
    (folder / "cuts.py").write_text(cuts)
    sys.path.insert(0, str(folder))
    try:
        specification = importlib.util.spec_from_file_location("mine", folder / "mine.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules["mine"] = module
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("cuts", None)
    return module


def digest(module: ModuleType, **parameters: float) -> str:
    return channel_digest(module.Mine(**parameters))


def test_comments_docstrings_and_layout_do_not_count(tmp_path: Path) -> None:
    before = digest(load(tmp_path))
    reworded = SOURCE.replace("A search.", "Another word.").replace("Counts.", "Adds up.").replace("# a comment", "#")
    assert digest(load(tmp_path, reworded.replace("threshold = 1.0", "threshold  =  1.0"))) == before


@pytest.mark.parametrize(
    ("old", "new"), [("threshold = 1.0", "threshold = 1.5"), ("events.weight > LIMIT", "events.weight >= LIMIT")]
)
def test_a_changed_cut_counts(tmp_path: Path, old: str, new: str) -> None:
    assert digest(load(tmp_path)) != digest(load(tmp_path, SOURCE.replace(old, new)))


def test_a_parameter_a_module_beside_and_a_data_file_beside_count(tmp_path: Path) -> None:
    before = digest(load(tmp_path))
    assert digest(load(tmp_path), factor=3.0) != before
    assert digest(load(tmp_path, cuts="LIMIT = 0.6\n")) != before
    assert digest(load(tmp_path)) == before
    (tmp_path / "model.onnx").write_bytes(b"trained")
    trained = digest(load(tmp_path))
    assert trained != before
    (tmp_path / "model.onnx").write_bytes(b"trained again")
    assert digest(load(tmp_path)) != trained


def test_a_library_version_the_reading_code_the_schema_and_good_runs_count(
    make_catalog: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog.read(make_catalog())
    context = SampleContext.of("phase2", catalog.samples["phase2"])
    survey = FileSurvey("phase2", "f", tree="events", schema="darkbelle")

    def found(surveyed: FileSurvey = survey, runs: RunSelection | None = None) -> Identity:
        made = identify(code_of([Counting()]), context, [surveyed], runs)
        assert made is not None
        return made

    before = found()
    assert found() == before
    assert found(replace(survey, schema="basf2-ntuple")).common != before.common
    assert found(runs=RunSelection(((RunRange(first=1, last=2),),))).common != before.common
    monkeypatch.setattr(identity, "versions", lambda: provenance.versions() | {"awkward": "0"})
    assert re.fullmatch(r"version of awkward changed from \S+ to 0", found().difference(before))
    monkeypatch.undo()
    monkeypatch.setattr(identity, "COMMON", ("datasets/chunk.py",))
    assert found().common != before.common


def test_a_channel_of_an_interactive_session_has_no_identity(make_catalog: Make) -> None:
    catalog = Catalog.read(make_catalog())
    context = SampleContext.of("phase2", catalog.samples["phase2"])
    typed = type("Typed", (Counting,), {"__module__": "__main__"})
    assert identify(code_of([typed()]), context, []) is None
    with pytest.raises(UnknownIdentityError, match="function"):
        plain({"cut": lambda events: events})


def test_every_channel_of_darkbelle_has_an_identity_of_its_own() -> None:
    digests = {channel.name: channel_digest(channel) for channel in make_channels(None)}
    assert len(set(digests.values())) == len(digests)


def test_the_difference_names_the_channel() -> None:
    old, new = (Identity.of({}, {each.name: channel_parts(each)}) for each in (Counting(), Poisoned("raise")))
    added = ", ".join(f"parameter {name} of channel counting is new" for name in ("event", "how", "marker"))
    assert new.difference(old) == f"code of channel counting changed, {added}"
    assert Identity("c", {}).difference(old) == "its channels were counting, now "
    assert "a library's version changed" in Identity("c", new.channels).difference(Identity("d", new.channels))


def test_parameters_of_every_kind_are_told_apart() -> None:
    assert plain(np.float64(1.5)) == 1.5
    assert plain(np.arange(3)) != plain(np.arange(4))
    assert plain({"b": 1, "a": (2, 3)}) == plain({"a": [2, 3], "b": 1})
    assert plain(frozenset("ab")) == plain({"b", "a"})


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    before = source_digest(path)
    path.write_text("x = 22\n")
    assert source_digest(path) != before


def test_classes_of_the_contract_are_part_of_what_all_channels_share() -> None:
    assert issubclass(Counting, Channel)
    assert "processors/channel.py" in identity.COMMON
