"""Bob puts files into conversations, as his browser does it, and they go through the real pipeline."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.actions import Posted, post_question
from chat.attachments.models import Attachment
from ingestion import pipeline
from tenants.access import Visitor, require_member
from tenants.models import User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401
from tests.rights.conftest import gina  # noqa: F401

SECRET = "The severance of Bob Berg is 55,000 euros, paid on the third of May."
NAME = "severance-offer.txt"


@pytest.fixture(autouse=True)
def no_workers(settings, monkeypatch) -> None:
    """Nothing is sent to a broker: a test reads a file when it says so."""
    from ingestion import tasks

    for task in (tasks.ingest, tasks.move):
        monkeypatch.setattr(task, "delay", lambda *ids: None)
    monkeypatch.setattr(tasks.purge, "apply_async", lambda *args, **kwargs: None)


@pytest.fixture
def attach(browser_of) -> Callable[..., dict]:
    """The answer to a file that somebody's browser has sent."""

    def send(user: User, text: str = SECRET, name: str = NAME, status: int = 201, **fields: str) -> dict:
        file = SimpleUploadedFile(name, text.encode())
        response = browser_of(user).post("/api/attachments/add", {"file": file, **fields})
        assert response.status_code == status, response.content
        return response.json()

    return send


@pytest.fixture
def read(acme) -> Callable[[dict], Attachment]:
    """Ingest the file, as a worker would."""

    def ingest(item: dict) -> Attachment:
        with tenant_scope(acme.id):
            row = Attachment.objects.select_related("document").get(pk=item["id"])
            pipeline.ingest(row.document.latest.pk)
            row.document.refresh_from_db()
        return row

    return ingest


@pytest.fixture
def post(browser_of) -> Callable[..., Posted]:
    def ask(
        user: User, tenant, *, files: list[dict] = (), conversation: UUID | None = None, **fields
    ) -> Posted:
        session = Session.objects.get(pk=browser_of(user).cookies["sessionid"].value)
        return post_question(
            Visitor(session.pk, user.id, tenant.id), client_id=uuid4().hex, conversation=conversation,
            text="What is the severance?", attachments=[UUID(item["id"]) for item in files], **fields,
        )  # fmt: skip

    return ask


@pytest.fixture
def there(acme, bob):
    with tenant_scope(acme.id):
        return require_member(bob.id, tenant=acme.id)


@pytest.fixture
def in_acme(acme) -> Iterator[None]:
    with tenant_scope(acme.id):
        yield
