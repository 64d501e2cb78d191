"""Another embedding model: refused at start until the index was rebuilt from the database."""

import os
import subprocess
import sys

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.core.management.base import CommandError

from assistant.retrieve import retrieve
from ingestion import index
from tenants.access import require_member
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream  # noqa: F401
from tests.chat.test_two_processes import database_url

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


def test_model_is_changed_while_the_old_index_answers(
    installation, settings, alice, bob, acme, handbook, upload
) -> None:
    upload(alice, handbook)
    assert any("16 weeks" in text for text in found(bob, acme))  # a process that runs
    environment = {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR)}
    environment |= {
        "EMBEDDING_URL": settings.EMBEDDING_URL,
        "EMBEDDING_MODEL": "instant",
        "EMBEDDING_DIMENSION": "384",
    }
    command = [sys.executable, "manage.py", "reindex", "--model", "better", "--dimension", "384"]
    subprocess.run(command, env=os.environ | environment, check=True, cwd=settings.BASE_DIR)
    assert any("16 weeks" in text for text in found(bob, acme)), "with the old settings, from the old index"
    upload(
        alice, handbook, "# Dogs\n\nDogs may stay until noon.\n", "dogs.md"
    )  # by a worker with the old settings
    settings.EMBEDDING_MODEL = "better"
    index._open.cache_clear()  # restarted
    assert index.mismatch() == ""
    assert any("16 weeks" in text for text in found(bob, acme))
    assert not any("noon" in text for text in found(bob, acme))
    call_command("reconcile")
    assert any("noon" in text for text in found(bob, acme))


def test_another_model_needs_an_endpoint_and_its_dimension(installation, settings) -> None:
    with pytest.raises(CommandError, match="both"):
        call_command("reindex", "--model", "better")
    settings.EMBEDDING_URL = ""
    with pytest.raises(CommandError, match="EMBEDDING_URL"):
        call_command("reindex", "--model", "better", "--dimension", "384")


def test_documents_wait_while_settings_and_index_disagree(other_model, alice, handbook, upload) -> None:
    document = upload(alice, handbook, "# Dogs\n\nDogs may stay until noon.\n", "dogs.md")
    with tenant_scope(handbook.tenant_id):
        version = document.latest
    assert (version.status, version.attempts) == ("queued", 0)
    assert "manage.py reindex" in version.error
