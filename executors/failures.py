"""Classes of failures: what went wrong with a chunk, and what is done about each kind."""

import traceback
from types import TracebackType

from ..datasets.ledger_records import FailureKind

READERS = {"uproot", "fsspec", "fsspec_xrootd", "XRootD", "aiohttp", "pyarrow", "cramjam", "zlib", "lzma"}


class ChunkError(Exception):
    """A chunk failed. All plain text, so that it always travels.

    Attributes
    ----------
    kind
        "bug" of a channel (stops the run), "input" (the file's content), "storage" (reading it, after pauses and
        replicas), "memory" (the chunk is halved), "crash", "timeout" or "lost" (run again elsewhere).
    reason
        One line.
    details
        The traceback.
    """

    def __init__(self, reason: str, kind: FailureKind, details: str = "") -> None:
        super().__init__(reason, kind, details)
        self.reason, self.kind, self.details = reason, kind, details


def failure(error: BaseException, where: str) -> ChunkError:
    """Say what a channel's exception means: memory, the file (its reader raised it), or a bug of the channel."""
    kind: FailureKind = "bug"
    if isinstance(error, MemoryError):
        kind = "memory"
    elif raised_by_reader(error.__traceback__):
        kind = "input"
    return ChunkError(f"{where}: {error_line(error)}", kind, "".join(traceback.format_exception(error)))


def raised_by_reader(trace: TracebackType | None) -> bool:
    """Tell whether an exception passed through a library that reads files: columns are read when a channel asks."""
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in READERS:
            return True
        trace = trace.tb_next
    return False


def error_line(error: BaseException) -> str:
    """Give the first line of an error, with its type."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
