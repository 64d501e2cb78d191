"""Files in conversations under data rights: a person's export and deletion, the organisation's export, shared links."""

import pytest
from django.core.files.storage import default_storage

from chat.actions import Ending, save_ending, save_passages
from chat.attachments.models import Attachment
from chat.models import Conversation
from chat.sharing.actions import Audience, share_conversation
from chat.sharing.shown import shared_messages
from ingestion.models import Collection, Document
from tenants.access import require_member
from tenants.datarights.erasing import erase, request_erasure
from tenants.datarights.models import DataRules, PersonErasure
from tenants.scoping import tenant_scope
from tests.attachments.conftest import NAME, SECRET
from tests.datarights.conftest import unzipped  # noqa: F401


@pytest.fixture
def sent(installation, acme, bob, attach, read, post):
    item = attach(bob)
    row = read(item)
    return row, post(bob, acme, files=[item])


def test_readers_of_a_shared_link_get_neither_the_file_nor_what_was_answered_from_it(
    sent, acme, alice, bob, there
) -> None:
    from asgiref.sync import async_to_sync

    from assistant.retrieve import retrieve

    row, posted = sent
    with tenant_scope(acme.id):
        found = async_to_sync(retrieve)("severance", member=there, limit=4, files=row.conversation)
    save_passages(posted.answer, tenant=acme.id, passages=found)
    save_ending(posted.answer, tenant=acme.id, ending=Ending("complete", SECRET + " [1]", ()))
    with tenant_scope(acme.id):
        share = share_conversation(Conversation.objects.get(), Audience(), there)
        reader = require_member(alice.id, tenant=acme.id)
        said = str(shared_messages(share, reader))
        assert SECRET not in said and NAME not in said and "withheld" in said
        assert SECRET in str(shared_messages(share, there))


def test_deleting_the_person_purges_their_files(sent, acme, alice, bob) -> None:
    row, _ = sent
    with tenant_scope(acme.id):
        name = row.document.current_version.file.name
        assert default_storage.exists(name)
        erase(request_erasure(bob, tenant=acme.id, asked_by=alice.pk).pk)
        receipt = PersonErasure.objects.get()
        assert receipt.done_at, receipt.problem
        assert receipt.removed["files in conversations"] == 1
        assert not Document.with_private.exists() and not Collection.with_private.exists()
        assert not Attachment.objects.exists()
        assert not default_storage.exists(name)


def test_the_persons_own_export_has_the_file_and_the_organisations_has_not(
    sent, acme, alice, bob, tmp_path, unzipped
) -> None:
    from tenants.datarights.archive import Archive
    from tenants.datarights.registry import Subject, sections
    from tenants.datarights.tenant_export import write_tenant

    row, _ = sent
    with tenant_scope(acme.id):
        DataRules.objects.create(export_conversations=True)
        member = require_member(bob.id, tenant=acme.id)
        with (tmp_path / "own.zip").open("wb") as file, Archive(file) as archive:
            sections["files/"].write(Subject(bob, acme.id, member, own=True), archive)
            sections["documents.json"].write(Subject(bob, acme.id, member, own=False), archive)
    own = unzipped((tmp_path / "own.zip").read_bytes())
    assert SECRET in own.words and "severance" not in own["documents.json"]
    assert sections["files/"].own_only
    with (tmp_path / "all.zip").open("wb") as file, Archive(file) as archive:
        write_tenant(acme.id, archive)
    told = unzipped((tmp_path / "all.zip").read_bytes())
    assert SECRET not in told.words
    assert not any(str(row.document.current_version_id) in name for name in told)
