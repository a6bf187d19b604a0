"""Dask-Gateway: clusters on request, with the site's own authentication."""

import asyncio
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import aiohttp
from dask_gateway import BasicAuth, Gateway, GatewayCluster, GatewayClusterError, JupyterHubAuth, KerberosAuth
from dask_gateway.client import GatewayServerError, GatewayWarning
from distributed import Client

from ..site import GatewaySite, SiteError
from .contract import Description
from .scheduler import error_line, wait_for_workers

_TROUBLE = (
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    aiohttp.ClientError,
    GatewayClusterError,
    GatewayServerError,
    ModuleNotFoundError,
    ValueError,
)


def _leave_alone(_: object) -> None:
    """Do nothing when a gateway object is thrown away: everything here is closed by hand."""


# A gateway object that the garbage collector closes on the event loop's own thread waits for itself for ever
# (seen after a failed new_cluster); nothing here relies on it.
Gateway.__del__ = GatewayCluster.__del__ = _leave_alone


@dataclass(frozen=True)
class RunningCluster:
    """A cluster of the user's on a gateway.

    Attributes
    ----------
    name, status
        As the server tells.
    started
        When, ISO 8601; None while it is pending.
    dashboard
        Link to its pages.
    """

    name: str
    status: str
    started: str | None
    dashboard: str | None


class GatewayBackend:
    """A cluster of a gateway: started anew, or found again by its name."""

    def __init__(self, site: GatewaySite) -> None:
        self.site = site
        self._gateway: Gateway | None = None
        self._cluster: GatewayCluster | None = None
        self._client: Client | None = None

    def preflight(self) -> None:
        """Check that the server answers, lets the user in, and knows the cluster options."""
        with self._explained():
            gateway = self._open()
            offered = gateway.cluster_options()
        unknown = sorted(set(self.site.options) - set(offered.keys()))
        if unknown:
            known = ", ".join(offered.keys()) or "none"
            raise SiteError(f"{self._where()}: has no cluster option {', '.join(unknown)}; it offers {known}.")

    def connect(self, workers: int | None) -> Client:
        """Start a cluster, or attach to the one named, and wait for its first worker."""
        site, gateway = self.site, self._open()
        with self._explained():
            name = site.name or self._start(gateway)
            if name not in {each.name for each in gateway.list_clusters()}:
                raise SiteError(f"{self._where()}: no cluster {name!r} of yours runs; see `darkbelle clusters`.")
            self._cluster = gateway.connect(name, shutdown_on_close=site.name is None and not site.keep)
            number = workers or site.workers
            if site.minimum_workers is not None:
                self._cluster.adapt(minimum=site.minimum_workers, maximum=number)
            elif site.name is None or workers is not None:
                self.scale(number)
            self._client = self._cluster.get_client()
        wait_for_workers(self._client, 1, site.start_timeout, f"{self._where()}: cluster {self._cluster.name}")
        return self._client

    def _start(self, gateway: Gateway) -> str:
        """Start a cluster and wait until it runs: a cluster object made before would leak when that fails."""
        name = str(gateway.submit(self._options(gateway)))
        patience = monotonic() + self.site.start_timeout
        while (report := gateway.get_cluster(name)).status.name == "PENDING":
            if monotonic() > patience:
                gateway.stop_cluster(name)
                raise SiteError(f"{self._where()}: cluster {name} did not start in {self.site.start_timeout:.0f} s.")
            sleep(0.2)
        if report.status.name != "RUNNING":
            raise SiteError(
                f"{self._where()}: cluster {name} did not start ({report.status.name.lower()}); a quota may be used up."
            )
        return name

    def _options(self, gateway: Gateway) -> Any:
        options = gateway.cluster_options()
        for name, value in self.site.options.items():
            try:
                setattr(options, name, value)
            except (ValueError, TypeError) as error:
                raise SiteError(f"{self._where()}: cluster option {name}: {error_line(error)}.") from error
        return options

    def scale(self, workers: int) -> None:
        """Ask for a fixed number of workers; SiteError where the server allows fewer."""
        if self._cluster is None:
            return
        with self._explained(), warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", GatewayWarning)
            self._cluster.scale(workers)
        refused = [str(each.message) for each in told if isinstance(each.message, GatewayWarning)]
        if refused:
            raise SiteError(f"{self._where()}: {refused[0].partition('. ')[0]}; ask for fewer with --workers.")

    def describe(self) -> Description:
        """Describe it."""
        if self._cluster is None:
            return Description("none", None, same_software=False)
        note = ""
        if others := [each.name for each in self.clusters() if each.name != self._cluster.name]:
            number = f"{len(others)} more cluster{'s' * (len(others) > 1)} of yours run{'s' * (len(others) == 1)}"
            note = f"{number} there: {', '.join(others[:3])}; see `darkbelle clusters`"
        return Description(self._cluster.name, self._cluster.dashboard_link, same_software=False, note=note)

    def close(self) -> None:
        """Close the client; the cluster too, unless it was there before or is to stay."""
        for opened in (self._client, self._cluster, self._gateway):
            if opened is not None:
                with suppress(*_TROUBLE):
                    opened.close()

    def clusters(self) -> tuple[RunningCluster, ...]:
        """List the user's clusters on the server."""
        with self._explained():
            return tuple(
                RunningCluster(
                    each.name,
                    each.status.name.lower(),
                    each.start_time.isoformat(timespec="seconds") if each.start_time else None,
                    each.dashboard_link,
                )
                for each in self._open().list_clusters()
            )

    def stop(self, name: str) -> None:
        """Stop one of the user's clusters."""
        with self._explained():
            self._open().stop_cluster(name)

    def _open(self) -> Gateway:
        if self._gateway is None:
            site = self.site
            self._gateway = Gateway(
                address=site.address, proxy_address=site.proxy_address, auth=_authentication(site, self._where())
            )
        return self._gateway

    def _where(self) -> str:
        return f"gateway {self.site.address or '(of the Dask configuration)'}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what goes wrong with the server into one line."""
        try:
            yield
        except SiteError:
            raise
        except aiohttp.ClientResponseError as error:
            raise SiteError(f"{self._where()}: {_refusal(error.status)}.") from error
        except _TROUBLE as error:
            raise SiteError(f"{self._where()}: {_explanation(error)}") from error


