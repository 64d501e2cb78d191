"""axe-core finds nothing on any page that an organisation's admin opens, in light and in dark; each fits 320 pixels."""

import json

import pytest

from tests.look.admin_pages import look_at, pages_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_axe_finds_nothing_on_any_page_of_an_admin(scene, browse) -> None:
    pages = pages_of("admin", scene)
    found = browse(lambda at: look_at(at.page, at.address, pages), scene.cookies["admin"])
    assert not found, json.dumps(found, indent=1)
