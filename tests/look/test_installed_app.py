"""The installed app: it has a name and icons, a page of its own while offline, and keeps nothing of anybody."""

import json

import pytest
from django.test import Client

from tests.look.conftest import Visit

HERE = "navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready)"
KEPT = (
    "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((c) => c.keys()))))"
)


@pytest.mark.django_db
def test_the_manifest_names_the_installation_and_its_icons_are_there(client: Client, settings) -> None:
    settings.INSTALLATION_NAME = "Acme Answers"
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == (
        "Acme Answers",
        "/chat/",
        "standalone",
    )
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200


@pytest.mark.django_db
def test_the_worker_is_served_for_the_whole_site_and_may_fetch_from_it_alone(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self'; ")


@pytest.mark.journey
def test_offline_a_page_of_ours_is_shown_and_nothing_private_was_kept(visit) -> None:
    def script(at: Visit) -> tuple[str, list[str]]:
        at.be("bob")
        at.open("/chat/")
        at.page.evaluate(f"{HERE}.then(() => true)")
        at.page.wait_for_function("navigator.serviceWorker.controller !== null")
        at.open(at.house.conversation)
        at.page.locator("button.cite").first.wait_for()
        kept = at.page.evaluate(f"{KEPT}.then((all) => all.flat().map((r) => new URL(r.url).pathname))")
        at.page.context.set_offline(True)
        at.page.goto(at.address + "/chat/")
        heading = at.page.get_by_role("heading").inner_text()
        at.page.context.set_offline(False)
        at.page.get_by_role("link", name="Try again").click()
        at.page.get_by_placeholder("Ask about your documents").wait_for()
        return heading, kept

    heading, kept = visit(script)
    assert heading == "There is no connection"
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept)
