"""Everything of an organisation in one file: rows, originals, the audit log with its hashes; no secret, no other's row."""

import hashlib
import io
from http import HTTPStatus

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from assistant.models import ModelEndpoint
from ingestion.models import DocumentVersion
from tenants.audit.chain import digest
from tenants.datarights import exporting, registry, tenant_export
from tenants.datarights.archive import Archive
from tenants.datarights.models import DataExport, DataRules
from tenants.models import AuditEvent, Group
from tenants.scim.models import ScimToken
from tenants.scim.tokens import make_token
from tenants.scoping import tenant_scope
from tests.datarights.conftest import QUOTE

CONVERSATIONS = {
    "attachments.Attachment",
    "chat.Conversation",
    "chat.Message",
    "chat.AnswerPassage",
    "choices.AnswerChoice",
    "choices.ConversationChoice",
    "search.SearchText",
    "sharing.Share",
    "rail.Tag",
    "rail.Tag_conversations",
    "prompts.SavedPrompt",
    "gaps.Feedback",
    "gaps.FollowUps",
    "gaps.GapQuestion",
    "gaps.VerifiedCitation",
}


@pytest.fixture
def both(acme, globex, alice, bob, carol, talk):
    talk()
    with tenant_scope(acme.id):
        Group.objects.create(name="Acme's group").members.add(bob)
        endpoint = ModelEndpoint(name="Model", url="http://m.example/v1", model="m")
        endpoint.key = "sk-acme-secret"
        endpoint.save()
    with tenant_scope(globex.id):
        Group.objects.create(name="Globex's group").members.add(carol)


@pytest.fixture
def exported(unzipped):
    def export(tenant):
        file = io.BytesIO()
        with Archive(file) as archive:
            tenant_export.write_tenant(tenant.pk, archive)
        return unzipped(file.getvalue())

    return export


def test_it_holds_every_table_but_conversations_and_every_original(both, acme, alice, exported) -> None:
    found = exported(acme)
    tables = {name[len("tables/") : -len(".jsonl")] for name in found if name.startswith("tables/")}
    assert tables == {entry.label for entry in registry.of_tenants()} - CONVERSATIONS
    assert {row["email"] for row in found.lines("people.jsonl")} == {"alice@acme.example", "bob@acme.example"}
    with tenant_scope(acme.id):
        version = DocumentVersion.objects.get()
        events = list(AuditEvent.objects.order_by("sequence"))
    [original] = [text for name, text in found.items() if name.startswith(f"originals/{version.pk}")]
    assert original == "The text of Leave"
    assert [row["hash"] for row in found.lines("tables/tenants.AuditEvent.jsonl")] == list(
        map(digest, events)
    )
    manifest = found.json("manifest.json")
    assert manifest["rows"]["tenants.Membership"] == 2
    for name, checksum in manifest["sha256"].items():
        assert hashlib.sha256(found[name].encode()).hexdigest() == checksum


def test_it_holds_no_secret_no_conversation_and_nothing_of_another_organisation(both, acme, exported) -> None:
    found = exported(acme)
    for word in ("sk-acme-secret", "encrypted_key", "How long is leave?", "Globex", "carol@"):
        assert word not in found.words
    assert "Conversations are left out" in found["README.md"]


def test_conversations_are_in_it_only_by_the_organisations_rules(both, acme, exported) -> None:
    with tenant_scope(acme.id):
        DataRules.objects.create(export_conversations=True)
    found = exported(acme)
    assert "How long is leave?" in found["tables/chat.Message.jsonl"]
    assert QUOTE in found["tables/chat.AnswerPassage.jsonl"]


def test_pages_are_put_together_whole(both, acme, exported, monkeypatch) -> None:
    monkeypatch.setattr(tenant_export, "PAGE", 2)
    with tenant_scope(acme.id):
        for number in range(5):
            Group.objects.create(name=f"Group {number}")
        ids = set(map(str, Group.objects.values_list("pk", flat=True)))
    rows = exported(acme).lines("tables/tenants.Group.jsonl")
    assert len(rows) == 6 and {row["id"] for row in rows} == ids


def test_an_admin_asks_for_it_and_fetches_it_and_nobody_else_does(
    both, acme, alice, bob, carol, browser_of, unzipped
) -> None:
    client = browser_of(alice)
    client.post(reverse("admin:datarights_dataexport_tenant"))
    with tenant_scope(acme.id):
        row = DataExport.objects.get()
        exporting.make(row.pk)
    url = reverse("admin:datarights_dataexport_fetch", args=[row.pk])
    for person in (bob, carol):
        assert browser_of(person).get(url).status_code != HTTPStatus.OK
    assert "Download" in client.get(reverse("admin:datarights_dataexport_changelist")).content.decode()
    found = unzipped(b"".join(client.get(url).streaming_content))
    assert found.json("manifest.json")["organisation"]["name"] == "Acme"
    with tenant_scope(acme.id):
        actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert [action for action in actions if "export" in action] == [
        "data_export.asked",
        "data_export.downloaded",
    ]


def test_the_command_leaves_no_half_file(both, acme, tmp_path, monkeypatch) -> None:
    out = tmp_path / "acme.zip"
    with monkeypatch.context() as patch:
        patch.setattr(tenant_export, "rows_of", lambda entry, tenant: iter([object.missing]))  # type: ignore
        with pytest.raises(AttributeError):
            call_command("export_tenant", "Acme", output=out)
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
    call_command("export_tenant", "acme", output=out, stdout=io.StringIO())
    assert {path.name for path in tmp_path.iterdir()} == {"files", "acme.zip"}
    with pytest.raises(CommandError):
        call_command("export_tenant", "Initech", output=out)


def test_tokens_and_hashes_of_tokens_are_not_in_it(both, acme, alice, exported) -> None:
    with tenant_scope(acme.id), transaction.atomic():
        token = make_token(ScimToken(name="Provider"), actor=alice.pk)
        stored = ScimToken.objects.get().hash
    words = exported(acme).words
    assert "Provider" in words
    assert token not in words and stored not in words
