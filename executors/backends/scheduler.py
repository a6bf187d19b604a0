"""A Dask scheduler that somebody else started."""

from contextlib import suppress

from distributed import Client
from distributed.security import Security

from ..site import SchedulerSite, SiteError
from .contract import Description


class SchedulerBackend:
    """A client to a running scheduler; closing leaves it as it was."""

    def __init__(self, site: SchedulerSite) -> None:
        self.site = site
        self._client: Client | None = None

    def preflight(self) -> None:
        """Check nothing: connecting tells all there is to know."""

    def connect(self, workers: int | None) -> Client:
        """Connect and wait for a worker; the number of workers is its owner's business."""
        site = self.site
        if workers is not None:
            raise SiteError(f"{site.address}: runs already; its number of workers cannot be chosen with --workers.")
        try:
            self._client = Client(site.address, timeout=site.start_timeout, security=self._security())
        except (OSError, TimeoutError, ValueError) as error:
            raise SiteError(f"{site.address}: no Dask scheduler answers ({error_line(error)}).") from error
        wait_for_workers(self._client, 1, site.start_timeout, site.address)
        return self._client

    def _security(self) -> Security | None:
        site = self.site
        if not (site.certificate_authority or site.certificate or site.key):
            return None
        return Security(
            tls_ca_file=site.certificate_authority,
            tls_client_cert=site.certificate,
            tls_client_key=site.key,
            require_encryption=True,
        )

    def scale(self, workers: int) -> None:
        """Refuse: it is not ours."""
        raise SiteError(f"{self.site.address}: runs already; its {workers} workers have to be asked of its owner.")

    def describe(self) -> Description:
        """Describe it."""
        link = self._client.dashboard_link if self._client else None
        return Description(self.site.address, link, same_software=False)

    def close(self) -> None:
        """Close the client only."""
        if self._client is not None:
            with suppress(TimeoutError):
                self._client.close()


def wait_for_workers(client: Client, number: int, seconds: float, where: str) -> None:
    """Wait for workers; SiteError if they do not come in time."""
    try:
        client.wait_for_workers(number, timeout=seconds)
    except OSError as error:
        if not isinstance(error, TimeoutError):
            raise SiteError(f"{where}: went away before a worker came ({error_line(error)}).") from error
        raise SiteError(f"{where}: no worker came within {seconds:.0f} s; look at its queue and its logs.") from error


def error_line(error: BaseException) -> str:
    """Give the first line of an error."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__
