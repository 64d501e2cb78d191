"""The headers that every answer must carry, as browsers read them."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from django.conf import settings

SAME = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
EARLY = sha256((settings.BASE_DIR / "static/js/early.js").read_bytes()).digest()
OF_PAGES = {f"'sha256-{b64encode(EARLY).decode()}'"}  # the one script that stands in pages
OWN = {"'self'", "'none'", "data:"}


def check_headers(answer: Any, *, shared: bool = False) -> None:
    for name, value in SAME.items():
        assert answer.get(name) == value, name
    assert "camera=()" in answer["Permissions-Policy"]
    check_policy(answer["Content-Security-Policy"], answer.wsgi_request.path_info)
    if not shared:
        kept = {word.strip() for word in answer["Cache-Control"].split(",")}
        assert "no-store" in kept or {"private", "no-cache"} <= kept, kept
        assert not kept & {"public", "s-maxage"}, kept
    for morsel in answer.cookies.values():
        assert morsel["samesite"] == "Lax", morsel.key
        assert morsel["httponly"] or morsel.key == "csrftoken" or not morsel.value, morsel.key


def check_policy(text: str, path: str) -> None:
    """No page is shown in another's frame, and none runs what it has not brought itself."""
    policy = {
        name: set(sources) for name, *sources in (part.split() for part in text.split(";") if part.split())
    }
    if text == "sandbox; default-src 'none'":
        return  # an original, which is nobody's page
    assert policy["frame-ancestors"] == {"'none'"}
    if text == "frame-ancestors 'none'":
        return  # a PDF, for the browser's own viewer
    assert policy["default-src"] == {"'none'"}
    assert policy["base-uri"] == {"'none'"}
    allowed = {"'self'", "'none'"} | OF_PAGES | ({"'unsafe-eval'"} if path.startswith("/admin/") else set())
    assert policy.pop("script-src", set()) <= allowed
    for name, sources in policy.items():
        assert sources <= OWN | {"'unsafe-eval'", "'unsafe-inline'"}, name
        if not path.startswith("/admin/"):
            assert sources <= OWN, name
