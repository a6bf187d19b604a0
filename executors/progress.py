"""Progress with an estimate of the time left, on standard error."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """A progress bar over entries; nothing is shown where standard error is no terminal.

    Parameters
    ----------
    entries
        How many there are to run.
    show
        Whether to show it at all.
    """

    def __init__(self, entries: int, show: bool) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("entries"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self.bar = Bar(*columns, console=console, disable=not (show and console.is_terminal))
        self.task = self.bar.add_task("run", total=entries)
        self.failed = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the terminal."""
        self.bar.stop()

    def advance(self, entries: int, failed: bool = False) -> None:
        """Count a chunk of `entries` that is over."""
        self.failed += failed
        description = f"run, {self.failed} chunks failed" if self.failed else "run"
        self.bar.update(self.task, advance=entries, description=description)
