"""Opening a site: the backend for it, checked, connected, compared with this process, and closed for certain."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from distributed import Client

from ..datasets.errors import UsageError
from .backends.contract import Backend
from .handshake import shake_hands
from .site import BatchSite, Site, load_site

# Modules are imported when asked for: a laptop needs neither the gateway's client nor a batch system's.
_BACKENDS = {
    "local": ("local", "LocalBackend"),
    "scheduler": ("scheduler", "SchedulerBackend"),
    "gateway": ("gateway", "GatewayBackend"),
    "slurm": ("batch", "BatchBackend"),
    "htcondor": ("batch", "BatchBackend"),
    "lsf": ("batch", "BatchBackend"),
}


def make_backend(site: Site) -> Backend:
    """Give the backend of a site."""
    module, name = _BACKENDS[site.cluster]
    backend: Backend = getattr(import_module(f".backends.{module}", __package__), name)(site)
    return backend


def script_of(site: str, overrides: Mapping[str, Any] | None = None) -> str | None:
    """Give the script of a batch site's jobs; None for other sites."""
    found = load_site(site, overrides)
    if not isinstance(found, BatchSite):
        return None
    from .backends.batch import job_script  # needs dask-jobqueue

    return job_script(found)


@contextmanager
def open_site(site: str, workers: int | None = None, overrides: Mapping[str, Any] | None = None) -> Iterator[Client]:
    """Open a site and close client and cluster at the end, whatever happens.

    Parameters
    ----------
    site
        A shipped site's name or the path of a YAML file.
    workers
        How many workers; the site's own number, else one a core, for None.
    overrides
        Keys of the site to set anew.

    Yields
    ------
    Client
        A Dask client, its workers with the same software as this process.

    Raises
    ------
    SiteError
        The site cannot be used; the message says why.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} workers: at least 1 is needed.")
    backend = make_backend(load_site(site, overrides))
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # deaths of workers are told by the ledger
    try:
        backend.preflight()
        client = backend.connect(workers)
        about = backend.describe()
        if not about.same_software:
            for note in filter(None, (f"cluster {about.name}", about.note, *shake_hands(client))):
                sys.stderr.write(f"darkbelle: {note}\n")
        yield client
    finally:
        backend.close()
