"""Two at once: the same file uploaded twice, the same question sent twice."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from chat.actions import post_question
from chat.models import Message
from ingestion.actions import accept_upload
from ingestion.models import Document, DocumentVersion
from tenants.access import Visitor, require_member
from tenants.scoping import every_tenant, tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def at_once(call: Callable[[int], Any]) -> list[Any]:
    """The results of several threads that call it at the same moment."""
    together = Barrier(AT_ONCE)

    def run(number: int) -> Any:
        try:
            connection.ensure_connection()
            together.wait(30)
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_versions_of_one_file_uploaded_at_once_are_all_kept_in_one_document(alice, acme, handbook) -> None:
    def upload(number: int) -> None:
        with tenant_scope(acme.id):
            member = require_member(alice.id, tenant=acme.id)
            file = io.BytesIO(f"The plan, written by thread {number}.".encode())
            accept_upload(file, name="plan.txt", collection=handbook, member=member, send=False)

    at_once(upload)
    with every_tenant():
        assert Document.objects.count() == 1
        numbers = DocumentVersion.objects.values_list("number", flat=True)
        assert sorted(numbers) == [1, 2, 3, 4]


def test_a_question_sent_several_times_at_once_is_asked_once(bob, acme, browser_of) -> None:
    session = Session.objects.get(pk=browser_of(bob).cookies["sessionid"].value)
    visitor = Visitor(session.pk, bob.id, acme.id)
    posted = at_once(lambda _: post_question(visitor, client_id="once", conversation=None, text="How long?"))
    assert len({each.answer for each in posted}) == 1
    assert sum(each.fresh for each in posted) == 1
    with every_tenant():
        assert Message.objects.count() == 2
