"""Testing a connection: plain words for whatever an endpoint does, and nothing of what it says."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assistant import probe as probing
from assistant.models import ModelEndpoint
from assistant.probe import probe
from benchmarks.upstream.script import Script
from benchmarks.upstream.thread import serving


def endpoint(url: str, *, key: str = "sk-test", model: str = "m") -> ModelEndpoint:
    row = ModelEndpoint(name="Ours", url=url, model=model)
    row.key = key
    return row


def test_model_that_answers_is_fine():
    with serving() as upstream:
        assert probe(endpoint(upstream.url)) == ""
        assert upstream.chats[-1].authorization == "Bearer sk-test"
        assert upstream.chats[-1].body["stream"] is True


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(status=401), "key was refused"),
        (Script(status=403), "may not use this model"),
        (Script(status=404), "model's name or the address is wrong"),
        (Script(status=429), "busy or your quota"),
        (Script(status=500), "fault of its own (HTTP 500)"),
        (Script(status=418), "refused the request (HTTP 418)"),
        (Script(fault="html"), "not like a chat model"),
    ],
)
def test_faults_are_named_in_plain_words(script, words):
    with serving() as upstream:
        upstream.enqueue(script)
        assert words in probe(endpoint(upstream.url))


def test_silent_endpoint_times_out(monkeypatch):
    monkeypatch.setattr(probing, "TIMEOUT_SECONDS", 0.3)
    with serving() as upstream:
        upstream.enqueue(Script(fault="timeout"))
        assert "No answer within" in probe(endpoint(upstream.url))


def test_closed_port_cannot_be_reached():
    assert "cannot be reached" in probe(endpoint("http://127.0.0.1:9/v1"))


def test_key_of_another_installation_is_asked_for_again():
    row = endpoint("http://127.0.0.1:9/v1")
    row.encrypted_key = "gAAAAA-nonsense"
    assert "Enter it again" in probe(row)


class Elsewhere(BaseHTTPRequestHandler):
    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.send_response(307)
        self.send_header("Location", "/inside/secret")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def test_redirect_is_reported_and_not_followed():
    Elsewhere.asked = []
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert "redirects elsewhere" in probe(endpoint(f"http://127.0.0.1:{server.server_port}/v1"))
    finally:
        server.shutdown()
        server.server_close()
    assert Elsewhere.asked == ["/v1/chat/completions"]
