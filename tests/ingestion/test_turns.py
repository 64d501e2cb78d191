"""Whose document is next: a small upload never waits behind another organisation's import."""

import io
import itertools

import pytest
from django.conf import settings as configured
from django.utils import timezone

from ingestion import sweeper, together, turns
from ingestion.actions import accept_upload
from ingestion.models import Collection, Document, DocumentVersion, Status
from tenants.access import require_member
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope


@pytest.fixture
def wait(acme, globex):
    """Documents of an organisation that wait, oldest first."""

    def add(tenant: Tenant, count: int, **fields: object) -> list[DocumentVersion]:
        with tenant_scope(tenant.id):
            collection, _ = Collection.objects.get_or_create(name="Inbox")
            made = []
            for _number in range(count):
                name = f"{tenant.name} {Document.objects.count()}.txt"
                document = Document.objects.create(collection=collection, title=name, name=name)
                values = {"number": 1, "sha256": name, "size": 1, "file": name} | fields
                made.append(DocumentVersion.objects.create(document=document, **values))
        return made

    return add


def take() -> DocumentVersion:
    """The next turn's document, as a worker that goes on working on it would leave it."""
    tenant, [version, *_] = turns.next_waiting()
    with tenant_scope(tenant):
        DocumentVersion.objects.filter(pk=version).update(status=Status.PROCESSING, heartbeat=timezone.now())
        return DocumentVersion.objects.get(pk=version)


def test_small_upload_is_next_while_an_import_waits(wait, acme, globex) -> None:
    imported = wait(acme, 30)
    assert [take() for _ in range(3)] == imported[:3]
    [small] = wait(globex, 1)
    assert take() == small
    assert take() == imported[3]


def test_two_imports_take_turns_even_with_one_worker(wait, acme, globex) -> None:
    wait(acme, 6)
    wait(globex, 6)
    order = []
    for _ in range(8):
        version = take()
        order.append(version.tenant_id)
        with every_tenant():
            DocumentVersion.objects.filter(pk=version.pk).update(status=Status.READY)
    assert set(order[0::2]) | set(order[1::2]) == {acme.id, globex.id}
    assert all(one != other for one, other in itertools.pairwise(order))


def test_what_is_deleted_or_to_be_tried_again_later_waits_for_no_turn(wait, acme) -> None:
    [deleted] = wait(acme, 1)
    wait(acme, 1, attempts=1)
    with every_tenant():
        Document.objects.filter(pk=deleted.document_id).update(deleted_at=timezone.now())
    assert turns.next_waiting() is None


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    from ingestion.tasks import ingest

    messages: list[str] = []
    monkeypatch.setattr(ingest, "delay", lambda tenant, version: messages.append(version))
    return messages


def test_sweeper_sends_as_many_turns_as_were_lost(wait, acme, sent, monkeypatch) -> None:
    old = timezone.now() - sweeper.RESEND_AFTER * 2
    versions = wait(acme, 20, heartbeat=old)
    monkeypatch.setattr(sweeper, "turns_in_broker", lambda: 15)
    sweeper.sweep()
    assert sent == [str(version.pk) for version in versions[:5]]
    monkeypatch.setattr(sweeper, "turns_in_broker", lambda: 20)
    sweeper.sweep()
    assert len(sent) == 5


def test_turns_are_counted_in_the_broker(redis_server, monkeypatch) -> None:
    from celery import Celery, current_app

    app = Celery("counting", broker=redis_server.url(5), set_as_current=False)
    app.conf.task_queues, app.conf.task_routes = configured.CELERY_TASK_QUEUES, configured.CELERY_TASK_ROUTES
    monkeypatch.setattr(turns, "current_app", app)
    assert turns.turns_in_broker() == 0
    for _ in range(3):
        app.send_task("ingestion.tasks.ingest", ["a", "b"])
    app.send_task("ingestion.tasks.purge", ["a", "b"])
    assert turns.turns_in_broker() == 3
    assert current_app is not app


def test_import_of_one_organisation_lets_a_later_upload_of_another_pass(
    own_index, acme, globex, alice, carol, django_capture_on_commit_callbacks
) -> None:
    """Turn by turn, by the messages that were sent: the small one is ready after the first turn of the others."""
    messages: list[tuple] = []

    def send(tenant: Tenant, user, count: int) -> None:
        with tenant_scope(tenant.id):
            member = require_member(user.id, tenant=tenant.id)
            collection = Collection.objects.create(name="Inbox")
            for number in range(count):
                file = io.BytesIO(f"Rule {number} of {tenant.name}.".encode())
                upload = accept_upload(
                    file, name=f"{number}.txt", collection=collection, member=member, send=False
                )
                messages.append((tenant.id, upload.version.pk))

    send(acme, alice, together.MOST + 8)
    send(globex, carol, 1)
    for message in messages:
        turns.take_turn(*message)
    with every_tenant():
        ready = DocumentVersion.objects.filter(status=Status.READY).order_by("ready_at")
        owners = list(ready.values_list("tenant_id", flat=True))
    assert len(owners) == together.MOST + 9
    assert owners.index(globex.id) <= together.MOST


def test_same_message_twice_does_the_work_once(own_index, acme, alice, handbook) -> None:
    with tenant_scope(acme.id):
        member = require_member(alice.id, tenant=acme.id)
        file = io.BytesIO(b"Every parent gets 16 weeks.")
        version = accept_upload(file, name="a.txt", collection=handbook, member=member, send=False).version
    for _ in range(2):
        turns.take_turn(acme.id, version.pk)
    version.refresh_from_db()
    assert (version.status, version.attempts) == (Status.READY, 1)
