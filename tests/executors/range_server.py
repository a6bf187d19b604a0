"""An HTTP server for the tests: byte ranges of a folder's files, on the loopback only; it can die in mid-read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class RangeServer(ThreadingHTTPServer):
    """Serves a folder's files.

    Attributes
    ----------
    served
        Bytes of files sent so far.
    requests
        Number of requests so far.
    dies_after
        Bytes after which it breaks off and answers nothing any more; never for None.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), RangeHandler)
        self.folder = folder
        self.served = 0
        self.requests = 0
        self.dies_after: int | None = None

    @property
    def dead(self) -> bool:
        """Whether it has broken off."""
        return self.dies_after is not None and self.served >= self.dies_after

    def url(self, name: str) -> str:
        """Give the URL of a file."""
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that went away."""


class RangeHandler(BaseHTTPRequestHandler):
    """Answers HEAD and GET with a single range."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # small answers would wait for the client's acknowledgement
    wbufsize = -1
    server: RangeServer

    def do_HEAD(self) -> None:  # the base class's name
        """Tell the size."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Send a range, or the whole file."""
        self._answer(body=True)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def _answer(self, body: bool) -> None:
        self.server.requests += 1
        if self.server.dead:
            self.close_connection = True
            return
        file = self.server.folder / self.path.strip("/")
        if not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        asked = self.headers.get("Range", "").removeprefix("bytes=")
        first, _, last = asked.partition("-")
        start, stop = (int(first), min(int(last or len(content)) + 1, len(content))) if asked else (0, len(content))
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(stop - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.end_headers()
        if body:
            self._send(content[start:stop])

    def _send(self, content: bytes) -> None:
        if self.server.dies_after is not None and self.server.served + len(content) > self.server.dies_after:
            content = content[: max(self.server.dies_after - self.server.served, 0)]
            self.close_connection = True
        with suppress(ConnectionError):
            self.wfile.write(content)
            self.wfile.flush()
        self.server.served += len(content)


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[RangeServer]:
    """Serve `folder` in a thread until the block ends."""
    with RangeServer(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
