"""The part of a JupyterHub that tells a gateway whose token it was given, on loopback."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def jupyter_hub(users: Mapping[str, str]) -> Iterator[str]:
    """Serve GET /hub/api/user, as the hub's REST API describes it, to who has a token, and give the API's address.

    Parameters
    ----------
    users
        By token: the user's name. Who has none is forbidden, which is what the hub answers.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # its parent's name
            kind, _, token = self.headers.get("Authorization", "").partition(" ")
            known = self.path == "/hub/api/user" and kind == "token" and token in users
            body = json.dumps(
                {"kind": "user", "name": users[token], "groups": []} if known else {"status": 403}
            ).encode()
            self.send_response(HTTPStatus.OK if known else HTTPStatus.FORBIDDEN)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hub/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
