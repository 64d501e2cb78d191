"""What a person's assistant could use, shown to an admin without a conversation of theirs."""

import pytest
from django.urls import reverse

from chat.models import Conversation, Message
from ingestion import narrowing
from tenants.access import require_member
from tenants.models import AuditEvent, Membership
from tenants.scoping import tenant_scope

PRIVATE = "am I to be dismissed"


@pytest.fixture
def address(acme, bob, membership_of) -> str:
    return reverse("admin:view_as", args=[membership_of(bob, acme).pk])


def test_collections_documents_and_a_search_are_those_of_the_person(
    installation, acme, alice, bob, handbook, plans, upload, add_document, address, browser_of
) -> None:
    upload(alice, handbook)
    hidden, secret = add_document(handbook, "Severance"), add_document(plans, "Merger")
    with tenant_scope(acme.id):
        member = require_member(alice.pk, tenant=acme.pk)
        narrowing.narrow_document(hidden, groups=[], people=[alice], member=member)
        talk = Conversation.objects.create(user=bob, title=PRIVATE)
        Message.objects.create(conversation=talk, user=bob, role="question", text=PRIVATE)
    alices = browser_of(alice)
    seen = alices.get(address)
    found = alices.post(address, {"question": "How long is parental leave?"})
    words = seen.content.decode() + found.content.decode()
    assert [(item["row"].name, item["count"]) for item in seen.context["collections"]] == [("Handbook", 1)]
    assert found.context["passages"]
    assert not any(word in words for word in (PRIVATE, "Severance", "Merger", "Plans", str(secret.pk)))
    with tenant_scope(acme.id):
        events = AuditEvent.objects.filter(action__startswith="view_as").order_by("sequence")
        assert [(event.action, event.detail["name"]) for event in events] == [
            ("view_as.opened", "Bob Berg"),
            ("view_as.searched", "Bob Berg"),
        ]


def test_of_somebody_who_cannot_come_in_there_is_nothing_to_see(
    acme, alice, gina, handbook, add_document, membership_of, browser_of
) -> None:
    add_document(handbook)
    with tenant_scope(acme.id):
        handbook.people.add(gina)
        row = membership_of(gina, acme)
        Membership.objects.filter(pk=row.pk).update(expires=row.created)
    seen = browser_of(alice).get(reverse("admin:view_as", args=[row.pk])).content.decode()
    assert "their assistant can use nothing" in seen
    assert "Travel policy" not in seen


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_organisations_admins_look(acme, bob, manager, carol, address, browser_of, method) -> None:
    for person, statuses in ((bob, (302, 403)), (manager, (403,)), (carol, (404,))):
        answer = getattr(browser_of(person), method)(address, {"question": "x"})
        assert answer.status_code in statuses
    with tenant_scope(acme.id):
        assert not AuditEvent.objects.filter(action__startswith="view_as").exists()
