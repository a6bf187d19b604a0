"""The contract of a backend: what every kind of cluster can do, in five methods."""

from dataclasses import dataclass
from typing import Protocol

from distributed import Client


@dataclass(frozen=True)
class Description:
    """What a person may want to know of a cluster.

    Attributes
    ----------
    name
        Of the cluster, for `darkbelle clusters` and for attaching again.
    dashboard
        Link to Dask's web pages; None without.
    same_software
        Whether workers are this very installation, so that nothing has to be compared or shipped.
    note
        What else one should know; "" for nothing.
    """

    name: str
    dashboard: str | None
    same_software: bool
    note: str = ""


class Backend(Protocol):
    """One kind of cluster, for one site."""

    def preflight(self) -> None:
        """Check before anything is started that it can work; SiteError says what is missing."""

    def connect(self, workers: int | None) -> Client:
        """Start or find the cluster and give a client to it; `workers` None is the site's own number."""

    def scale(self, workers: int) -> None:
        """Ask for another number of workers."""

    def describe(self) -> Description:
        """Describe the cluster that `connect` gave a client to."""

    def close(self) -> None:
        """Let go of client and cluster; a cluster that is to stay does."""
