"""Nobody but its owner meets a file of a conversation: in no list, count, search, page or export, whatever the role."""

from http import HTTPStatus

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse

from assistant.retrieve import retrieve
from chat.attachments.models import Attachment, AttachmentRules
from ingestion.access import readable_collections, tended_documents
from ingestion.listing import Wanted, choices, counts_of, filtered
from ingestion.models import Collection, DeletionReceipt, Document, DocumentVersion
from tenants.access import require_member
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.attachments.conftest import NAME, SECRET

WORDS = ("severance-offer", "55,000")


@pytest.fixture
def file(installation, acme, bob, attach, read) -> Attachment:
    """Bob's, sent with no question yet, ready to be found."""
    return read(attach(bob))


def version_of(file: Attachment) -> DocumentVersion:
    with tenant_scope(file.tenant_id):
        return file.document.current_version


def test_owner_opens_the_original_and_nobody_else_does(
    file, bob, alice, manager, carol, operator, browser_of
) -> None:
    path = reverse("document-file", args=[version_of(file).pk])
    mine = browser_of(bob).get(path)
    assert b"".join(mine.streaming_content).decode() == SECRET
    for user in (alice, manager, carol, operator):
        assert browser_of(user).get(path).status_code == HTTPStatus.NOT_FOUND, user


def test_progress_retry_and_removal_are_the_owners_alone(file, bob, alice, carol, browser_of) -> None:
    for user in (alice, carol):
        client = browser_of(user)
        for verb in ("retry", "remove"):
            assert client.post(f"/api/attachments/{file.pk}/{verb}").status_code == HTTPStatus.NOT_FOUND
        assert client.get(f"/api/attachments/?ids={file.pk}").json() == {"items": []}
        assert client.get(f"/api/attachments/?conversation={file.conversation}").json() == {"items": []}
    mine = browser_of(bob).get(f"/api/attachments/?ids={file.pk}").json()["items"]
    assert [(item["name"], item["state"]) for item in mine] == [(NAME, "ready")]


def test_no_page_of_the_admin_lists_counts_or_opens_it(file, alice, manager, browser_of) -> None:
    lists = ("ingestion_document", "ingestion_collection", "ingestion_deletionreceipt")
    pages = [reverse(f"admin:{name}_changelist") for name in lists]
    pages += [reverse("admin:index"), "/admin/search/?s=severance", "/chat/", "/api/conversations/"]
    pages += [reverse(f"documents{name}") for name in ("", "-list", "-choices", "-summary")]
    pages.append(f"{reverse('documents-progress')}?ids={file.document_id}")
    inside = [
        reverse("documents-show", args=[file.document_id]),
        reverse("documents-text", args=[file.document_id]),
    ]
    inside += [
        f"/admin/ingestion/document/{file.document_id}/{page}/" for page in ("change", "text", "passages")
    ]
    inside.append(f"/admin/ingestion/collection/{file.conversation}/change/")
    for user in (alice, manager):
        client = browser_of(user)
        for path in pages:
            response = client.get(path)
            assert response.status_code == HTTPStatus.OK, path
            said = response.content.decode()
            told = (*WORDS, str(file.conversation))
            assert not any(word in said for word in told), path
        for path in inside:
            assert client.get(path).status_code in (HTTPStatus.FOUND, HTTPStatus.NOT_FOUND), path


def test_lists_and_counts_of_those_who_tend_everything_know_nothing_of_it(
    file, acme, alice, bob, in_acme
) -> None:
    for user in (alice, bob):
        member = require_member(user.id, tenant=acme.id)
        assert readable_collections(member) == []
        assert not Document.objects.readable_by(member).exists()
        assert not Collection.objects.tended_by(member).exists()
    assert not tended_documents(require_member(alice.id, tenant=acme.id)).exists()
    assert not filtered(Wanted()).exists()
    assert counts_of(Wanted())["all"] == 0
    assert choices(Wanted())["collections"] == []
    assert Document.with_private.count() == 1


@pytest.mark.parametrize("who", ["alice", "manager", "carol", "bob"])
def test_no_search_finds_it_outside_its_conversation(file, request, acme, globex, who) -> None:
    user = request.getfixturevalue(who)
    tenant = globex if who == "carol" else acme
    with tenant_scope(tenant.id):
        member = require_member(user.id, tenant=tenant.id)
        assert async_to_sync(retrieve)("severance of Bob Berg", member=member, limit=8) == ()


@pytest.mark.parametrize("who", ["alice", "manager", "carol"])
def test_who_names_its_conversation_finds_nothing_either(file, request, acme, globex, who) -> None:
    user = request.getfixturevalue(who)
    tenant = globex if who == "carol" else acme
    with tenant_scope(tenant.id):
        member = require_member(user.id, tenant=tenant.id)
        found = async_to_sync(retrieve)("severance", member=member, limit=8, files=file.conversation)
        assert found == ()


def test_its_owner_finds_it_in_its_conversation_before_the_documents(
    file, acme, alice, bob, handbook, upload
) -> None:
    upload(alice, handbook, text="Severance pay follows the law of the country.", name="law.txt")
    with tenant_scope(acme.id):
        member = require_member(bob.id, tenant=acme.id)
        found = async_to_sync(retrieve)(
            "What is the severance?", member=member, limit=4, files=file.conversation
        )
    assert [passage.collection_name for passage in found] == ["This conversation", "Handbook"]
    assert SECRET in found[0].text


def test_looking_as_its_owner_and_explaining_their_access_does_not_open_it(
    file, acme, alice, bob, membership_of, browser_of
) -> None:
    client, address = browser_of(alice), reverse("admin:view_as", args=[membership_of(bob, acme).pk])
    said = client.get(address).content + client.post(address, {"question": "What is the severance?"}).content
    explained = client.get(reverse("admin:explain_access"), {"person": bob.pk, "document": file.document_id})
    for words in (said, explained.content):
        assert not any(word in words.decode() for word in WORDS)


def test_an_operator_whom_the_organisation_lets_look_does_not_see_it(file, acme, in_acme) -> None:
    assert not Collection.objects.exists()
    assert not Document.objects.live().exists()


def test_audit_log_and_receipts_do_not_tell_its_name(file, bob, browser_of, in_acme) -> None:
    assert browser_of(bob).post(f"/api/attachments/{file.pk}/remove").status_code == HTTPStatus.OK
    receipt = DeletionReceipt.objects.get(document=file.document_id)
    assert (receipt.title, receipt.name, receipt.collection) == ("A file of a conversation", "", "")
    told = str(list(AuditEvent.objects.values_list("action", "detail")))
    assert "document.uploaded" in told and "document.deleted" in told
    assert not any(word in told for word in (*WORDS, version_of(file).sha256))


def test_a_conversation_of_somebody_else_takes_no_file(
    installation, acme, bob, alice, carol, attach, post
) -> None:
    place = attach(bob)["conversation"]
    for user in (alice, carol):
        attach(user, conversation=place, status=404)
    posted = post(bob, acme)
    attach(alice, conversation=str(posted.conversation), status=404)
    attach(bob, conversation=str(posted.conversation))


def test_guests_and_organisations_that_forbid_it_send_none(installation, acme, bob, gina, attach) -> None:
    assert attach(gina, status=400)["error"]["code"] == "attachments_off"
    with tenant_scope(acme.id):
        AttachmentRules.objects.create(allowed=False)
    assert attach(bob, status=400)["error"]["code"] == "attachments_off"
