"""Where files are: local paths and globs that stay below a root, URLs, and replicas of one file."""

import re
from glob import glob, has_magic
from pathlib import Path
from typing import Annotated

from pydantic import Field

from .errors import ConfigurationError

PROTOCOLS = ("root", "roots", "xroot", "xroots", "http", "https")
"""Protocols of URLs in catalogs."""

Location = str | Annotated[list[str], Field(min_length=1)]
"""A path, glob or URL; or the replicas of one file, in the order to try them."""


def is_remote(file: str) -> bool:
    """Tell whether `file` is a URL."""
    return "://" in file


def find_files(entry: Location, folder: Path, root: Path | None, sample: str) -> list[tuple[str, ...]]:
    """Find the files that an entry of a catalog names, each with its replicas.

    Parameters
    ----------
    entry
        From the catalog.
    folder
        What relative paths are relative to.
    root
        Folder that local paths must not lead out of; None for anywhere.
    sample
        For messages.

    Raises
    ------
    ConfigurationError
        A glob matches nothing, a path leads out of `root`, or a URL is of an unknown kind.
    """
    where = f"samples.{sample}.files"
    if isinstance(entry, str):
        return [(file,) for file in _expand(entry, folder, root, where)]
    for each in entry:
        if not is_remote(each) and has_magic(each):
            raise ConfigurationError(f"{where}: {each!r} among replicas may match several files; name one.")
    return [tuple(file for each in entry for file in _expand(each, folder, root, where))]


def confined(path: Path, root: Path | None, where: str) -> Path:
    """Give `path` if `root` is None, else what it leads to, which must lie below `root`, links followed.

    Raises
    ------
    ConfigurationError
        It leads out of `root`; `where` says what named it.
    """
    if root is None:
        return path
    target = path.resolve()
    if not target.is_relative_to(root):
        raise ConfigurationError(f"{where}: {path} leads to {target}, out of the catalog's root {root}.")
    return target


def _expand(pattern: str, folder: Path, root: Path | None, where: str) -> list[str]:
    if is_remote(pattern):
        return [_checked(pattern, where)]
    path = folder / Path(pattern).expanduser()
    if not has_magic(pattern):
        return [str(confined(path, root, where))]
    found = sorted(glob(str(path), recursive=True))  # noqa: PTH207  # Path.glob refuses absolute patterns
    if not found:
        raise ConfigurationError(f"{where}: {pattern!r} matches no file in {folder}.")
    return [str(confined(Path(file), root, where)) for file in found]


def _checked(url: str, where: str) -> str:
    """Let URLs of known protocols pass; a chain of them (a::b) could name a local file behind the first."""
    protocol, _, rest = url.partition("://")
    if protocol not in PROTOCOLS or "::" in re.sub(r"\[[0-9a-fA-F:.]*\]", "", rest):
        raise ConfigurationError(f"{where}: {url!r} is no URL that can be read; known are {', '.join(PROTOCOLS)}.")
    if "*" in rest:
        raise ConfigurationError(f"{where}: {url!r}: there are no globs in URLs; name each file.")
    return url
