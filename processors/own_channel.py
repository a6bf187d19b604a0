"""A user's own channel: a Python file with one class, which travels to the workers with the run."""

from __future__ import annotations

import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle

from ..datasets.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

    from .channel import Channel


def is_file(name: str) -> bool:
    """Tell whether `name` is a Python file's path rather than a channel's name."""
    return name.endswith(".py")


def load_channel_class(path: str) -> type[Channel]:
    """Load the channel's class from a Python file.

    The module is pickled by value from then on, since workers cannot import it.

    Raises
    ------
    UsageError
        The file cannot be read or run, or does not define exactly one channel.
    """
    from .channel import Channel

    module = _load(Path(path))
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Channel) and each.__module__ == module.__name__
    ]
    if len(found) != 1:
        told = ", ".join(each.__name__ for each in found) or "none"
        raise UsageError(f"{path}: must define one class derived from Channel; it has {told}.")
    lacking = [
        name for name in ("name", "needs", "regions", "cuts", "observables", "triggers") if not hasattr(found[0], name)
    ]
    if lacking:
        raise UsageError(f"{path}: class {found[0].__name__} does not set {', '.join(lacking)}.")
    cloudpickle.register_pickle_by_value(module)
    return found[0]


def _load(path: Path) -> ModuleType:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error
    # The name holds place and content: a changed file is another module, on workers that live longer than a run, too,
    # and so is a copy in another folder, which finds other files beside it.
    name = f"darkbelle_own_{path.stem}_{sha256(bytes(path.resolve()) + content).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise UsageError(f"{path}: is not a Python file.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        line = str(error).strip().splitlines() or [""]
        raise UsageError(f"{path}: cannot be run ({type(error).__name__}: {line[0][:200]}).") from error
    return module
