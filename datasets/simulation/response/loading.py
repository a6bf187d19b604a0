"""Reading the detector's numbers: each shipped with unit and source, any of them open to change."""

from functools import cache
from pathlib import Path
from typing import Any

from ...documents import Document, load_yaml, validate
from ...errors import ConfigurationError
from .parameters import Response

FOLDER = Path(__file__).parent
LINES = "lines"  # of the trigger: definitions that carry a source each, no numbers with units


class Entry(Document):
    """One number (or table) of the file: value, unit ("1" for none) and where it comes from."""

    value: float | list[float] | list[list[float]]
    unit: str
    source: str


def response_names() -> list[str]:
    """List the experiments whose response darkbelle ships."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def load_response(name: str, overrides: Path | None = None) -> Response:
    """Read the response of a shipped experiment, with a user's own numbers on top.

    Parameters
    ----------
    name
        The experiment, for example "belle2".
    overrides
        A YAML file of the same layout that holds only what differs; plain numbers will do there. A trigger line
        replaces the shipped one of its name or is added.

    Raises
    ------
    ConfigurationError
        There is no response for that experiment, or a file is wrong; an unknown name is told with the nearest one.
    """
    if name not in response_names():
        known = ", ".join(response_names())
        raise ConfigurationError(f"no detector response for experiment {name!r}; there are {known}.")
    path = FOLDER / f"{name}.yaml"
    content = _values(load_yaml(path), path, documented=True)
    if overrides is None:
        return validate(content, Response, str(path))
    changes = _values(load_yaml(overrides), overrides, documented=False)
    merged = {part: {**content.get(part, {}), **changes.get(part, {})} for part in {**content, **changes}}
    if isinstance(lines := changes.get("trigger", {}).get(LINES), dict):
        merged["trigger"][LINES] = {**content["trigger"][LINES], **lines}
    return validate(merged, Response, str(overrides))


def documented_response(name: str) -> dict[str, dict[str, Entry]]:
    """Give a shipped experiment's numbers with their units and sources, by part and name; trigger lines apart."""
    path = FOLDER / f"{name}.yaml"
    return {
        part: {key: validate(entry, Entry, f"{path}: {part}.{key}") for key, entry in entries.items() if key != LINES}
        for part, entries in load_yaml(path).items()
    }


def _values(content: Any, path: Path, *, documented: bool) -> dict[str, dict[str, Any]]:
    """Strip units and sources; `documented` asks every number to have them."""
    if not isinstance(content, dict) or not all(isinstance(part, dict) for part in content.values()):
        raise ConfigurationError(f"{path}: expects parts (photons, tracks, ...) that hold numbers by name.")
    values: dict[str, dict[str, Any]] = {}
    for part, entries in content.items():
        values[part] = {}
        for key, entry in entries.items():
            full = key != LINES and (documented or isinstance(entry, dict))
            values[part][key] = validate(entry, Entry, f"{path}: {part}.{key}").value if full else entry
    return values
