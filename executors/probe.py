"""What a worker tells of itself, and how a package reaches it: sent there by value, so the standard library only."""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from tempfile import mkdtemp
from zipfile import ZipFile

PACKAGES = ("dask", "distributed", "cloudpickle", "msgpack", "coffea", "awkward", "uproot", "hist", "numpy")


def probe() -> dict[str, str]:
    """Give the versions that matter here, the hash of darkbelle's code, and cores and memory of the machine."""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    try:
        from darkbelle.datasets.provenance import code_hash

        found["darkbelle"] = code_hash()
    except ImportError:
        found["darkbelle"] = "not installed"
    except Exception as error:  # noqa: BLE001  # an installation that cannot tell its code is another one
        found["darkbelle"] = f"damaged: {type(error).__name__}"
    found["cores"] = str(os.cpu_count())
    found["memory"] = str(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return found


def unpack(archive: bytes, package: str, folder: str | None = None) -> None:
    """Unpack a package into a new folder, first on the path, and forget what was imported of an older copy."""
    place = mkdtemp(prefix=f"{package}-package-", dir=folder)
    with ZipFile(BytesIO(archive)) as content:
        content.extractall(place)  # made by the client of this very cluster
    sys.path.insert(0, place)
    for module in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[module]


class Unpack:
    """A worker plugin that unpacks a package beside the worker's files; workers that come later get it too."""

    name = "darkbelle-package"

    def __init__(self, archive: bytes, package: str) -> None:
        self.archive, self.package = archive, package

    def setup(self, worker: object) -> None:
        """Unpack it when the plugin reaches a worker."""
        unpack(self.archive, self.package, getattr(worker, "local_directory", None))
