import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from darkbelle.__main__ import main
from darkbelle.processors.run import Run

sys.path.insert(0, str(Path(__file__).parents[1] / "processors"))

from training_catalog import training_catalog

ASKED = ["--channel", "dark_photon_invisible", "--regions", "low_mass", "--workers", "1"]
NAME = "dark_photon_invisible_low_mass_belle2"
WITHOUT_SKLEARN = """
import sys
sys.modules["sklearn"] = None  # as where it is not installed
from darkbelle.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = training_catalog(tmp_path_factory.mktemp("training"))
    return path


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files_and_another_one_others(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, seed in (("first", 3), ("second", 3), ("other", 4)):
        network = ["train", str(catalog), *ASKED, "--seed", str(seed), "--output", str(tmp_path / folder), "--json"]
        assert main(network) == 0
    content = {f: {p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in ("first", "second", "other")}
    assert sorted(content["first"]) == [f"{NAME}.yaml", f"{NAME}_even.onnx", f"{NAME}_odd.onnx"]
    assert content["first"] == content["second"]
    assert content["first"][f"{NAME}.yaml"] != content["other"][f"{NAME}.yaml"]
    assert all(len(each) < 300_000 for each in content["first"].values())
    card = json.loads(capsys.readouterr().out.splitlines()[0])["low_mass"]
    assert card == yaml.safe_load(content["first"][f"{NAME}.yaml"])
    # Of 500 signals one is left out at either end; they lie where only part of the background does.
    assert sum(fold["signal"] for fold in card["folds"]) == 498
    assert {fold["trained_on"] for fold in card["folds"]} == {"even", "odd"}
    assert all(0.7 < fold["area_untrained"] <= fold["area_trained"] <= 1.0 for fold in card["folds"])
    assert card["samples"]["photons"]["luminosity"] == pytest.approx(500 / 1e6)  # 500 events of 1 nb


@pytest.mark.parametrize(
    ("changes", "asked", "told"),
    [
        ({"rows": 300}, ASKED, "rows of a half pass the preselection, 200 are needed"),
        ({"moment": float("nan")}, ASKED, "sample photons: second_moment is not a number in"),
        ({"rows": 4}, [*ASKED[:2], "--regions", "barrel"], "dark_photon_invisible has low_mass, high_mass"),
        ({"rows": 4}, [*ASKED, "--seed", "-1"], "--seed -1: must not be negative"),
        ({"rows": 4}, ["--channel", "control"], "control: has no trained selection"),
    ],
)
def test_what_cannot_be_trained_on_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, float], asked: list[str], told: str
) -> None:
    path = training_catalog(tmp_path, **changes)
    assert main(["train", str(path), *asked, "--output", str(tmp_path / "models")]) in (1, 2)
    found = capsys.readouterr().err
    assert told in found
    assert len(found.strip().splitlines()) == 1
    assert not (tmp_path / "models").exists()


def test_a_sample_without_an_input_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = training_catalog(tmp_path, rows=4)
    content = yaml.safe_load(path.read_text())
    content["samples"]["photons"]["files"] = ["bare.root"]
    path.write_text(yaml.safe_dump(content))
    import uproot

    with uproot.open(tmp_path / "background.root") as file, uproot.recreate(tmp_path / "bare.root") as bare:
        kept = [name for name in file["events"].keys() if not name.endswith("e9_over_e21")]  # noqa: SIM118
        arrays = file["events"].arrays(kept)
        bare["events"] = {name: arrays[name] for name in kept if not name.startswith("n")}
        bare["metadata"] = file["metadata"].arrays(library="np")
    assert main(["train", str(path), *ASKED, "--output", str(tmp_path / "models")]) == 1
    assert "sample photons: provides no photons.e9_over_e21" in capsys.readouterr().err


@pytest.mark.slow
def test_without_the_extra_the_command_says_what_to_install(catalog: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_SKLEARN, "train", str(catalog), *ASKED, "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "darkbelle: error: training needs sklearn, which is not installed: python -m pip install 'darkbelle[train]'\n"
    )


@pytest.mark.slow
def test_a_run_judges_by_the_shipped_classifiers_when_asked(catalog: Path, tmp_path: Path) -> None:
    kept = {}
    for name, extra in (("cuts", []), ("trained", ["--trained"])):
        asked = ["--channels", "dark_photon_invisible", "--workers", "1", "--output", str(tmp_path / name)]
        assert main(["run", str(catalog), *asked, *extra]) == 0
        flow = Run.read(tmp_path / name).histograms["dark_photon_invisible"]["cutflow_raw"]
        kept[name] = [int(value) for value in flow["photons", "low_mass", "nominal", :].values()]
    # Without classifiers the last cut leaves what there is; with them the second cluster is theirs to judge.
    assert kept["cuts"][-1] == kept["cuts"][-2]
    assert kept["cuts"][-2] < kept["trained"][-2]
    assert 0 < kept["trained"][-1] < kept["trained"][-2]
