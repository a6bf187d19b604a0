"""Dask's performance report of a run: when which worker did what, as one web page that needs nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from distributed import Client, performance_report

from ..datasets.errors import DarkbelleError
from ..datasets.storage import make_folder, replacing
from .site import SiteError

BROKEN = (3, 9)
"""From this release of bokeh on, Dask before 2026 finds no template for its report."""


@contextmanager
def performance_reported(client: Client, path: str | Path | None) -> Iterator[None]:
    """Write the report of what a cluster does in the block; nothing for None.

    A run that stops in the middle has its report too, unless the scheduler has gone.

    Raises
    ------
    SiteError
        The scheduler's environment has no bokeh that can draw it.
    """
    if path is None:
        yield
        return
    if problem := bokeh_problem(client.run_on_scheduler(_version, "bokeh"), client.run_on_scheduler(_version, "dask")):
        raise SiteError(f"--performance-report: {problem}")
    target = Path(path)
    make_folder(target.absolute().parent)
    with client.as_current(), replacing(target) as temporary:
        report = performance_report(filename=str(temporary), mode="inline")
        report.__enter__()
        try:
            yield
        except DarkbelleError:
            if client.status == "running":
                report.__exit__(None, None, None)
                temporary.replace(target)
            raise
        report.__exit__(None, None, None)


def bokeh_problem(bokeh: str | None, dask: str | None) -> str | None:
    """Say why a report cannot be drawn with these versions on the scheduler; None where it can."""
    if bokeh is None:
        return "there is no bokeh where the scheduler runs: run `pip install 'darkbelle[dashboard]'` there."
    if _release(bokeh) >= BROKEN and _release(dask or "") < (2026,):
        return f"bokeh {bokeh} cannot draw it with dask {dask}: run `pip install 'bokeh<3.9'` where the scheduler runs."
    return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
