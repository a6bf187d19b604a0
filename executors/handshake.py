"""The handshake before the first chunk: the same software on scheduler and workers, or what to do about it."""

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from types import ModuleType
from zipfile import ZIP_DEFLATED, ZipFile

import cloudpickle
from distributed import Client
from distributed.diagnostics.plugin import WorkerPlugin

from ..datasets.provenance import PACKAGES, ROOT
from . import probe as probing
from .probe import Unpack, probe, unpack
from .site import SiteError

PACKAGE = "darkbelle"
ROOT_FILES = ("__init__.py", "__main__.py", "py.typed")
SCHEDULER = "scheduler"


def shake_hands(client: Client) -> tuple[str, ...]:
    """Compare software with scheduler and workers, and send darkbelle to workers that lack it or have another one.

    Returns
    -------
    tuple
        What was done, one line each.

    Raises
    ------
    SiteError
        Versions differ that must not; each line names the place, and what to install there.
    """
    _by_value(probing)
    mine, theirs = probe(), _probe_all(client)
    problems = list(differences(mine, theirs))
    if problems:
        more = f"\nand {len(problems) - 6} more differences" if len(problems) > 6 else ""
        raise SiteError("the cluster has other software:\n" + "\n".join(problems[:6]) + more)
    lacking = [place for place, told in theirs.items() if told["darkbelle"] != mine["darkbelle"]]
    if not lacking:
        return ()
    ship_package(client)
    for place, told in _probe_all(client).items():
        if told["darkbelle"] != mine["darkbelle"]:
            raise SiteError(
                f"{place}: keeps another darkbelle ({_code(told)}, here {_code(mine)}) than the one sent there: "
                "install this one there, or start new workers."
            )
    had = ", ".join(sorted({_code(theirs[place]) for place in lacking}))
    return (f"sent darkbelle ({_code(mine)}) to {len(lacking)} of {len(theirs)} processes, which had: {had}",)


def _code(told: Mapping[str, str]) -> str:
    """Name a process's darkbelle shortly, by its code."""
    known = told["darkbelle"]
    return f"code {known[:10]}" if re.fullmatch("[0-9a-f]{64}", known) else known


def _probe_all(client: Client) -> dict[str, Mapping[str, str]]:
    """Ask the scheduler, which unpacks every task, and all workers."""
    return {SCHEDULER: client.run_on_scheduler(probe), **client.run(probe)}


def differences(mine: Mapping[str, str], theirs: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Say for each place what it has in another version than this process, and the command that mends it."""
    for place, told in theirs.items():
        wrong = [name for name in ("python", *probing.PACKAGES) if told.get(name) != mine[name]]
        if "python" in wrong:
            yield f"{place}: Python {told['python']}, here {mine['python']}: use the same environment on both sides."
        elif wrong:
            have = ", ".join(f"{name} {told.get(name)}" for name in wrong)
            wanted = " ".join(f"{name}=={mine[name]}" for name in wrong)
            yield f"{place}: {have}: run `pip install {wanted}` there."


def ship_package(client: Client) -> None:
    """Send this darkbelle to the scheduler and to all workers, those to come included."""
    _by_value(probing)
    archive = package_archive()
    client.run_on_scheduler(unpack, archive, PACKAGE)
    client.register_plugin(type("UnpackPlugin", (Unpack, WorkerPlugin), {"name": Unpack.name})(archive, PACKAGE))


def package_archive() -> bytes:
    """Pack darkbelle's own code and data files, and nothing else of the folder it lies in."""
    stream = BytesIO()
    files = [ROOT / name for name in ROOT_FILES]
    for package in PACKAGES:
        files += sorted(path for path in (ROOT / package).rglob("*") if path.is_file() and _belongs(path.parts))
    with ZipFile(stream, "w", compression=ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{PACKAGE}/{file.relative_to(ROOT).as_posix()}")
    return stream.getvalue()


def _belongs(parts: tuple[str, ...]) -> bool:
    return "__pycache__" not in parts and not any(part.startswith(".") for part in parts)


def _by_value(module: ModuleType) -> None:
    """Let a module travel with what is sent: workers may not have it."""
    cloudpickle.register_pickle_by_value(module)
