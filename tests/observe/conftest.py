"""Real servers to be seen by: a receiver of traces, and a model that says back what it was sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from assistant.observe import ready
from assistant.observe.checks import migrations_waiting
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Each test asks its dependencies anew, and leaves no answer about its own behind."""
    ready.readiness.cache_clear()
    migrations_waiting.cache_clear()
    yield
    ready.readiness.cache_clear()


class Receiver:
    """An OTLP/HTTP collector: what was sent to it, decoded."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Collector(Quiet):
        def do_POST(self) -> None:
            body = self.body()
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            received.headers.append(dict(self.headers))
            received.requests.append(ExportTraceServiceRequest.FromString(body))
            self.answer(200)

    with http_server(Collector) as url:
        received = Receiver(url)
        yield received


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as received:
        yield received


@pytest.fixture
def parrot() -> Iterator[str]:
    """A provider that refuses, and says in its refusal the key and all it was sent."""

    class Parrot(Quiet):
        def do_POST(self) -> None:
            said = f"Incorrect API key: {self.headers['Authorization']}. You sent {self.body().decode()}"
            error = {"message": said, "code": said, "type": said}
            self.answer(401, json.dumps({"error": error}).encode())

    with http_server(Parrot) as url:
        yield f"{url}/v1"
