"""Which passages were shown to whom is recorded with the answer, without a word of them."""

import pytest
from asgiref.sync import sync_to_async

from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401


@pytest.fixture
def document(installation, alice, handbook, upload):
    return upload(alice, handbook)


async def test_an_answer_records_its_passages_its_reader_and_where_they_sat(document, bob, acme, tab) -> None:
    async with tab(bob) as t:
        await t.ask("How long is parental leave?")

    def shown():
        with tenant_scope(acme.id):
            event = AuditEvent.objects.get(action="answer.sources")
            passages = list(document.current_version.passages.values_list("pk", flat=True))
            return event, {str(key) for key in passages}

    event, passages = await sync_to_async(shown)()
    assert event.actor_id == bob.pk
    assert event.detail["documents"] == [str(document.pk)]
    assert event.detail["passages"]
    assert set(event.detail["passages"]) <= passages
    assert set(event.detail) == {"conversation", "passages", "documents"}
    assert event.address == "127.0.0.1"
    assert event.session
