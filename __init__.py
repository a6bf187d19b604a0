"""Distributed columnar searches for dark sectors at the e+e- B-factories.

The public names are loaded on first use, so that ``import darkbelle`` and the command line stay quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .commands._control_run import measure_control
    from .datasets.catalog import Catalog
    from .datasets.errors import DarkbelleError
    from .executors.running import run
    from .limits.scan import Scan, scan
    from .processors.run import Run

__version__ = "0.1.0"
__all__ = ["Catalog", "DarkbelleError", "Run", "Scan", "__version__", "measure_control", "run", "scan"]

_HOMES = {
    "Catalog": "darkbelle.datasets.catalog",
    "DarkbelleError": "darkbelle.datasets.errors",
    "Run": "darkbelle.processors.run",
    "Scan": "darkbelle.limits.scan",
    "measure_control": "darkbelle.commands._control_run",
    "run": "darkbelle.executors.running",
    "scan": "darkbelle.limits.scan",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'darkbelle' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names only."""
    return sorted(__all__)
