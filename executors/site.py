"""Sites as data: where to compute, read from YAML and validated; one model for each kind of cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, field_validator, model_validator

from ..datasets.documents import Document, load_yaml, validate
from ..datasets.errors import ConfigurationError, DarkbelleError, UsageError

FOLDER = Path(__file__).parent / "sites"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class SiteError(DarkbelleError):
    """A site cannot be used: not reachable, not allowed, or other software there."""


class LocalSite(Document):
    """The machine that darkbelle runs on.

    Attributes
    ----------
    processes
        Worker processes rather than threads of this process.
    workers
        How many; the cores that this process may use where absent.
    memory_limit
        Of each worker: a text such as "2 GB", "auto", or 0 for none.
    dashboard
        Address of Dask's web server; only this machine can reach the default one.
    allowed_failures
        Deaths of a worker under a task before the task is given up.
    """

    cluster: Literal["local"]
    processes: bool
    workers: Count | None = None
    memory_limit: str | int = "auto"
    dashboard: str = "127.0.0.1:0"
    allowed_failures: Annotated[int, Field(ge=0)] = 1


class SchedulerSite(Document):
    """A Dask scheduler that runs already.

    Attributes
    ----------
    address
        Such as "tcp://127.0.0.1:8786" or "tls://localhost:8786".
    certificate_authority, certificate, key
        Files for TLS; those of Dask's own configuration where absent.
    start_timeout
        Seconds to wait for the scheduler and its first worker.
    """

    cluster: Literal["scheduler"]
    address: Annotated[str, Field(pattern=r"^(tcp|tls|ucx|ws|wss)://")]
    certificate_authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    start_timeout: Seconds = 60.0
    workers: None = None


class GatewaySite(Document):
    """A Dask-Gateway server.

    Attributes
    ----------
    address, proxy_address
        Of the server; those of Dask's own configuration where absent.
    auth
        "basic", "jupyterhub" (token from its environment), "kerberos"; that of Dask's configuration where absent.
    user, password_variable
        For "basic": the user's name, and the environment variable that holds the password.
    options
        Cluster options, checked against what the server offers.
    name
        A running cluster to attach to; a new one where absent.
    keep
        Whether a new cluster stays when the work ends.
    workers, minimum_workers
        How many; between the two as work demands, where `minimum_workers` is given.
    start_timeout
        Seconds to wait for the cluster's first worker.
    """

    cluster: Literal["gateway"]
    address: str | None = None
    proxy_address: str | None = None
    auth: Literal["basic", "jupyterhub", "kerberos"] | None = None
    user: str | None = None
    password_variable: str = "DASK_GATEWAY_PASSWORD"  # noqa: S105  # the variable's name
    options: dict[str, Any] = Field(default_factory=dict)
    name: str | None = None
    keep: bool = False
    workers: Count = 2
    minimum_workers: Annotated[int, Field(ge=0)] | None = None
    start_timeout: Seconds = 120.0


class BatchSite(Document):
    """A batch system; each job is one worker process.

    Attributes
    ----------
    cluster
        Which.
    workers, minimum_workers
        How many jobs; between the two as work demands, where `minimum_workers` is given.
    cores, memory, disk
        Of a job.
    walltime
        Of a job, "HH:MM:SS": a worker ends in good order before it.
    queue, account
        Names that the batch system knows.
    directives
        Further lines for the job's script, without the batch system's prefix.
    prologue
        Shell lines before the worker starts.
    interface
        Network interface on which workers reach this machine.
    tls
        Whether scheduler and workers talk over TLS with a certificate made for this run. Without, whoever reaches the
        interface can run code as you, so that one has to be named.
    shared_folder
        Where workers find that certificate: a folder that all machines see; the current one where absent.
    log_folder
        Where jobs write what they say; "darkbelle-logs" in the shared folder where absent.
    python
        The workers' Python; this one where absent.
    start_timeout
        Seconds to wait for the first job.
    """

    cluster: Literal["slurm", "htcondor", "lsf"]
    workers: Count = 2
    minimum_workers: Annotated[int, Field(ge=0)] | None = None
    cores: Count = 1
    memory: str = "2 GB"
    disk: str | None = None
    walltime: Annotated[str, Field(pattern=r"^\d+:\d\d(:\d\d)?$")] = "02:00:00"
    queue: str | None = None
    account: str | None = None
    directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    interface: str | None = None
    tls: bool = True
    shared_folder: str | None = None
    python: str | None = None
    log_folder: str | None = None
    start_timeout: Seconds = 600.0

    @field_validator("walltime")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if wall_seconds(value) < 120:
            raise ValueError("must be two minutes at least")
        return value

    @model_validator(mode="after")
    def _closed_to_others(self) -> Self:
        if not self.tls and not self.interface:
            raise ValueError("without tls anybody could use the scheduler; name the interface it shall listen on")
        return self


Site = LocalSite | SchedulerSite | GatewaySite | BatchSite
KINDS: Mapping[str, type[Site]] = {
    "local": LocalSite,
    "scheduler": SchedulerSite,
    "gateway": GatewaySite,
    **dict.fromkeys(("slurm", "htcondor", "lsf"), BatchSite),
}


def wall_seconds(text: str) -> int:
    """Give the seconds of "HH:MM" or "HH:MM:SS"."""
    parts = [int(part) for part in text.split(":")]
    hours, minutes, seconds = (*parts, 0) if len(parts) == 2 else parts
    return 3600 * hours + 60 * minutes + seconds


def site_names() -> tuple[str, ...]:
    """List the sites that darkbelle ships."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_site(site: str, overrides: Mapping[str, Any] | None = None) -> Site:
    """Read a shipped site by name or any YAML file by path, with some keys set anew.

    Raises
    ------
    UsageError
        There is no such site.
    ConfigurationError
        A key or value is wrong.
    """
    if site.endswith((".yaml", ".yml")):
        path = Path(site)
    elif site in site_names():
        path = FOLDER / f"{site}.yaml"
    else:
        known = ", ".join(site_names())
        raise UsageError(f"unknown site {site!r}; known are {known}, or give the path of a YAML file.")
    content = load_yaml(path)
    if not isinstance(content, dict) or content.get("cluster") not in KINDS:
        raise ConfigurationError(f"{path}: cluster: must be one of {', '.join(KINDS)}.")
    content |= overrides or {}
    return validate(content, KINDS[content["cluster"]], str(path))


def read_overrides(texts: tuple[str, ...]) -> dict[str, Any]:
    """Read KEY=VALUE texts, values as YAML.

    Raises
    ------
    UsageError
        One has no "=".
    """
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--site-option {text!r}: give KEY=VALUE, for example memory='4 GB'.")
        try:
            found[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(f"--site-option {text!r}: {value!r} is no YAML value.") from error
    return found
