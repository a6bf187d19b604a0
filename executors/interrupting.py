"""Ctrl-C as a request: the first asks to stop and keep what is done, the second insists."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

INSISTING = 1.0  # seconds; a wrapper such as make or timeout passes the terminal's own signal on once more


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Give an event that the first SIGINT sets; a second one raises KeyboardInterrupt. Main thread only."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    first = 0.0

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal first
        if not asked.is_set():
            first = monotonic()
            asked.set()
        elif monotonic() - first > INSISTING:
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)
