"""A real dask-gateway server on loopback for the tests: started as a process of its own, stopped for certain."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PASSWORD = "only-for-tests"  # noqa: S105  # of a server on loopback that lives for a test
CONFIGURATION = """
import os
from dask_gateway_server.options import Options, Integer, Mapping

c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
if "TEST_HUB" in os.environ:
    c.DaskGateway.authenticator_class = "dask_gateway_server.auth.JupyterHubAuthenticator"
    c.JupyterHubAuthenticator.jupyterhub_api_url = os.environ["TEST_HUB"]
    c.JupyterHubAuthenticator.jupyterhub_api_token = "of-the-service"
else:
    c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
    c.SimpleAuthenticator.password = os.environ["TEST_PASSWORD"]
c.DaskGateway.address = f"127.0.0.1:{os.environ['TEST_PRIVATE']}"
c.Proxy.address = f"127.0.0.1:{os.environ['TEST_PUBLIC']}"
c.Proxy.tcp_address = f"127.0.0.1:{os.environ['TEST_SCHEDULERS']}"
c.UnsafeLocalBackend.clusters_directory = os.environ["TEST_FOLDER"]
c.UnsafeLocalBackend.inherited_environment = ["PATH", "VIRTUAL_ENV", "HOME", "TMPDIR"]
c.UnsafeLocalBackend.sigint_timeout = 3
c.Backend.cluster_status_period = 2
c.Backend.worker_status_period = 2
c.Backend.cluster_heartbeat_period = 2
c.Backend.cluster_heartbeat_timeout = 20
c.Backend.check_timeouts_period = 2
c.Backend.cluster_start_timeout = 60
c.Backend.worker_start_timeout = 60
c.Backend.db_url = "sqlite:///:memory:"
c.ClusterConfig.scheduler_cmd = [os.environ["TEST_DASK"], "scheduler"]
c.ClusterConfig.worker_cmd = [os.environ["TEST_DASK"], "worker"]
c.ClusterConfig.worker_cores = 1
c.ClusterConfig.worker_memory = "2 G"
c.ClusterConfig.cluster_max_workers = 3
c.Backend.cluster_options = Options(
    Integer("worker_cores", default=1, min=1, max=2),
    Mapping("environment", default={}),
    handler=lambda options: {"worker_cores": options.worker_cores, "environment": options.environment},
)
"""


@dataclass(frozen=True)
class Server:
    """A running server: its public address, that of its schedulers, its folder and its process."""

    address: str
    proxy_address: str
    folder: Path
    process: int

    def site(self, **changes: object) -> dict[str, object]:
        """Give the content of a site's YAML for it."""
        content: dict[str, object] = {
            "cluster": "gateway",
            "address": self.address,
            "proxy_address": self.proxy_address,
            "auth": "basic",
            "user": "alice",
            "password_variable": "TEST_GATEWAY_PASSWORD",
            "workers": 2,
            "start_timeout": 60,
        }
        return content | changes


def free_ports(number: int) -> list[int]:
    """Find ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def gateway_server(folder: Path, hub: str | None = None) -> Iterator[Server]:
    """Start a server with its files below `folder`, wait until it answers, and stop it with all it started.

    With the API of a JupyterHub at `hub` that knows the users, rather than the password.
    """
    private, public, schedulers = free_ports(3)
    configuration = folder / "dask_gateway_config.py"
    configuration.write_text(CONFIGURATION)
    binaries = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "TEST_PASSWORD": PASSWORD,
        "TEST_PRIVATE": str(private),
        "TEST_PUBLIC": str(public),
        "TEST_SCHEDULERS": str(schedulers),
        "TEST_FOLDER": str(folder / "clusters"),
        "TEST_DASK": str(binaries / "dask"),
        **({} if hub is None else {"TEST_HUB": hub}),
        "DASK_DISTRIBUTED__WORKER__DAEMON": "True",
    }
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [binaries / "dask-gateway-server", "-f", configuration], env=environment, stdout=log, stderr=log
        )
    try:
        _wait(f"http://127.0.0.1:{public}/api/health", server)
        yield Server(f"http://127.0.0.1:{public}", f"gateway://127.0.0.1:{schedulers}", folder, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
        _reap(folder / "clusters")


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(150):
        assert server.poll() is None, "the gateway server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310  # loopback
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the gateway server did not come up")


def _reap(folder: Path) -> None:
    """End schedulers and workers of clusters that outlived the server: they work below its folder."""
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                process.kill()
        except (psutil.Error, OSError):
            continue
