"""Another embedding model: refused at start until the index was rebuilt from the database."""

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command

from assistant.retrieve import retrieve
from ingestion import index
from tenants.access import require_member
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream  # noqa: F401

QUESTION = "How long is parental leave?"


@pytest.fixture
def other_model(installation, settings, alice, handbook, upload):
    upload(alice, handbook)
    settings.EMBEDDING_MODEL = "another"
    index._open.cache_clear()
    return settings


def found(user, tenant) -> list[str]:
    with tenant_scope(tenant.id):
        member = require_member(user.id, tenant=tenant.id)
        return [p.text for p in async_to_sync(retrieve)(QUESTION, member=member, limit=3)]


def test_a_mismatch_is_named_with_the_command_that_mends_it(other_model) -> None:
    assert "manage.py reindex" in index.mismatch()
    with pytest.raises(index.IndexMismatch):
        index.active_store()


def test_reindex_rebuilds_from_the_database_and_switches(other_model, bob, acme) -> None:
    call_command("reindex")
    assert index.mismatch() == ""
    assert any("16 weeks" in text for text in found(bob, acme))


def test_a_second_run_embeds_nothing_again(other_model, installation, capsys) -> None:
    call_command("reindex")
    before = len(installation.embeddings)
    call_command("reindex")
    assert len(installation.embeddings) == before
    assert "0 passages embedded" in capsys.readouterr().out
