"""Writing files so that a half-written one never stands under its final name."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from .errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it when the block ends well, and is removed otherwise.

    Parameters
    ----------
    path
        The final name; its folder must exist.

    Yields
    ------
    Path
        A new name in the same folder (so that the rename is atomic), with the same suffix.

    Raises
    ------
    UsageError
        The folder cannot be written to.
    """
    temporary = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    try:
        temporary.touch()
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another output.") from error
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def make_folder(path: Path) -> Path:
    """Make the folder `path` (parents too) and check that files can be written there.

    Raises
    ------
    UsageError
        It cannot be made, is a file, or is not writable.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UsageError(f"{path}: cannot write there ({error.strerror}); choose another folder.") from error
    return path
