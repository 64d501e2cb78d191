"""What browsers are told by an installation as it is run: all checks of Django's, cookies, TLS, and odd answers."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.matrix.headers import check_headers

ROOT = Path(__file__).parents[2]
LOOK = """
import json
from django.core.management import call_command
from django.test import Client
call_command("check", deploy=True, fail_level="WARNING", verbosity=0)
answers = {
    "plain": Client(headers={"host": "chat.example"}).get("/accounts/login/"),
    "page": Client(headers={"host": "chat.example", "x-forwarded-proto": "https"}).get("/accounts/login/"),
}
print(json.dumps({
    name: {
        "status": answer.status_code,
        "headers": dict(answer.items()),
        "cookies": {key: dict(morsel) for key, morsel in answer.cookies.items()},
    }
    for name, answer in answers.items()
}))
from django.conf import settings
print(json.dumps([settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                  settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH]))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> list:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    given = {
        "DEBUG": "",
        "PUBLIC_URL": "https://chat.example",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "VAR_DIR": str(tmp_path_factory.mktemp("var")),
    }
    result = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", LOOK],
        cwd=ROOT, env=kept | given, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    return [json.loads(line) for line in result.stdout.splitlines()[-2:]]


def test_every_check_for_deployment_passes(production) -> None:
    assert production


def test_pages_without_tls_lead_to_those_with_it(production) -> None:
    plain = production[0]["plain"]
    assert (plain["status"], plain["headers"]["Location"]) == (301, "https://chat.example/accounts/login/")


def test_browsers_are_told_to_come_by_tls_only(production) -> None:
    page = production[0]["page"]
    assert page["status"] == 200
    assert page["headers"]["Strict-Transport-Security"] == "max-age=31536000"


def test_cookies_are_of_this_host_alone_and_never_sent_without_tls(production) -> None:
    for name, morsel in production[0]["page"]["cookies"].items():
        assert name.startswith("__Host-")
        assert (morsel["secure"], morsel["path"], morsel["domain"], morsel["samesite"]) == (
            True,
            "/",
            "",
            "Lax",
        )
    assert production[1] == ["__Host-sessionid", True, True, "Lax", None, "/"]


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/nowhere", "testserver", 404),
        ("GET", "/admin/nowhere/", "testserver", 302),
        ("GET", "/documents/nowhere/", "testserver", 404),
        ("GET", "/static/nowhere.js", "testserver", 404),
        ("GET", "/chat/", "evil.example", 400),
        ("POST", "/accounts/login/", "testserver", 403),
        ("DELETE", "/admin/", "testserver", 405),
        ("GET", "/healthz", "evil.example", 200),
        ("GET", "/scim/v2/Users", "testserver", 401),
    ],
)
def test_odd_answers_carry_the_headers_too(db, method: str, path: str, host: str, status: int) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, path, headers={"host": host})
    assert answer.status_code == status
    check_headers(answer)
    if status == 404 and answer["Content-Type"].startswith("text/html"):
        assert "style-src 'self'" in answer["Content-Security-Policy"]  # it has a style sheet


def test_a_crash_carries_the_headers_and_no_word_of_its_reason(db, monkeypatch) -> None:
    from django.contrib.sessions.middleware import SessionMiddleware

    def crash(*_args: object) -> None:
        raise RuntimeError("Acmesecret")

    monkeypatch.setattr(SessionMiddleware, "process_request", crash)
    answer = Client(raise_request_exception=False).get("/chat/")
    assert answer.status_code == 500
    assert "Acmesecret" not in answer.content.decode()
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/static/js/chat.js", "/static/css/base.css", "/static/img/logo.svg"])
def test_static_files_are_kept_by_caches_and_run_nothing(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    check_headers(answer, shared=True)
    assert "public" in answer["Cache-Control"]
