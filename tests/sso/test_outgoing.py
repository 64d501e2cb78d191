"""Requests to an address that an organisation's admin has typed."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tenants.sso import outgoing
from tenants.sso.checks import problems
from tenants.sso.discovery import discover
from tenants.sso.errors import ProviderFault
from tenants.sso.outgoing import CheckedSession, check_url


class Server(ThreadingHTTPServer):
    answer = (200, b"{}", {})
    visits: list[str]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.visits.append(self.path)
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for block in [body] if isinstance(body, bytes) else body():
                self.wfile.write(block)
        except OSError:
            pass  # the other side has had enough

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(settings) -> Iterator[Server]:
    settings.SSO_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Server(("127.0.0.1", 0), Handler) as running:
        running.visits = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example", "http://localhost:8000", "file:///etc/passwd", "ftp://id.example", "//id.example", "",
        "https://", "https://user:word@id.example", "javascript:alert(1)", "http://[::1", None, 7,
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(settings, url) -> None:
    settings.SSO_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with pytest.raises(outgoing.Refused):
        check_url(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"],
)
def test_private_networks_are_not_reached(host) -> None:
    with pytest.raises(outgoing.Refused, match=r"private network|not known"):
        CheckedSession().get(f"https://{host}:9/")


def test_one_private_address_among_public_ones_is_enough(monkeypatch) -> None:
    def both(host, port, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("93.184.215.14", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(outgoing.Refused, match="SSO_ALLOWED_NETWORKS"):
        CheckedSession().get("https://id.example/")


def test_redirects_are_not_followed(server) -> None:
    server.answer = (302, b"", {"Location": "/elsewhere"})
    with pytest.raises(outgoing.Refused, match="redirects"):
        CheckedSession().get(address(server))
    assert server.visits == ["/"]


def test_an_endless_answer_is_cut(server) -> None:
    server.answer = (200, lambda: (b"x" * 65536 for _ in range(10_000)), {})
    with pytest.raises(outgoing.Refused, match="more than"):
        CheckedSession().get(address(server))


def test_a_dripping_answer_is_cut(server, monkeypatch) -> None:
    """However regularly something comes: the connection itself is ended."""
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    ended = threading.Event()

    def drip() -> Iterator[bytes]:
        while not ended.wait(0.02):
            yield b"x"

    server.answer = (200, drip, {"Content-Length": "1000000"})
    try:
        with pytest.raises(requests.RequestException):
            CheckedSession().get(address(server))
    finally:
        ended.set()


def test_no_proxy_is_taken_from_the_environment(server, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert CheckedSession().get(address(server)).json() == {}


def discovery(server: Server, **more: object) -> bytes:
    import json

    base = address(server)
    usual = {
        "issuer": base, "authorization_endpoint": f"{base}/auth", "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks",
    }  # fmt: skip
    return json.dumps({name: value for name, value in (usual | more).items() if value}).encode()


def test_a_good_configuration_is_taken(server) -> None:
    server.answer = (200, discovery(server), {})
    assert discover(address(server) + "/")["token_endpoint"] == f"{address(server)}/token"
    assert server.visits == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"issuer": "https://login.example/{tenantid}/v2.0"}, "calls itself"),
        ({"issuer": None}, "calls itself"),
        ({"token_endpoint": None}, "where codes are exchanged"),
        ({"authorization_endpoint": None}, "where people sign in"),
        ({"jwks_uri": None}, "its keys"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri cannot be used"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint cannot be used"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said(server, more, sentence) -> None:
    server.answer = (200, discovery(server, **more), {})
    with pytest.raises(ProviderFault, match=sentence):
        discover(address(server))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, b"<html>", {}), "not answer with JSON"),
        ((200, b"[]", {}), "no configuration"),
        ((404, b"", {}), "error 404"),
        ((302, b"", {"Location": "http://10.0.0.1/"}), "redirects"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(server, answer, sentence) -> None:
    server.answer = answer
    with pytest.raises(ProviderFault, match=sentence):
        discover(address(server))


def test_who_is_not_there_is_said(settings) -> None:
    settings.SSO_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with pytest.raises(ProviderFault, match="cannot be reached"):
        discover("http://127.0.0.1:9")


def test_wrong_settings_are_told(settings) -> None:
    settings.SSO_ALLOWED_NETWORKS, settings.SSO_CA_FILE = ["intern"], "/nowhere.pem"
    assert [text.split()[0] for text in problems()] == ["SSO_ALLOWED_NETWORKS", "SSO_CA_FILE"]
