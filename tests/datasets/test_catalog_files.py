import re
from pathlib import Path

import pytest
from darkbelle.datasets.catalog import Catalog, write_catalog
from darkbelle.datasets.errors import ConfigurationError, UsageError
from darkbelle.datasets.good_runs import read_good_runs


def written(folder: Path, samples: str) -> Path:
    for name in ("b_2.root", "b_1.root"):
        (folder / name).touch()
    path = folder / "catalog.yaml"
    path.write_text(f"experiment: belle2\nsamples:\n  {samples}\n")
    return path


def test_files_are_found_beside_the_catalog_and_sorted(tmp_path: Path) -> None:
    catalog = Catalog.read(written(tmp_path, "tau: {kind: background, files: ['b_*.root', 'root://x//y.root']}"))
    assert catalog.files["tau"] == (f"{tmp_path}/b_1.root", f"{tmp_path}/b_2.root", "root://x//y.root")
    assert (catalog.samples["tau"].process, catalog.samples["tau"].experiment) == ("tau", "belle2")
    assert repr(catalog) == "<Catalog catalog.yaml: 1 background; 3 files>"


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ("tau: {kind: background, files: ['none_*.root']}", "matches no file"),
        ("tau: {kind: background, files: [b_1.root, b_1.root]}", "is listed already"),
        ("tau: {kind: background, file: [b_1.root]}", "samples.tau.file: unknown key"),
        ("tau: {kind: data, files: [b_1.root], cross_section: 1}", "data has a luminosity"),
        ("z: {kind: signal, files: [b_1.root]}", "a signal needs a hypothesis"),
        ("tau: {kind: background, files: [b_1.root], experiment: cleo}", "unknown experiment 'cleo'; known are"),
        ("tau: {kind: data, files: [b_1.root], runs: [9, 3]}", "end before they begin"),
        ("tau: [", "not valid YAML"),
        ("tau: {kind: background, files: ['file:///etc/passwd']}", "no URL that can be read"),
        ("tau: {kind: background, files: ['https://a/b::file:///etc/passwd']}", "no URL that can be read"),
        ("tau: {kind: background, files: ['root://x//a_*.root']}", "there are no globs in URLs"),
        ("tau: {kind: background, files: [['b_*.root', b_1.root]]}", "among replicas may match several"),
        ("tau: {kind: background, files: [b_1.root, [root://x//y.root, b_1.root]]}", "is listed already"),
        ("tau: {kind: background, files: [b_1.root], good_runs: x.yaml}", "good_runs select data"),
        (
            "{a: {kind: data, files: [b_1.root], runs: [1, 9]}, b: {kind: data, files: [b_2.root], runs: [9, 12]}}",
            "samples.b.runs: runs 9..12 overlap those of a, which serves the same channels",
        ),
    ],
)
def test_a_wrong_catalog_is_refused_with_file_key_and_reason(tmp_path: Path, sample: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Catalog.read(written(tmp_path, sample))
    assert message in str(refused.value)


def test_a_written_catalog_reads_back_and_a_wrong_one_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "a.root").touch()
    content = {"experiment": "babar", "samples": {"d": {"kind": "data", "files": ["a.root"], "luminosity": 1.0}}}
    write_catalog(tmp_path / "c.yaml", content, "a comment")
    assert Catalog.read(tmp_path / "c.yaml").samples["d"].luminosity == 1.0
    with pytest.raises(ConfigurationError):
        write_catalog(tmp_path / "d.yaml", {**content, "wrong": 1})
    assert not (tmp_path / "d.yaml").exists()


def test_a_catalog_in_a_missing_folder_cannot_be_written(tmp_path: Path) -> None:
    content = {"experiment": "babar", "samples": {"d": {"kind": "data", "files": ["a.root"]}}}
    with pytest.raises(UsageError, match="cannot be written"):
        write_catalog(tmp_path / "none" / "c.yaml", content)


