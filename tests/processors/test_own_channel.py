import re
from pathlib import Path

import darkbelle
import pytest
import yaml
from darkbelle.datasets.errors import UsageError
from darkbelle.processors.momenta import MUON_MASS
from darkbelle.processors.registry import channel_name, make_channels
from handmade_events import muon_cm, write_native
from passing_events import photon_and_pair

PAGE = Path(__file__).parents[2] / "docs" / "your-own-channel.md"


def tutorial() -> str:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "photon_recoil.py"
    path.write_text(tutorial())
    return path


def catalog_of(folder: Path, kind: str, file: Path) -> Path:
    about = {"luminosity": 1.0} if kind == "data" else {"cross_section": 1.0}
    sample = {"kind": kind, "files": [str(file)], **about}
    path = folder / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": {"sample": sample}}))
    return path


def test_the_tutorials_channel_is_short() -> None:
    assert len(tutorial().splitlines()) < 60


@pytest.mark.slow
def test_the_tutorials_channel_runs_on_worker_processes_beside_another(tmp_path: Path, own_file: Path) -> None:
    # A pair of 2 GeV recoils against the photon: 2 / 0.02 = bin 100 of 550 bins up to 11 GeV.
    file = write_native(
        tmp_path / "events.root", [photon_and_pair(2.005, muon_cm, MUON_MASS, turn) for turn in range(5)]
    )
    catalog = catalog_of(tmp_path, "background", file)
    run = darkbelle.run(
        catalog, channels=[str(own_file), "control"], site="processes", workers=2, chunksize=2, progress=False
    )
    assert run.ledger.complete
    recoil = run.histograms["photon_recoil"]["recoil_mass"]["sample", "signal", "nominal", :]
    assert recoil.values().sum() == 5
    assert recoil.values().argmax() == 100
    assert run.histograms["control"]["cutflow_raw"]["sample", "radiative_muons", "nominal", "kinematics"] == 5


def test_a_file_is_known_by_its_channels_name_once_loaded(own_file: Path) -> None:
    assert channel_name(str(own_file)) == "photon_recoil"
    assert [each.name for each in make_channels(["photon_recoil"])] == ["photon_recoil"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1\n", "must define one class derived from Channel; it has none"),
        ("import nothing_like_this\n", r"cannot be run \(ModuleNotFoundError"),
        (
            "from darkbelle.processors.channel import Channel\nclass Half(Channel):\n    name = 'half'\n",
            "class Half does not set needs, regions, cuts, observables, triggers",
        ),
    ],
)
def test_a_file_that_is_no_channel_is_refused_by_name(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content)
    with pytest.raises(UsageError, match=f"broken.py: {message}"):
        make_channels([str(path)])


def test_a_missing_file_and_a_taken_name_are_refused(tmp_path: Path, own_file: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.py: cannot be read"):
        make_channels([str(tmp_path / "none.py")])
    own_file.write_text(tutorial().replace('"photon_recoil"', '"control"'))
    with pytest.raises(UsageError, match="is a channel of darkbelle's"):
        make_channels([str(own_file)])
