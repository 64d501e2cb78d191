"""People are reminded of what they are to review: once, then weekly, and only those who may tend documents."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from ingestion.days import today
from ingestion.models import Document
from ingestion.reviewing import AGAIN_AFTER, remind
from tenants.models import Role
from tenants.scoping import every_tenant, tenant_scope


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_HOST = "mail.example"
    settings.PUBLIC_URL = "https://chat.acme.example"


@pytest.fixture
def due(acme, handbook, add_document):
    def add(title: str, **said) -> Document:
        document = add_document(handbook, title)
        with tenant_scope(acme.id):
            Document.objects.filter(pk=document.pk).update(**{"review_on": today(), **said})
            document.refresh_from_db()
        return document

    return add


def receivers() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def test_owner_gets_one_letter_with_all_that_is_due_and_where_it_is(due, manager):
    first, second = due("Travel", owner=manager), due("Leave", owner=manager)
    due("Later", owner=manager, review_on=today() + timedelta(days=1))
    due("Deleted", owner=manager, deleted_at=timezone.now())
    assert remind() == 1
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["mia@acme.example"], "2 documents are due for review · Acme")
    for document in (first, second):
        assert f"https://chat.acme.example/admin/ingestion/document/{document.pk}/change/" in letter.body
    assert "Later" not in letter.body
    assert "Deleted" not in letter.body


def test_again_only_after_a_week(due, manager):
    document = due("Travel", owner=manager)
    assert [remind(), remind()] == [1, 0]
    with every_tenant():
        Document.objects.filter(pk=document.pk).update(review_reminded_at=timezone.now() - AGAIN_AFTER)
    assert remind() == 1


def test_without_an_owner_the_uploader_is_reminded_and_else_the_admins(due, manager, alice):
    due("By Mia", uploader=manager)
    due("By nobody")
    remind()
    assert receivers() == ["alice@acme.example", "mia@acme.example"]


@pytest.mark.parametrize("lost", ["left", "member", "deactivated"])
def test_nobody_who_left_or_lost_the_right_is_written_to(due, manager, alice, acme, membership_of, lost):
    due("Travel", owner=manager)
    with tenant_scope(acme.id):
        membership = membership_of(manager, acme)
        if lost == "left":
            membership.delete()
        elif lost == "member":
            membership.role = Role.MEMBER
            membership.save()
        else:
            manager.is_active = False
            manager.save()
    remind()
    assert receivers() == ["alice@acme.example"]


def test_organisations_are_kept_apart(due, manager, carol):
    due("Acme's secret", owner=manager)
    remind()
    assert receivers() == ["mia@acme.example"]


def test_without_a_mail_server_nothing_is_sent_or_noted_as_sent(due, manager, settings):
    settings.EMAIL_HOST = ""
    document = due("Travel", owner=manager)
    assert remind() == 0
    with every_tenant():
        assert Document.objects.get(pk=document.pk).review_reminded_at is None


def test_letter_that_could_not_be_sent_is_tried_again(due, manager, settings):
    document = due("Travel", owner=manager)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert remind() == 0
    with every_tenant():
        assert Document.objects.get(pk=document.pk).review_reminded_at is None
