"""Progress of a run: by sample and in all, rates, time left; in a terminal, a notebook or the log of a batch job."""

import sys
from collections import Counter
from collections.abc import Iterable
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ..datasets.chunk import Chunk

LINE_EVERY = 60.0  # seconds between lines where no bar can be shown


class Progress:
    """Bars in a terminal or notebook, a line a minute elsewhere.

    Parameters
    ----------
    chunks
        What is to be run.
    show
        Whether to show anything at all.
    dashboard
        Link to Dask's own pages.
    """

    def __init__(self, chunks: Iterable[Chunk], show: bool, dashboard: str | None = None) -> None:
        console = Console(stderr=True)
        self._lines = show and not console.is_terminal and not console.is_jupyter
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("entries"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        entries: Counter[str] = Counter()
        for chunk in chunks:
            entries[chunk.sample] += chunk.entries
        self._bar = Bar(*columns, console=console, disable=not show or self._lines)
        self._total, self._done, self._failed, self._read = sum(entries.values()), 0, 0, 0
        self._all = self._bar.add_task("all", total=self._total, rate="")
        self._tasks = {sample: self._bar.add_task(sample, total=number, rate="") for sample, number in entries.items()}
        self._left = entries
        self._dashboard = dashboard
        self._began = self._told = self._counted = monotonic()

    def __enter__(self) -> Self:
        """Show the bars and where Dask's own pages are."""
        if self._dashboard and not self._bar.disable:
            self._bar.console.print(f"Dask dashboard: {self._dashboard}", highlight=False)
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state where it was shown."""
        self._bar.stop()

    def count_bytes(self, read: int) -> None:
        """Count bytes that were read; they are known some time after the chunks are over."""
        self._read += read
        self._counted = monotonic()

    def advance(self, chunk: Chunk, failed: bool = False) -> None:
        """Count a chunk that is over."""
        self._failed += failed
        self._count(chunk, chunk.entries)
        if self._lines and monotonic() - self._told > LINE_EVERY:
            self._told = monotonic()
            sys.stderr.write(f"darkbelle: {self.line()}\n")

    def withdraw(self, chunk: Chunk) -> None:
        """Take back that a chunk is over: its result was lost before it was fetched."""
        self._count(chunk, -chunk.entries)

    def _count(self, chunk: Chunk, entries: int) -> None:
        self._done += entries
        self._left[chunk.sample] -= entries
        description = f"all, {self._failed} chunks failed" if self._failed else "all"
        self._bar.update(self._all, advance=entries, description=description, rate=self.rate())
        self._bar.update(self._tasks[chunk.sample], advance=entries, visible=self._left[chunk.sample] > 0)

    def rate(self) -> str:
        """Say how fast it goes."""
        entries = f"{self._done / max(monotonic() - self._began, 1e-3):,.0f} entries/s"
        if not self._read:
            return entries
        return f"{entries}, {self._read / max(self._counted - self._began, 1e-3) / 1e6:.1f} MB/s"

    def line(self) -> str:
        """Say where the run is in one line."""
        seconds = monotonic() - self._began
        left = seconds * (self._total - self._done) / self._done if self._done else float("nan")
        failed = f", {self._failed} chunks failed" if self._failed else ""
        return f"{self._done:,} of {self._total:,} entries, {self.rate()}, about {left:,.0f} s left{failed}"
