"""Reading YAML documents into validated, frozen models, with errors that name file, key and reason."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import ConfigurationError

LONGEST = 200  # characters of what was found wrong that a message repeats


class Document(BaseModel):
    """Base of everything read from a data file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


def read_document(path: Path, model: type[Model]) -> Model:
    """Read `path` and validate it as `model`.

    Raises
    ------
    ConfigurationError
        The file is missing, is not YAML, or a key is wrong; the message names file, key and reason.
    """
    return validate(load_yaml(path), model, str(path))


def load_yaml(path: Path) -> Any:
    """Read a YAML file with the safe loader; ConfigurationError if it is missing or malformed."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not a text file in UTF-8.") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML ({getattr(error, 'problem', error)}).") from error


def validate(content: Any, model: type[Model], where: str) -> Model:
    """Validate `content` as `model`; ConfigurationError lists up to five problems as `where: key: reason`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        lines = [f"{where}: {_key(problem['loc'])}: {_reason(problem)}" for problem in problems[:5]]
        if len(problems) > len(lines):
            lines.append(f"{where}: and {len(problems) - len(lines)} more problems.")
        raise ConfigurationError("\n".join(lines)) from error


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(whole file)"


def _reason(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key; check its spelling."
    if problem["type"] == "missing":
        return "is missing."
    found = repr(problem["input"])
    found = found if len(found) <= LONGEST else f"{found[:LONGEST]}..."
    return f"{problem['msg'].removeprefix('Value error, ')} (found {found})."
