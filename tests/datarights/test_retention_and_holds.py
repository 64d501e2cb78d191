"""Conversations go by age or after their deletion, and stay while somebody must keep them."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.actions import delete_conversation
from chat.models import Conversation, Message
from chat.retention import apply_retention
from tenants.audit import retention as audit_retention
from tenants.audit.models import AuditChain
from tenants.datarights.models import DataRules, LegalHold
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope


@pytest.fixture
def aged(acme, talk):
    """An old conversation and a new one of Bob's; Acme keeps 30 days."""
    old, new = talk(title="Old"), talk(title="New")
    with tenant_scope(acme.id):
        Conversation.objects.filter(pk=old.pk).update(updated=timezone.now() - timedelta(days=31))
        DataRules.objects.create(keep_days=30)
    return old, new


def titles(acme) -> set[str]:
    with tenant_scope(acme.id):
        return set(Conversation.objects.values_list("title", flat=True))


def test_what_is_older_goes_with_its_messages_and_an_event(aged, acme) -> None:
    assert apply_retention() == 1
    assert titles(acme) == {"New"}
    with tenant_scope(acme.id):
        assert Message.objects.count() == 2
        assert AuditEvent.objects.get(action="retention.conversations").detail == {
            "removed": 1,
            "keep_days": 30,
        }
    assert apply_retention() == 0


def test_without_a_rule_only_what_was_deleted_a_day_ago_goes(aged, acme) -> None:
    _, new = aged
    with tenant_scope(acme.id):
        DataRules.objects.all().delete()
        delete_conversation(new)
    assert apply_retention() == 0
    with tenant_scope(acme.id):
        Conversation.objects.filter(pk=new.pk).update(deleted_at=timezone.now() - timedelta(days=2))
    assert apply_retention() == 1
    assert titles(acme) == {"Old"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_hold_keeps_old_and_deleted_ones_until_it_is_released(
    aged, acme, alice, bob, browser_of, whole
) -> None:
    client = browser_of(alice)
    held = {"person": "" if whole else bob.pk, "reason": "Case 7"}
    client.post(reverse("admin:datarights_legalhold_add"), held)
    with tenant_scope(acme.id):
        hold = LegalHold.objects.get()
        delete_conversation(aged[1])
        Conversation.objects.filter(pk=aged[1].pk).update(deleted_at=timezone.now() - timedelta(days=2))
    assert hold.placed_by == alice
    assert apply_retention() == 0 and titles(acme) == {"Old", "New"}
    client.post(reverse("admin:datarights_legalhold_release", args=[hold.pk]))
    assert apply_retention() == 2 and titles(acme) == set()
    with tenant_scope(acme.id):
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"legal_hold.added", "legal_hold.released"} <= actions


def test_a_hold_on_somebody_else_keeps_nothing_of_bobs(aged, acme, alice) -> None:
    with tenant_scope(acme.id):
        LegalHold.objects.create(person=alice, reason="Case 8")
    assert apply_retention() == 1


def test_under_a_hold_the_audit_trail_is_kept_too(acme, alice) -> None:
    with tenant_scope(acme.id):
        AuditChain.objects.update(keep_days=1)
        LegalHold.objects.create(person=alice, reason="Case 8")
        assert audit_retention.remove_old(acme.id) == 0


def test_the_rules_page_tells_how_many_would_go(aged, acme, alice, browser_of) -> None:
    client = browser_of(alice)
    with tenant_scope(acme.id):
        url = reverse("admin:datarights_datarules_change", args=[DataRules.objects.get().pk])
    assert "Keeping 30 days: 1 would go" in client.get(url).content.decode()
    assert "Keeping 90 days: 0 would go" in client.get(url, {"days": "90"}).content.decode()
    client.post(url, {"keep_days": "60", "self_deletion": "on"})
    with tenant_scope(acme.id):
        assert DataRules.objects.get().keep_days == 60
        assert AuditEvent.objects.get(action="data_rules.changed").detail["after"]["keep_days"] == 60


def test_no_one_but_acmes_admins_places_or_releases_a_hold(acme, bob, manager, carol, browser_of) -> None:
    with tenant_scope(acme.id):
        hold = LegalHold.objects.create(person=bob, reason="Case 7")
    for person in (bob, manager, carol):
        client = browser_of(person)
        url = reverse("admin:datarights_legalhold_release", args=[hold.pk])
        assert client.post(url).status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.FOUND)
        client.post(reverse("admin:datarights_legalhold_add"), {"person": bob.pk, "reason": "Mine"})
    with tenant_scope(acme.id):
        assert LegalHold.objects.get().released_at is None
