"""`make smoke` passes on the production stack, and says what is wrong where something is."""

import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.stack.compose_file import ROOT

pytestmark = pytest.mark.timeout(600)


def smoke(url: str, **environment: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "deploy/smoke.py", url],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def verdicts(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """`ok` or `FAIL` by the check's name."""
    return {line[6:20].strip(): line[:4].strip() for line in result.stdout.splitlines()}


CHECKS = ["healthz", "readyz", "TLS", "sign-in page", "static files", "socket"]


def test_every_check_passes_on_the_stack(stack):
    email, password = stack.sign_in
    known = {"AUTHORITY": stack.caddy.authority, "EMAIL": email, "PASSWORD": password}
    result = smoke(stack.address, **known)
    assert verdicts(result) == dict.fromkeys([*CHECKS, "sign-in", "question"], "ok"), result.stdout
    assert result.returncode == 0
    assert password not in result.stdout + result.stderr


def test_wrong_password_and_unknown_authority_fail(stack):
    email, _ = stack.sign_in
    wrong = smoke(stack.address, AUTHORITY=stack.caddy.authority, EMAIL=email, PASSWORD="wrong")
    assert (wrong.returncode, verdicts(wrong)["sign-in"]) == (1, "FAIL")
    distrusted = smoke(stack.address, AUTHORITY="")
    assert set(verdicts(distrusted).values()) == {"FAIL"}
    assert "certificate" in distrusted.stdout


def test_missing_dependency_is_named(stack):
    stack.weaviate.stop()
    until = time.monotonic() + 30
    try:  # what was known is believed for a second
        while (result := smoke(stack.address, AUTHORITY=stack.caddy.authority)).returncode == 0:
            assert time.monotonic() < until, result.stdout
    finally:
        stack.weaviate.start()
    (line,) = [line for line in result.stdout.splitlines() if "readyz" in line]
    assert line.startswith("FAIL") and "vector_store" in line


class Elsewhere(BaseHTTPRequestHandler):
    """A web server that is no Colloquy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"It works!")

    def log_message(self, *arguments: object) -> None:
        pass


def test_another_web_server_is_told_apart():
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        result = smoke(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert result.returncode == 1
    assert verdicts(result) == dict.fromkeys(CHECKS, "FAIL")


@pytest.mark.parametrize("url", ["", "chat.example.com", "ftp://chat.example.com"])
def test_what_is_no_address_is_refused_in_a_sentence(url):
    result = smoke(url)
    assert result.returncode == 1
    assert "such as https://" in result.stderr
