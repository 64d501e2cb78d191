"""As for admins: what managers and operators open, an organisation without anything, and forms that are refused."""

import json

import pytest

from tests.look.admin_pages import forms_of, look_at, pages_of
from tests.matrix.scene import Scene

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.mark.parametrize("who", ["manager", "operator"])
def test_axe_finds_nothing_on_any_page_of(who: str, scene: Scene, browse) -> None:
    seen = {page.name for page in pages_of("admin", scene)}  # in the other test, drawn by the same views
    pages = [page for page in pages_of(who, scene) if page.name not in seen or "index" in page.name]
    found = browse(lambda at: look_at(at.page, at.address, pages), scene.cookies[who])
    assert not found, json.dumps(found, indent=1)


def test_axe_finds_nothing_where_there_is_nothing_yet(scene: Scene, browse) -> None:
    lists = [
        page for page in pages_of("outsider", scene) if "_changelist" in page.name or "index" in page.name
    ]
    found = browse(lambda at: look_at(at.page, at.address, lists), scene.cookies["outsider"])
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize("who", ["admin", "operator"])
def test_axe_finds_nothing_in_forms_that_tell_what_is_missing_or_ask_once_more(
    who: str, scene, browse
) -> None:
    pages = forms_of(who, scene)
    found = browse(lambda at: look_at(at.page, at.address, pages), scene.cookies[who])
    assert not found, json.dumps(found, indent=1)
