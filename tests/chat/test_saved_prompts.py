"""Saved prompts: a person's own are theirs alone, and an organisation's are for its people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.prompts.models import OfferedPrompt, SavedPrompt
from tenants.models import AuditEvent, Membership
from tenants.scoping import tenant_scope

SAVE = "/api/prompts/save"


@pytest.fixture
def saves(browser_of):
    def save(user, name="Reply", text="Write to {customer}.", **more):
        body = {"name": name, "text": text} | more
        return browser_of(user).post(SAVE, body, content_type="application/json")

    return save


@pytest.fixture
def names(browser_of):
    def look(user) -> list[tuple[str, bool]]:
        items = browser_of(user).get("/api/prompts/").json()["items"]
        return [(item["name"], item["own"]) for item in items]

    return look


def test_a_persons_own_prompts_are_seen_and_changed_by_nobody_else(
    saves, names, bob, alice, carol, browser_of, acme
) -> None:
    prompt = saves(bob).json()["items"][0]["id"]
    assert names(bob) == [("Reply", True)]
    for other in (alice, carol):
        assert names(other) == []
        assert saves(other, id=prompt).status_code == 404
        for verb in ("delete", "restore"):
            assert browser_of(other).post(f"/api/prompts/{prompt}/{verb}").status_code == 404
    with tenant_scope(acme.id):
        row = SavedPrompt.objects.get()
        assert (row.name, row.deleted_at) == ("Reply", None)


def test_a_prompt_is_changed_deleted_and_brought_back(saves, names, bob, browser_of) -> None:
    prompt = saves(bob).json()["items"][0]["id"]
    saves(bob, id=prompt, name="Answer")
    browser_of(bob).post(f"/api/prompts/{prompt}/delete")
    assert names(bob) == []
    assert saves(bob, id=prompt, name="Gone").status_code == 404
    browser_of(bob).post(f"/api/prompts/{prompt}/restore")
    assert names(bob) == [("Answer", True)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"name": " "}, "empty_name"), ({"text": "\x00"}, "empty_text"), ({"text": "a" * 8001}, "too_long"), ({"name": 3}, "malformed"), ({"id": "x"}, "malformed")],
    ids=["name", "text", "length", "kind", "id"],
)  # fmt: skip
def test_a_prompt_that_says_nothing_is_refused_with_a_reason(saves, bob, fields, code) -> None:
    response = saves(bob, **fields)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_an_admin_offers_prompts_to_the_people_of_the_organisation(
    names, alice, bob, manager, carol, browser_of, acme
) -> None:
    page = "/admin/prompts/offeredprompt/add/"
    fields = {"name": "Summary", "text": "Sum up {topic}.", "active": "on"}
    for other in (bob, manager):
        browser_of(other).post(page, fields)
    assert names(bob) == []
    assert browser_of(alice).post(page, fields).status_code == 302
    assert (names(bob), names(manager), names(carol)) == ([("Summary", False)], [("Summary", False)], [])
    with tenant_scope(acme.id):
        assert AuditEvent.objects.filter(action="offered_prompt.added").exists()
        row = OfferedPrompt.objects.get()
    assert browser_of(bob).post(f"/api/prompts/{row.pk}/delete").status_code == 404
    with tenant_scope(acme.id):
        OfferedPrompt.objects.update(active=False)
    assert names(bob) == []


def test_guests_see_nothing_of_what_the_organisation_offers(names, saves, bob, acme) -> None:
    with tenant_scope(acme.id):
        OfferedPrompt.objects.create(name="Summary", text="Sum up.")
        end = timezone.now() + timedelta(days=1)
        Membership.objects.filter(user=bob).update(role="guest", expires=end)
    saves(bob)
    assert names(bob) == [("Reply", True)]
