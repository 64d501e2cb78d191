"""A page's scripts come as one file, and its styles as another: those that were made of what lies there now."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from deploy import bundle
from tenants.assets import asset, bundles, digest_of
from tests.services import missing

STATIC = settings.BASE_DIR / "static"


@pytest.fixture
def built() -> dict[str, str]:
    """What `make` has built."""
    return bundles(STATIC) or missing("static/built is missing or old: python deploy/bundle.py")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of static files with one bundle."""
    (tmp_path / "built").mkdir()
    (tmp_path / "chat.js").write_text("source")
    made = {"pages": {"chat.js": "built/chat-1.js"}, "inputs": {"chat.js": digest_of(tmp_path / "chat.js")}}
    (tmp_path / "built" / "manifest.json").write_text(json.dumps(made))
    return tmp_path


def test_the_chat_page_asks_for_one_bundle_of_each_kind(built, bob, browser_of) -> None:
    page = browser_of(bob).get("/chat/").content.decode()
    for entry in ("js/chat.js", "css/pages/chat.css"):
        assert f"/static/{built[entry]}" in page
        assert f"/static/{entry}" not in page
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', page) == [f"/static/{built['css/pages/chat.css']}"]


def test_bundles_may_be_kept_for_good_and_source_may_not(built) -> None:
    for name, kept in (built["js/chat.js"], True), ("js/chat.js", False):
        reply = Client().get(f"/static/{name}")
        assert reply.status_code == 200
        assert ("immutable" in reply.headers["Cache-Control"]) is kept


def test_a_bundle_holds_what_is_loaded_later_but_no_library_that_is(built) -> None:
    script = (STATIC / built["js/chat.js"]).read_text()
    assert "pdf.worker.js" in script and "katex/katex.min.js" in script
    assert len(script) < 400_000


def test_styles_name_fonts_that_are_there(built) -> None:
    names = re.findall(r"url\(\"?([^\")]+\.woff2)", (STATIC / built["css/pages/chat.css"]).read_text())
    assert names and all((STATIC / "built" / name).resolve().is_file() for name in names)


def test_a_bundle_of_what_lies_there_is_used(small) -> None:
    assert bundles(small) == {"chat.js": "built/chat-1.js"}


def test_a_bundle_of_other_source_is_not_used(small) -> None:
    (small / "chat.js").write_text("changed")
    assert bundles(small) == {}


def test_a_bundle_of_source_that_is_gone_is_not_used(small) -> None:
    (small / "chat.js").unlink()
    assert bundles(small) == {}


def test_without_bundles_the_source_is_served(tmp_path) -> None:
    assert bundles(tmp_path) == {}


def test_whoever_develops_gets_the_source(built, settings) -> None:
    settings.DEBUG = True
    assert asset("js/chat.js") == "js/chat.js"


def test_without_esbuild_it_is_said_what_to_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match="npm ci"):
        bundle.build()
