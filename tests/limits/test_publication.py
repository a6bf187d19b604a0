"""Likelihoods, submissions and tables that leave darkbelle, read back by pyhf in the shell and by HEPData."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from darkbelle.__main__ import main
from darkbelle.datasets.errors import ConfigurationError, ModelError
from darkbelle.limits.export_pyhf import likelihoods
from darkbelle.limits.pyhf_check import bracketed
from darkbelle.limits.scan import Scan, scan
from darkbelle.limits.workspace_scan import scan_workspace
from darkbelle.processors.run import Run

MakeRun = Callable[..., Run]
COUNT, SHAPE = "zprime_invisible", "dark_photon_invisible"


def pyhf(*arguments: str) -> str:
    """Run pyhf's own command line."""
    code = "import sys; from pyhf.cli import cli; sys.exit(cli())"
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def export(found: Scan, folder: Path) -> Path:
    """Write limits and export their likelihoods through the command line."""
    found.write(folder / "limits")
    assert main(["export", str(folder / "limits"), "--format", "pyhf", "--output", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture
def exported(make_run: MakeRun, tmp_path: Path) -> tuple[Scan, Path]:
    """Write pseudo-data limits of three masses, exported through the command line."""
    found = scan(make_run(masses=(2.0, 3.0, 4.0)), COUNT, pseudo=4, checks=0)
    return found, export(found, tmp_path)


def test_pyhf_in_the_shell_finds_a_cls_of_ten_percent_at_the_printed_limit(make_run: MakeRun, tmp_path: Path) -> None:
    # By the asymptotic formulae: a shape, since the count's background is known so badly that Poisson sums are taken.
    found = scan(make_run(SHAPE, masses=(2.0,)), SHAPE, pseudo=4, checks=0)
    folder = export(found, tmp_path)
    background, patchset = (folder / f"{SHAPE}_{part}.json" for part in ("background_only", "patchset"))
    assert pyhf("patchset", "verify", str(background), str(patchset)).startswith("All good")
    (chosen,) = found.hypotheses
    printed = found.to_json()["hypotheses"][0]["observed"]
    patched = folder / "patched.json"
    names = ["--name", chosen.name, "--output-file", str(patched)]
    pyhf("patchset", "apply", str(background), str(patchset), *names)
    told = json.loads(pyhf("cls", str(patched), "--test-poi", str(printed), "--optimizer", "scipy"))
    assert told["CLs_obs"] == pytest.approx(0.10, abs=0.0005)
    median = json.loads(pyhf("cls", str(patched), "--test-poi", str((chosen.expected or ())[2])))
    assert median["CLs_exp"][2] == pytest.approx(0.10, abs=0.0005)


def test_a_patch_set_read_back_gives_the_same_limits(exported: tuple[Scan, Path]) -> None:
    found, folder = exported
    background, patchset = (folder / f"{COUNT}_{part}.json" for part in ("background_only", "patchset"))
    again = scan_workspace(background, patchset=patchset, checks=0)
    assert [each.mass for each in again.hypotheses] == [2.0, 3.0, 4.0]
    for ours, theirs in zip(found.hypotheses, again.hypotheses, strict=True):
        assert theirs.observed == pytest.approx(ours.observed, rel=1e-5)
        assert theirs.expected == pytest.approx(ours.expected, rel=1e-5)


def test_a_patch_set_of_another_workspace_or_with_a_broken_patch_is_told(exported: tuple[Scan, Path]) -> None:
    _, folder = exported
    background, patchset = (folder / f"{COUNT}_{part}.json" for part in ("background_only", "patchset"))
    content = json.loads(patchset.read_text())
    content["patches"][0]["patch"][0]["path"] = "/nowhere/at/all"
    broken = folder / "broken.json"
    broken.write_text(json.dumps(content))
    statuses = [each.status for each in scan_workspace(background, patchset=broken, checks=0).hypotheses]
    assert statuses[0].startswith("failed")
    assert statuses[1:] == ["ok", "ok"]
    other = json.loads(background.read_text())
    other["observations"][0]["data"][0] += 1.0
    background.write_text(json.dumps(other))
    with pytest.raises(ConfigurationError, match="belongs to another workspace"):
        scan_workspace(background, patchset=patchset, checks=0)
    patchset.write_text(patchset.read_text()[:-40])
    with pytest.raises(ConfigurationError, match=r"patchset\.json, line \d+: is not JSON"):
        scan_workspace(background, patchset=patchset, checks=0)


def test_hypotheses_that_share_a_window_only_add_their_signal(make_run: MakeRun) -> None:
    found = scan(make_run(masses=(2.0,)), COUNT, checks=0)
    (patch,) = likelihoods(found).patchset["patches"]
    assert [(each["op"], each["path"]) for each in patch["patch"]] == [
        ("add", "/channels/0/samples/0"),
        ("replace", "/measurements"),
    ]


def test_an_unknown_modifier_names_its_place(exported: tuple[Scan, Path], tmp_path: Path) -> None:
    found, _ = exported
    specification = json.loads(json.dumps(found.workspaces[found.hypotheses[0].name]))
    specification["channels"][0]["samples"][0]["modifiers"][0]["type"] = "magic"
    (tmp_path / "odd.json").write_text(json.dumps(specification))
    with pytest.raises(ModelError, match=r"odd\.json"):
        scan_workspace(tmp_path / "odd.json", checks=0)


def test_the_check_by_pyhf_notices_a_wrong_limit(make_run: MakeRun) -> None:
    found = scan(make_run(SHAPE, masses=(2.0,)), SHAPE, checks=1)
    assert any("agree within 0.1 %" in note for note in found.notes)
    (only,) = found.hypotheses
    specification, median = found.workspaces[only.name], (only.expected or ())[2]
    assert bracketed(specification, median, 0.9, 2)
    assert not bracketed(specification, 1.003 * median, 0.9, 2)
    assert not bracketed(specification, 0.997 * median, 0.9, 2)


def test_a_hepdata_submission_is_valid_and_holds_limits_bands_efficiencies_cutflows_and_likelihoods(
    make_run: MakeRun, tmp_path: Path
) -> None:
    pytest.importorskip("hepdata_lib", reason="extra hepdata is not installed")
    found = scan(make_run(masses=(2.0, 3.0)), COUNT, pseudo=4, checks=0)
    found.write(tmp_path / "limits")
    arguments = ["--format", "hepdata", "--output", str(tmp_path / "out"), "--record", "ins1234567"]
    assert main(["export", str(tmp_path / "limits"), *arguments]) == 0
    with tarfile.open(tmp_path / "out" / "submission.tar.gz") as archive:
        names = archive.getnames()
    assert "submission.yaml" in names
    assert f"{COUNT}_likelihoods.tar.gz" in names
    tables = [each for each in yaml.safe_load_all((tmp_path / "out" / "submission.yaml").read_text()) if "name" in each]
    assert [each["name"] for each in tables[:2]] == [f"{COUNT} limits", f"{COUNT} efficiencies and yields"]
    limits = yaml.safe_load((tmp_path / "out" / tables[0]["data_file"]).read_text())
    headers = [each["header"]["name"] for each in limits["dependent_variables"]]
    assert {"g_prime, observed", "g_prime, expected", "Cross section (Born), expected"} <= set(headers)
    expected = limits["dependent_variables"][headers.index("g_prime, expected")]["values"][0]
    assert [each["label"] for each in expected["errors"]] == ["1 s.d.", "2 s.d."]
    first = found.hypotheses[0]
    assert expected["value"] == pytest.approx(first.coupling_at((first.expected or ())[2]), rel=1e-5)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_tables_are_written_for_other_programs(make_run: MakeRun, tmp_path: Path, suffix: str) -> None:
    found = scan(make_run(masses=(2.0, 3.0)), COUNT, checks=0)
    found.write(tmp_path / "limits")
    assert main(["export", str(tmp_path / "limits"), "--format", suffix, "--output", str(tmp_path)]) == 0
    read: dict[str, Callable[[Path], pd.DataFrame]]
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}
    table = read[suffix](tmp_path / f"{COUNT}.{suffix}")
    assert table["mass"].tolist() == [2.0, 3.0]
    assert table["expected_0"].tolist() == pytest.approx([(each.expected or ())[2] for each in found.hypotheses])


def test_limits_lead_back_to_workspace_run_chunks_files_and_code(make_run: MakeRun, tmp_path: Path) -> None:
    found = scan(make_run(lost=("background",)), COUNT, allow_incomplete=True, checks=0, sources=["runs/one"])
    found.write(tmp_path)
    content = json.loads((tmp_path / f"{COUNT}.json").read_text())
    (run,) = content["provenance"]["runs"]
    assert run["source"] == "runs/one"
    assert run["chunks"]["background_0.root"] == [[0, 50]]
    assert run["lost"] == [{"file": "background_1.root", "start": 0, "stop": 50, "reason": None}]
    assert len(run["histograms"]) == len(run["provenance"]["code"]) == 64
    assert len(content["provenance"]["limits"]["code"]) == 64
    workspace = tmp_path / "workspaces" / f"{found.hypotheses[0].name}.json"
    assert content["workspaces"].keys() == {workspace.stem}
    workspace.write_text(workspace.read_text().replace("1.0.0", "1.0.1"))
    with pytest.raises(ConfigurationError, match="is not the workspace that its limits were made with"):
        Scan.read(tmp_path / f"{COUNT}.json")
