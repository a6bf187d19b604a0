import os
import sys
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import pytest
import yaml

for folder in ("commands", "executors", "executors/backends", "executors/chaos", "datasets/schemas"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

import counting_channels  # noqa: E402  # from the folders above
from native_files import write_events  # noqa: E402

cloudpickle.register_pickle_by_value(counting_channels)  # workers cannot import the tests


@pytest.fixture(scope="session")
def real_inputs() -> Path:
    """Give the folder of files written by basf2 and ROOT; they are not part of the project."""
    named = os.environ.get("DARKBELLE_REAL_INPUTS")
    folders = [Path(named)] if named else [p / "shared" / "real-inputs" for p in Path(__file__).resolve().parents]
    found = next((folder for folder in folders if folder.is_dir()), None)
    if found is None:
        pytest.skip("no real input files: neither DARKBELLE_REAL_INPUTS nor ../shared/real-inputs beside the project")
    return found


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests out of the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def make_catalog(tmp_path: Path) -> Callable[..., Path]:
    """Make a catalog of a background (three files) and a data sample (one), 2000 events a file, and give its path."""

    def make(**changes: object) -> Path:
        for index in range(3):
            write_events(tmp_path / f"tau_{index}.root", seed=index)
        write_events(tmp_path / "data.root", seed=9)
        content: dict[str, object] = {
            "experiment": "belle2",
            "samples": {
                "taupair": {"kind": "background", "files": ["tau_*.root"], "cross_section": 0.919},
                "phase2": {"kind": "data", "files": ["data.root"], "luminosity": 0.5},
            },
        }
        path = tmp_path / "catalog.yaml"
        path.write_text(yaml.safe_dump(content | changes, sort_keys=False))
        return path

    return make