def _refusal(status: int) -> str:
    return {
        401: "user name or password is wrong, or no token was given",
        403: "you are not allowed to do that there",
        404: "there is no Dask-Gateway at this address, or no such cluster",
    }.get(status, f"the server answered with HTTP status {status}")


def _explanation(error: BaseException) -> str:
    if isinstance(error, (aiohttp.ClientConnectorError, ConnectionError)):
        return "nothing answers at this address; is it right, and the server up?"
    if isinstance(error, GatewayClusterError):
        return f"the cluster did not start, or was stopped ({error_line(error)})."
    if isinstance(error, GatewayServerError):
        told = str(error).partition("\n")[0].strip()[:200]
        return f"its server failed ({told}); with a JupyterHub, is JUPYTERHUB_API_TOKEN a token of that hub, and valid?"
    if isinstance(error, ModuleNotFoundError):
        return f"its authentication needs the package {error.name}: run `pip install {error.name}` here."
    return f"{error_line(error)}."


def _authentication(site: GatewaySite, where: str) -> Any:
    """Make the site's authentication; passwords and tokens come from the environment only."""
    if site.auth == "basic":
        password = os.environ.get(site.password_variable)
        if password is None:
            raise SiteError(f"{where}: put the password into the environment variable {site.password_variable}.")
        return BasicAuth(site.user, password)
    if site.auth == "jupyterhub":
        if "JUPYTERHUB_API_TOKEN" not in os.environ:
            raise SiteError(f"{where}: JUPYTERHUB_API_TOKEN is not set; this is for notebooks of a JupyterHub.")
        return JupyterHubAuth()
    return KerberosAuth() if site.auth == "kerberos" else None
