"""A real XRootD server for the tests, which the loopback of the current network namespace alone must reach.

The server listens on all interfaces: start it only where there is none but the loopback (`unshare --net`).
"""

import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORT = 21094
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP of linux/sockios.h and if.h

CONFIGURATION = """
all.export {data} r/o
oss.localroot /
xrd.port {port}
all.adminpath {scratch}/admin
all.pidpath {scratch}/run
xrd.network nodnr nokeepalive
xrd.allow host 127.0.0.1
xrd.allow host localhost
xrootd.async off
"""


def raise_loopback() -> None:
    """Bring up the loopback of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh", b"lo", 0)
        (flags,) = struct.unpack("16xh", fcntl.ioctl(control, _GET_FLAGS, request)[:18])
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh", b"lo", flags | _UP))


def interfaces() -> list[str]:
    """Name the network interfaces of the current namespace."""
    return [name for _, name in socket.if_nameindex()]


class XRootD:
    """A server that can be killed and started again."""

    def __init__(self, data: Path, scratch: Path) -> None:
        self.data, self.scratch = data, scratch
        self.process: subprocess.Popen[bytes] | None = None
        (scratch / "server.cfg").write_text(CONFIGURATION.format(data=data, port=PORT, scratch=scratch))

    @property
    def pid(self) -> int:
        """The server's process."""
        if self.process is None:
            raise RuntimeError("the server was not started")
        return self.process.pid

    def url(self, name: str) -> str:
        """Give the URL of a file."""
        return f"root://127.0.0.1:{PORT}/{self.data / name}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.kill()
        command = ["xrootd", "-R", "xrootd", "-c", f"{self.scratch}/server.cfg", "-l", f"{self.scratch}/log", "-n", "t"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"xrootd does not answer; see {self.scratch}/t/log")

    def kill(self) -> None:
        """Kill it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def xrootd(data: Path, scratch: Path) -> Iterator[XRootD]:
    """Serve `data` until the block ends; the server's user must be able to read it and to write to `scratch`."""
    if set(interfaces()) != {"lo"}:
        raise RuntimeError("the server would listen on other interfaces than the loopback: use `unshare --net`.")
    os.chmod(scratch, 0o777)  # noqa: S103, PTH101  # the server's own user writes there
    server = XRootD(data, scratch)
    server.start()
    try:
        yield server
    finally:
        server.kill()
