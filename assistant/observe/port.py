"""The figures of a worker, on a port of their own: WORKER_METRICS_PORT, under the same token as /metrics.

Without a token it listens on loopback only.
"""

import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from assistant.observe.collect import processes_figures
from assistant.observe.operators import holds_token

log = logging.getLogger(__name__)


class Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND)
        elif settings.METRICS_TOKEN and not holds_token(self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.UNAUTHORIZED)
        else:
            self._answer(HTTPStatus.OK, processes_figures())

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A scrape is not worth a line."""


def serve(port: int) -> ThreadingHTTPServer | None:
    """In a thread of its own. A port that is taken costs the figures, never the worker."""
    host = "0.0.0.0" if settings.METRICS_TOKEN else "127.0.0.1"  # noqa: S104  behind the token
    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        log.error("WORKER_METRICS_PORT %d cannot be used: %s", port, error.strerror)
        return None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
