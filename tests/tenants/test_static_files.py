"""Static files and pages leave compressed, by the application itself."""

import gzip

from django.test import Client


def got(name: str, accept: str):
    return Client().get(f"/static/{name}", headers={"accept-encoding": accept})


def test_scripts_and_styles_are_compressed_for_browsers_that_take_it() -> None:
    for name in ("js/chat-page.js", "css/prose.css"):
        packed, plain = got(name, "gzip, br"), got(name, "identity")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in plain.headers
        content = b"".join(packed.streaming_content)
        assert int(packed.headers["Content-Length"]) == len(content)
        assert gzip.decompress(content) == b"".join(plain.streaming_content)


def test_a_file_that_has_not_changed_is_not_sent_again() -> None:
    first = got("js/chat-page.js", "gzip")
    again = Client().get("/static/js/chat-page.js", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304


def test_fonts_are_left_as_they_are() -> None:
    assert "Content-Encoding" not in got("vendor/inter-latin.woff2", "gzip").headers


def test_pages_leave_compressed_and_what_programs_and_viewers_ask_for_does_not(bob, browser_of) -> None:
    browser = browser_of(bob)
    packed, plain = (
        browser.get("/chat/", headers={"accept-encoding": kind}) for kind in ("gzip", "identity")
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert b'id="chat-data"' in gzip.decompress(packed.content)
    assert b'id="chat-data"' in plain.content
    assert (
        len({len(browser.get("/chat/", headers={"accept-encoding": "gzip"}).content) for _ in range(8)}) > 1
    )
    listed = browser.get("/api/conversations/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in listed.headers
