"""A certificate for one run: who holds it may talk to the run's scheduler, and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed.security import Security

ROLES = ("client", "scheduler", "worker")


@contextmanager
def certificate(folder: Path) -> Iterator[Security]:
    """Make a certificate, write it below a folder that all machines see, readable for its owner alone, and remove it.

    dask-jobqueue would write one too, and leave its files open until the interpreter thinks of them.
    """
    made = Security.temporary()
    with TemporaryDirectory(prefix=".darkbelle-certificate-", dir=folder, ignore_cleanup_errors=True) as own:
        files = {"certificate.pem": made.tls_ca_file, "key.pem": made.tls_worker_key}
        for name, content in files.items():
            path = Path(own, name)
            path.touch(mode=0o600)
            path.write_text(content)
        public, private = (str(Path(own, name)) for name in files)
        roles = {f"tls_{role}_{part}": path for role in ROLES for part, path in (("cert", public), ("key", private))}
        yield Security(require_encryption=True, tls_ca_file=public, **roles)