def test_replicas_stand_for_one_file_that_goes_by_the_first(tmp_path: Path) -> None:
    catalog = Catalog.read(
        written(tmp_path, "tau: {kind: background, files: [[root://x//y.root, b_1.root], b_2.root]}")
    )
    assert catalog.files["tau"] == ("root://x//y.root", f"{tmp_path}/b_2.root")
    assert catalog.replicas["root://x//y.root"] == ("root://x//y.root", f"{tmp_path}/b_1.root")


def test_skims_of_the_same_runs_may_serve_different_channels_or_periods(tmp_path: Path) -> None:
    one = (
        "one: {kind: data, files: [b_1.root], runs: [{experiment: 7, first: 1, last: 9}], channels: [zprime_invisible]}"
    )
    for other in ("runs: [1, 9], channels: [dark_photon_invisible]", "runs: [{experiment: 8, first: 1, last: 9}]"):
        path = written(tmp_path, f"{one}\n  two: {{kind: data, files: [b_2.root], {other}}}")
        assert set(Catalog.read(path).samples) == {"one", "two"}


@pytest.mark.parametrize("escape", ["../secret.root", "link.root", "li*.root", "deeper/../../secret.root"])
def test_no_path_leads_out_of_the_root(tmp_path: Path, escape: str) -> None:
    inner = tmp_path / "inner"
    (inner / "deeper").mkdir(parents=True)
    (tmp_path / "secret.root").touch()
    (inner / "link.root").symlink_to(tmp_path / "secret.root")
    sample = f"root: .\nsamples:\n  tau: {{kind: background, files: ['{escape}']}}\n"
    (inner / "catalog.yaml").write_text(f"experiment: belle2\n{sample}")
    with pytest.raises(ConfigurationError, match=r"secret\.root, out of the catalog's root"):
        Catalog.read(inner / "catalog.yaml")
    (inner / "catalog.yaml").write_text(f"experiment: belle2\n{sample.replace('root: .', 'root: ..')}")
    assert Catalog.read(inner / "catalog.yaml").files["tau"] == (f"{tmp_path}/secret.root",)


def test_good_runs_give_selection_and_luminosity(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("experiment,run,luminosity\n7,1,0.1\n7,2,0.2\n8,1,0.4\n")
    sample = "a: {kind: data, files: [b_1.root], good_runs: runs.csv, runs: [{experiment: 7, first: 1, last: 9}]}"
    catalog = Catalog.read(written(tmp_path, sample))
    assert catalog.luminosity_of("a") == pytest.approx(0.3)  # 0.1 + 0.2; experiment 8 is not the sample's
    selection = catalog.selection("a")
    assert selection is not None
    assert selection.mask([7, 7, 8], [1, 5, 1]).tolist() == [True, False, False]
    with pytest.raises(ConfigurationError, match=r"their luminosities, 0\.3 fb\^-1 together; leave"):
        Catalog.read(written(tmp_path, sample.replace("kind: data", "kind: data, luminosity: 1")))
    with pytest.raises(ConfigurationError, match="none of them is in the list of good runs"):
        Catalog.read(written(tmp_path, sample.replace("experiment: 7", "experiment: 9")))


def test_the_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalogs.md").read_text(encoding="utf-8")
    catalog, listed = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (rows,) = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    (tmp_path / "good_runs.csv").write_text(rows)
    (tmp_path / "list.yaml").write_text(listed)
    first, second = (read_good_runs(tmp_path / name).luminosities() for name in ("list.yaml", "good_runs.csv"))
    assert first == second
    (tmp_path / "exp12").mkdir()
    for name in ("taupair_1.root", "zprime_1.root", "exp12/a.root"):
        (tmp_path / name).touch()
    (tmp_path / "catalog.yaml").write_text(catalog)
    assert Catalog.read(tmp_path / "catalog.yaml").luminosity_of("exp12") == pytest.approx(0.0221)  # 0.0123 + 0.0098
