"""An organisation goes with everything it has; the receipt outlives it, and nothing of another is touched."""

import asyncio
import io
import json
import shutil
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation
from ingestion import index
from ingestion.actions import accept_upload
from ingestion.models import Document, Passage
from ingestion.pipeline import ingest
from ingestion.sources.models import Source, SourceItem
from ingestion.tasks import ingest as ingest_task
from tenants.access import require_member
from tenants.actions import add_member
from tenants.datarights import erasing_tenant, registry
from tenants.datarights.erasing_rows import count_tenant
from tenants.datarights.models import LegalHold, TenantErasure
from tenants.errors import Refused
from tenants.models import AuditEvent, Group, Role, Tenant, User
from tenants.scoping import every_tenant, tenant_scope
from tests.ingestion.conftest import own_index  # noqa: F401

TEXT = b"Parental leave lasts 16 weeks.\n\n# Travel\n\nHotels cost up to 180 euros.\n"


@pytest.fixture
def full(own_index, acme, globex, alice, bob, carol, handbook, talk, browser_of):
    """Rows in every table that refers to others, files, vectors, and the admin's own log; Globex has its own."""
    with tenant_scope(acme.id):
        member = require_member(alice.id, tenant=acme.id)
        for words in (TEXT, TEXT + b"More."):  # the second replaces the first
            taken = accept_upload(
                io.BytesIO(words), name="leave.md", collection=handbook, member=member, send=False
            )
            ingest(taken.version.pk)
        Document.objects.create(collection=handbook, title="Part", name="part.txt", parent=taken.document)
        source = Source.objects.create(name="Site", kind="web", collection=handbook)
        SourceItem.objects.create(
            source=source, key="a", document=taken.document, fingerprint="", last_seen=timezone.now()
        )
    talk()
    browser_of(alice).post(reverse("admin:tenants_group_add"), {"name": "Acmesecret"})
    assert LogEntry.objects.filter(object_repr="Acmesecret").exists()
    with tenant_scope(globex.id):
        Group.objects.create(name="Globex's")
        Conversation.objects.create(user=carol, title="At Globex")
    with tenant_scope(acme.id):
        taken.document.refresh_from_db()
    return taken.document


def delete(acme: Tenant) -> dict:
    out = io.StringIO()
    call_command("delete_tenant", acme.name, confirm=acme.name, stdout=out)
    return json.loads(out.getvalue())


def everything_of(tenant) -> dict[str, int]:
    with every_tenant():
        return count_tenant(registry.of_tenants(), tenant)


def test_nothing_of_it_is_left_in_tables_files_or_index(full, acme, globex, bob, carol) -> None:
    tenant, globex_before = acme.id, everything_of(globex.id)
    told = delete(acme)
    assert told["done_at"] and not Tenant.objects.filter(pk=tenant).exists()
    assert everything_of(tenant) == {}
    for model in apps.get_models(include_auto_created=True):  # also what the registry does not know
        for field in model._meta.concrete_fields:
            if field.name == "tenant" and model is not TenantErasure:
                with every_tenant():
                    assert not model._base_manager.filter(tenant=tenant).exists(), model
    assert str(tenant) not in default_storage.listdir("")[0]
    assert tenant not in asyncio.run(index.active_store().tenants())
    assert not LogEntry.objects.filter(object_repr="Acmesecret").exists()
    assert set(User.objects.values_list("email", flat=True)) == {carol.email}
    assert everything_of(globex.id) == globex_before


def test_the_receipt_counts_says_who_told_and_outlives_it(full, acme, carol, operator, browser_of) -> None:
    with tenant_scope(acme.id):
        head = AuditEvent.objects.order_by("-sequence").values_list("hash", flat=True).first()
        passages = Passage.objects.count()
    told = delete(acme)
    assert told["removed"]["ingestion.Passage"] == passages
    assert told["removed"]["chat.Message"] == 2 and told["removed"]["tenants.User"] == 2
    assert told["audit_head"]["hash"] == head and "people" not in told["audit_head"]
    assert {name: look["count"] for name, look in told["check"].items() if name != "at"} == {
        "rows": 0, "files": 0, "vectors": 0,
    }  # fmt: skip
    assert "lists its tables, and none of this organisation" in told["check"]["vectors"]["said"]
    url = reverse("admin:datarights_tenanterasure_json", args=[told["receipt"]])
    assert browser_of(operator).get(url).json()["removed"] == told["removed"]
    assert browser_of(carol).get(url).status_code == 404


def test_a_missing_storage_proves_nothing(full, acme, settings) -> None:
    shutil.rmtree(settings.MEDIA_ROOT)
    with pytest.raises(Exception, match="nothing can be proved"):
        delete(acme)
    row = TenantErasure.objects.get()
    assert row.done_at is None and "nothing can be proved" in row.problem


def test_who_belongs_elsewhere_too_and_operators_keep_their_accounts(
    full, acme, globex, bob, operator
) -> None:
    add_member(globex, email=bob.email, name=bob.name, role=Role.MEMBER)
    add_member(acme, email=operator.email, name="Olga", role=Role.ADMIN)
    delete(acme)
    assert User.objects.filter(pk__in=[bob.pk, operator.pk]).count() == 2


def test_everybody_is_out_before_anything_goes(full, acme, bob, browser_of) -> None:
    client = browser_of(bob)
    erasing_tenant.request_erasure(acme, asked_by="test")
    assert client.get("/chat/").status_code == 403


def test_interrupted_it_goes_on_and_keeps_what_it_had_counted(full, acme, monkeypatch) -> None:
    def die(people) -> None:
        raise OSError("the worker was killed")

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(erasing_tenant, "_accounts", die)
        delete(acme)
    told = delete(acme)
    assert told["done_at"] and told["problem"] == ""
    assert told["removed"]["chat.Message"] == 2 and told["removed"]["tenants.User"] == 2


@pytest.mark.parametrize("whole", [True, False])
def test_a_hold_forbids_it(full, acme, bob, whole) -> None:
    with tenant_scope(acme.id):
        LegalHold.objects.create(person=None if whole else bob, reason="Case 7")
    before = everything_of(acme.id)
    with pytest.raises(CommandError, match="legal hold"):
        delete(acme)
    assert everything_of(acme.id) == before
    with pytest.raises(Refused):
        erasing_tenant.request_erasure(acme, asked_by="test")


def test_a_wrong_name_deletes_nothing(full, acme) -> None:
    with pytest.raises(CommandError, match="exactly"):
        call_command("delete_tenant", "Acme", confirm="acme")
    assert Tenant.objects.filter(pk=acme.pk).exists()


def test_what_is_left_in_the_broker_does_nothing(full, acme) -> None:
    """Messages hold ids alone."""
    version, tenant = full.current_version_id, acme.id
    delete(acme)
    ingest_task(str(tenant), str(version))
    ingest_task(str(tenant), str(uuid4()))
    assert everything_of(tenant) == {}
