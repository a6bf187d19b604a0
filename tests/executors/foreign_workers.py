"""A real Dask scheduler and workers in an environment of their own, which has the libraries but not this darkbelle."""

import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed.utils import open_port


def environment(folder: Path) -> Path:
    """Make a virtual environment that finds the libraries of this one, but not what is installed as editable here.

    A folder that a .pth file names is searched, but the .pth files in it, such as an editable package's, are not read.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = folder / "lib" / version / "site-packages" / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n")
    return python


@dataclass(frozen=True)
class Foreign:
    """A running cluster: its environment's Python, the scheduler's address, and where workers are started."""

    python: Path
    address: str
    folder: Path
    stack: ExitStack

    def start_worker(self, path: Path | None = None) -> None:
        """Start another worker, with `path` before its libraries."""
        options = ["--nthreads", "1", "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        self.stack.enter_context(_process(self, "dask_worker", [self.address, *options], path))


@contextmanager
def _process(cluster: Foreign, module: str, options: list[str], path: Path | None = None) -> Iterator[None]:
    command = [str(cluster.python), "-m", f"distributed.cli.{module}", *options]
    own = {"PATH": "/usr/bin:/bin", "HOME": str(cluster.folder), **({} if path is None else {"PYTHONPATH": str(path)})}
    with (cluster.folder / "cluster.log").open("a") as log:
        process = subprocess.Popen(command, cwd=cluster.folder, env=own, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def foreign_cluster(folder: Path) -> Iterator[Foreign]:
    """Start a scheduler without workers; it and all workers end with the block."""
    port = open_port("127.0.0.1")
    with ExitStack() as stack:
        cluster = Foreign(environment(folder / "venv"), f"tcp://127.0.0.1:{port}", folder, stack)
        options = ["--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0"]
        stack.enter_context(_process(cluster, "dask_scheduler", options))
        yield cluster


def lacks_darkbelle(python: Path, folder: Path) -> bool:
    """Tell whether an environment has dask but no darkbelle."""
    found = [
        subprocess.run([python, "-c", f"import {name}"], cwd=folder, capture_output=True, check=False).returncode
        for name in ("distributed", "darkbelle")
    ]
    return found == [0, 1]


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until a call gives something true."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.1)
