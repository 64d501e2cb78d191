"""Conversations that nobody is to remember."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from chat.actions import Ending, delete_conversation, post_question, save_ending
from chat.errors import ChatError, QuestionRefused
from chat.incognito import KEPT, forget_ended
from chat.models import Conversation, Message
from chat.presentation import conversation_list, owned_conversation
from chat.search.actions import search
from chat.sharing.actions import Audience, share_conversation
from tenants.access import Visitor, require_member
from tenants.datarights.models import DataRules, LegalHold
from tenants.models import AuditEvent, Membership
from tenants.scoping import tenant_scope
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401

WORDS = "Whom do we buy?"


@pytest.fixture
def rules(acme) -> DataRules:
    with tenant_scope(acme.id):
        return DataRules.objects.create(incognito=True)


@pytest.fixture
def asked(acme, bob, browser_of):
    """Bob's incognito question with its answer, as Bob sees it."""

    def ask(conversation=None, **fields):
        session = Session.objects.get(pk=browser_of(bob).cookies["sessionid"].value)
        posted = post_question(
            Visitor(session.pk, bob.id, acme.id), client_id=uuid4().hex,
            conversation=conversation, text=WORDS, **{"incognito": True} | fields,
        )  # fmt: skip
        save_ending(posted.answer, tenant=acme.id, ending=Ending("complete", "Initech.", ()))
        return posted

    return ask


@pytest.fixture
def bob_there(acme, bob):
    return require_member(bob.id, tenant=acme.id)


def test_it_is_in_no_list_search_or_share_and_its_title_says_nothing(rules, asked, acme, bob_there) -> None:
    posted = asked()
    with tenant_scope(acme.id):
        row = owned_conversation(posted.conversation, bob_there)
        assert row.title == "Incognito"
        assert conversation_list(bob_there) == ([], False)
        assert search("whom buy", bob_there) == ([], False)
        assert search("incognito", bob_there) == ([], False)
        with pytest.raises(ChatError, match="cannot be shared"):
            share_conversation(row, Audience(), bob_there)
        events = AuditEvent.objects.values_list("detail", flat=True)
        assert WORDS not in str(list(events))


def test_nobody_else_opens_it(rules, asked, alice, carol, browser_of) -> None:
    posted = asked()
    for user in (alice, carol):
        assert browser_of(user).get(f"/api/conversations/{posted.conversation}/").status_code == 404


def test_it_is_refused_where_the_organisation_does_not_allow_it(asked, acme) -> None:
    with pytest.raises(QuestionRefused, match="does not allow"):
        asked()
    with tenant_scope(acme.id):
        assert not Conversation.objects.exists()


def test_guests_are_remembered(rules, asked, acme, bob) -> None:
    with tenant_scope(acme.id):
        Membership.objects.filter(user=bob).update(role="guest", expires=timezone.now() + timedelta(days=1))
    with pytest.raises(QuestionRefused, match="does not allow"):
        asked()


@pytest.mark.parametrize("whole", [True, False])
def test_a_legal_hold_forbids_new_ones_and_keeps_those_there_are(rules, asked, acme, bob, whole) -> None:
    posted = asked()
    with tenant_scope(acme.id):
        LegalHold.objects.create(person=None if whole else bob, reason="A matter")
        Conversation.objects.update(updated=timezone.now() - KEPT * 2)
    with pytest.raises(QuestionRefused, match="does not allow"):
        asked()
    assert forget_ended() == 0
    with tenant_scope(acme.id):
        delete_conversation(Conversation.objects.get(pk=posted.conversation))
        assert Message.objects.filter(conversation=posted.conversation).count() == 2
        assert Conversation.objects.get(pk=posted.conversation).deleted_at


def test_it_goes_with_all_that_is_in_it_an_hour_after_its_last_question(rules, asked, acme) -> None:
    old, new = asked(), asked()
    with tenant_scope(acme.id):
        past = timezone.now() - KEPT - timedelta(minutes=1)
        Conversation.objects.filter(pk__in=[old.conversation]).update(updated=past)
    assert forget_ended() == 1
    with tenant_scope(acme.id):
        assert [row.pk for row in Conversation.objects.all()] == [new.conversation]
        assert not Message.objects.filter(conversation=old.conversation).exists()
        assert AuditEvent.objects.get(action="retention.incognito").detail == {"removed": 1}
    assert forget_ended() == 0


def test_an_ordinary_old_conversation_is_left(rules, asked, acme) -> None:
    asked(incognito=False)
    with tenant_scope(acme.id):
        Conversation.objects.update(updated=timezone.now() - KEPT * 9)
    assert forget_ended() == 0


def test_deleting_it_leaves_nothing_to_bring_back(rules, asked, acme, bob, browser_of) -> None:
    posted = asked()
    browser = browser_of(bob)
    assert browser.post(f"/api/conversations/{posted.conversation}/delete").status_code == 200
    assert browser.post(f"/api/conversations/{posted.conversation}/restore").status_code == 404
    with tenant_scope(acme.id):
        assert not Message.objects.exists()


def test_a_conversation_stays_what_it_began_as(rules, asked, acme, bob_there) -> None:
    ordinary, incognito = asked(incognito=False), asked()
    asked(ordinary.conversation, incognito=True)
    asked(incognito.conversation, incognito=False)
    with tenant_scope(acme.id):
        assert [item["id"] for item in conversation_list(bob_there)[0]] == [str(ordinary.conversation)]
        assert len(search("whom buy", bob_there)[0]) == 1


@pytest.mark.journey
def test_a_question_is_asked_incognito_reloaded_and_deleted(
    installation, rules, walk, bob, upload, alice, handbook, browser_of
) -> None:
    upload(alice, handbook)
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        button = page.get_by_role("button", name="Incognito")
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_text("In no list, search or export")).to_be_visible()
        page.get_by_placeholder("Ask about your documents").fill("How long is parental leave?")
        page.keyboard.press("Enter")
        expect(page.locator("#thread .prose")).to_contain_text("The documents say so")
        expect(page.locator("#title")).to_have_text("Incognito")
        expect(button).to_be_hidden()
        assert page.locator("#sidebar a[data-conversation]:not([data-conversation=''])").count() == 0
        page.reload()
        expect(page.locator("#thread .prose")).to_contain_text("The documents say so")
        page.get_by_role("button", name="Delete now").press("Enter")
        expect(page.get_by_text("The incognito conversation is deleted.")).to_be_visible()
        expect(page.locator("#title")).to_have_text("New chat")
        expect(page.get_by_text("In no list, search or export")).to_be_hidden()
        page.get_by_role("link", name="New chat").first.click()
        expect(button).to_have_attribute("aria-pressed", "false")

    walk(script)
