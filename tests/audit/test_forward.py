"""Events reach a real syslog server and a real webhook: in order, none lost, nobody kept waiting."""

import hashlib
import hmac
import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tenants.actions import record
from tenants.audit import forward, tasks
from tenants.audit.chain import GENESIS
from tenants.audit.models import AuditChain
from tenants.scoping import tenant_scope

SECRET = "webhook-secret"
HEADER = re.compile(rb"<(\d+)>1 (\d{4}-\d\d-\d\dT[\d:.]+Z) \S+ colloquy \d+ (\S+) - ")


@contextmanager
def serving(server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Collector(socketserver.TCPServer):
    """Reads messages by their octet count until the other side has said all."""

    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        self.messages: list[bytes] = []
        super().__init__(("127.0.0.1", port), None)

    def finish_request(self, request, client_address) -> None:
        stream = request.makefile("rb").read()
        while stream:
            count, _, rest = stream.partition(b" ")
            self.messages.append(rest[: int(count)])
            stream = rest[int(count) :]


class Hook(HTTPServer):
    """Answers with the statuses it was given, then with 200."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), HookHandler)


class HookHandler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else HTTPStatus.OK
        if status == HTTPStatus.OK:
            self.server.bodies.append(body)
            self.server.headers.append(self.headers)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def hook(settings) -> Iterator[Hook]:
    server = Hook()
    settings.AUDIT_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/events"
    settings.AUDIT_WEBHOOK_SECRET = SECRET
    with serving(server):
        yield server


@pytest.fixture
def collector(settings) -> Iterator[Collector]:
    server = Collector()
    settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield server


def happen(tenant, *names: str) -> None:
    with tenant_scope(tenant.id):
        for name in names:
            record("thing.happened", actor=None, subject=None, name=name)


def names(events: list[dict], tenant) -> list[str]:
    return [event["detail"]["name"] for event in events if event["tenant"] == str(tenant.id)]


def taken(hook: Hook) -> list[dict]:
    return [event for body in hook.bodies for event in json.loads(body)["events"]]


def told(collector: Collector) -> list[dict]:
    return [json.loads(HEADER.sub(b"", message)) for message in collector.messages]


def test_syslog_by_tcp_gets_every_organisations_events_in_order_once(
    acme, globex, collector, monkeypatch
) -> None:
    monkeypatch.setattr(forward, "BATCH", 2)
    happen(acme, "a", "b", "é\nc")
    happen(globex, "x")
    assert forward.forward() == 4
    happen(acme, "d")
    assert forward.forward() == 1
    assert forward.forward() == 0
    assert names(told(collector), acme) == ["a", "b", "é\nc", "d"]
    assert names(told(collector), globex) == ["x"]


def test_syslog_messages_are_as_rfc_5424_says(acme, alice, collector) -> None:
    with tenant_scope(acme.id):
        record("sign_in.refused", actor=None, subject=alice.pk)
    forward.forward()
    headers = [HEADER.match(message).groups() for message in collector.messages]
    assert [(number, kind) for number, _, kind in headers] == [
        (b"109", b"member.added"),
        (b"108", b"sign_in.refused"),
    ]
    assert not [message for message in collector.messages if b"\n" in message]


def test_syslog_by_udp(acme, settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        settings.AUDIT_SYSLOG = f"udp://127.0.0.1:{server.getsockname()[1]}"
        happen(acme, "a", "b" * 70_000)
        assert forward.forward() == 2
        first, second = (json.loads(HEADER.sub(b"", server.recv(65535))) for _ in range(2))
    assert first["detail"]["name"] == "a"
    assert second["detail"] == "too long for one datagram"
    assert second["previous"] == first["hash"]


def test_nothing_is_lost_while_the_receiver_is_down(acme, settings) -> None:
    server = Collector()
    port = server.server_address[1]
    settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{port}"
    with serving(server):
        happen(acme, "a")
        forward.forward()
    happen(acme, "b", "c")  # and nobody waits
    assert forward.forward() == 0
    server_again = Collector(port)
    with serving(server_again):
        assert forward.forward() == 2
    assert names(told(server) + told(server_again), acme) == ["a", "b", "c"]


def test_a_connection_that_breaks_is_no_delivery(acme, settings) -> None:
    class Breaking(Collector):
        def finish_request(self, request, client_address) -> None:
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            request.close()  # reset

        def shutdown_request(self, request) -> None: ...

    server = Breaking()
    settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        happen(acme, *("a" * 100_000 for _ in range(20)))
        assert forward.forward() == 0
    with tenant_scope(acme.id):
        assert AuditChain.objects.get().delivered == {}


def test_webhook_gets_events_signed_and_chained(acme, hook) -> None:
    happen(acme, "a", "b")
    assert forward.forward() == 2
    [body], [headers] = hook.bodies, hook.headers
    expected = hmac.new(
        SECRET.encode(), headers["X-Colloquy-Timestamp"].encode() + b"." + body, hashlib.sha256
    )
    assert headers["X-Colloquy-Signature"] == f"sha256={expected.hexdigest()}"
    before = GENESIS
    for event in taken(hook):
        assert event["previous"] == before
        before = event.pop("hash")
        text = json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == before


@pytest.mark.parametrize("status", [500, 302, 401])
def test_what_the_webhook_refuses_is_sent_again_in_order(acme, globex, hook, status) -> None:
    happen(acme, "a")
    hook.statuses = [status]
    assert forward.forward() == 0
    happen(acme, "b")
    happen(globex, "x")
    assert forward.forward() == 3
    assert names(taken(hook), acme) == ["a", "b"]


def test_one_receiver_does_not_wait_for_the_other(acme, hook, collector) -> None:
    happen(acme, "a")
    hook.statuses = [500]
    assert forward.forward() == 1
    assert names(told(collector), acme) == ["a"]
    assert forward.forward() == 1
    assert len(collector.messages) == len(taken(hook)) == 1


def test_without_a_receiver_the_task_does_nothing(acme, settings) -> None:
    happen(acme, "a")
    tasks.forward_events()
    with tenant_scope(acme.id):
        assert AuditChain.objects.get().delivered == {}


def test_the_task_sends_what_is_there(acme, hook, settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path
    happen(acme, "a")
    tasks.forward_events()
    assert names(taken(hook), acme) == ["a"]


def test_a_log_with_a_hole_stops_for_no_other_organisation(acme, globex, hook) -> None:
    with tenant_scope(acme.id):
        AuditChain.objects.create(sequence=7)
    happen(globex, "x")
    assert forward.forward() == 1
    assert names(taken(hook), globex) == ["x"]
