"""Progress of a simulation with an estimate of the time left, on standard error."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """A bar over generated events; nothing is shown where standard error is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Bar(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("simulate", total=None)
        self._events = 0
        self._failed = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the terminal."""
        self._bar.stop()

    def planned(self, events: int) -> None:
        """Count events that are due."""
        self._events += events
        self._bar.update(self._task, total=self._events)

    def done(self, events: int, *, failed: bool) -> None:
        """Count the events of a file that is over."""
        self._failed += failed
        description = f"simulate, {self._failed} files failed" if self._failed else "simulate"
        self._bar.update(self._task, advance=events, description=description)
