"""Refusing installed versions that are known to fail together, before anything is computed."""

from importlib.metadata import PackageNotFoundError, version

from .errors import ConfigurationError

FIRST_PINNED_DASK_AWKWARD = (2026,)
"""From this release on dask-awkward states which dask it works with; older ones install beside any."""

FIRST_UNFIT_DASK = (2025, 4)
"""From this release on dask fuses tasks in a way that dask-awkward cannot follow: every compute fails."""


def check_environment() -> None:
    """Check that dask-awkward, where it is installed, fits the installed dask.

    Raises
    ------
    ConfigurationError
        dask-awkward is older than 2026 and dask is 2025.4 or newer.
    """
    dask, dask_awkward = _installed("dask"), _installed("dask-awkward")
    if dask is None or dask_awkward is None:
        return
    if _release(dask_awkward) < FIRST_PINNED_DASK_AWKWARD and _release(dask) >= FIRST_UNFIT_DASK:
        raise ConfigurationError(
            f"dask-awkward {dask_awkward} fails at every compute beside dask {dask}. Either `pip uninstall "
            f"dask-awkward` (only lazy notebooks need it) or `pip install 'darkbelle[lazy]'` for a pair that fits."
        )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _release(text: str) -> tuple[int, ...]:
    """Give the leading numbers of a version: 2025.3.1 is (2025, 3, 1), 2026.8.0rc1 is (2026, 8)."""
    numbers: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
