"""What a long study has finished, kept piece by piece in a folder, so that it can be resumed."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..datasets.errors import UsageError
from ..datasets.storage import make_folder, write_text

Result = TypeVar("Result")
ABOUT = "study.json"


class Study(Generic[Result]):
    """A folder with one JSON file for each finished piece.

    Parameters
    ----------
    folder
        Where; made if missing.
    about
        What is studied: resuming asks for the same.
    kind
        Makes a result (a dataclass of plain values) from its fields.
    resume
        Go on with what the folder holds; a folder that holds pieces is refused otherwise.

    Raises
    ------
    UsageError
        The folder holds another study, or pieces that nobody asked to go on with.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any], kind: Callable[..., Result], resume: bool) -> None:
        self._folder, self._kind = make_folder(folder), kind
        written, text = self._folder / ABOUT, dumps(dict(about), sort_keys=True)
        if written.exists():
            if not resume:
                raise UsageError(f"{folder}: holds a study; go on with --resume, or choose another folder.")
            if written.read_text(encoding="utf-8") != text:
                raise UsageError(f"{folder}: holds a study of something else; choose another folder.")
        write_text(written, text)

    def finished(self, key: str) -> Result | None:
        """Give a finished piece's result; None where it is missing or broken (it is then done again)."""
        path = self._folder / f"{key}.json"
        try:
            return self._kind(**loads(path.read_text(encoding="utf-8")))
        except (OSError, JSONDecodeError, UnicodeDecodeError, TypeError):
            return None

    def keep(self, key: str, result: Result) -> None:
        """Write a piece's result."""
        write_text(self._folder / f"{key}.json", dumps(asdict(result)))  # type: ignore[call-overload]
