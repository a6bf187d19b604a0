"""Reading YAML documents into validated, frozen models, with errors that name file, key and reason."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

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
        lines = [f"{where}: {_key(problem['loc'])}: {_reason(problem, model)}" for problem in problems[:5]]
        if len(problems) > len(lines):
            lines.append(f"{where}: and {len(problems) - len(lines)} more problems.")
        raise ConfigurationError("\n".join(lines)) from error


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(whole file)"


def _reason(problem: Any, model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        *place, name = problem["loc"]
        near = get_close_matches(str(name), _known_keys(model, place), n=1)
        return f"unknown key; did you mean {near[0]!r}?" if near else "unknown key; check its spelling."
    if problem["type"] == "missing":
        return "is missing."
    found = repr(problem["input"])
    found = found if len(found) <= LONGEST else f"{found[:LONGEST]}..."
    return f"{problem['msg'].removeprefix('Value error, ')} (found {found})."


def _known_keys(model: Any, place: Sequence[int | str]) -> list[str]:
    """List the keys that a model knows at a place within; none where that cannot be told."""
    for step in place:
        fields = model.model_fields if _is_model(model) else {}
        annotation = fields[step].annotation if step in fields else model
        inner = [annotation, *get_args(annotation)]
        model = next((each for each in inner if _is_model(each)), annotation)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
