from pathlib import Path

import pytest
from darkbelle.datasets.catalog import Catalog, write_catalog
from darkbelle.datasets.errors import ConfigurationError, UsageError


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
