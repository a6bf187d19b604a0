"""The check of installed versions refuses the one pair that fails at every compute."""

from importlib.metadata import PackageNotFoundError

import pytest
from darkbelle.datasets import environment
from darkbelle.datasets.errors import ConfigurationError


def pretend(monkeypatch: pytest.MonkeyPatch, **installed: str) -> None:
    def version(name: str) -> str:
        try:
            return installed[name.replace("-", "_")]
        except KeyError:
            raise PackageNotFoundError(name) from None

    monkeypatch.setattr(environment, "version", version)


def test_this_environment_passes() -> None:
    environment.check_environment()


@pytest.mark.parametrize(
    ("dask", "dask_awkward"), [("2025.4.0", "2025.3.0"), ("2026.8.0", "2025.3.0"), ("2026.8.0rc1", "2024.12.2")]
)
def test_an_unpinned_dask_awkward_beside_a_newer_dask_is_refused(
    monkeypatch: pytest.MonkeyPatch, dask: str, dask_awkward: str
) -> None:
    pretend(monkeypatch, dask=dask, dask_awkward=dask_awkward)
    with pytest.raises(ConfigurationError, match=f"dask-awkward {dask_awkward} fails.* dask {dask}"):
        environment.check_environment()


@pytest.mark.parametrize(
    "installed",
    [
        {"dask": "2025.3.1", "dask_awkward": "2025.3.0"},
        {"dask": "2025.3.1", "dask_awkward": "2026.2.1"},
        {"dask": "2026.8.0"},
        {},
    ],
    ids=["both old", "locked", "newest dask alone", "neither"],
)
def test_every_other_environment_passes(monkeypatch: pytest.MonkeyPatch, installed: dict[str, str]) -> None:
    pretend(monkeypatch, **installed)
    environment.check_environment()
