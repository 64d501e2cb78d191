"""Bob's conversation about what all may read and what only he and the managers may."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import AnswerPassage, Conversation, Message
from chat.sharing.models import Share
from ingestion.models import Collection, Document, ExtractedText
from tenants.models import AuditEvent, Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.conftest import person


@pytest.fixture
def dora(acme: Tenant) -> User:
    """Another member of Acme."""
    return person(acme, "Dora Dahl", Role.MEMBER)


@pytest.fixture
def board(acme: Tenant, bob: User) -> Collection:
    """A collection that Bob may read and Dora may not."""
    with tenant_scope(acme.id):
        row = Collection.objects.create(name="Board")
        row.people.add(bob)
    return row


@pytest.fixture
def open_paper(handbook: Collection, add_document: Callable[..., Document]) -> Document:
    return paper(add_document(handbook, "Travel policy"), "Hotels may cost 180 euros.")


@pytest.fixture
def closed_paper(board: Collection, add_document: Callable[..., Document]) -> Document:
    return paper(add_document(board, "Merger plan"), "We buy Initech in spring.")


def paper(document: Document, text: str) -> Document:
    with tenant_scope(document.tenant_id):
        ExtractedText.objects.create(version=document.current_version, text=text)
    return document


@pytest.fixture
def talk(acme: Tenant, bob: User) -> Callable[..., Conversation]:
    """`talk((question, answer, [documents]), …)`: a conversation of Bob's whose answers cite those documents."""

    def make(
        *turns: tuple[str, str, list[Document]], owner: User = bob, title: str = "Costs"
    ) -> Conversation:
        with tenant_scope(acme.id):
            row = Conversation.objects.create(user=owner, title=title)
            for question, answer, sources in turns:
                asked = Message.objects.create(conversation=row, user=owner, role="question", text=question)
                add_answer(asked, answer, sources)
        return row

    return make


def add_answer(asked: Message, text: str, sources: list[Document] = ()) -> Message:
    with tenant_scope(asked.tenant_id):
        answer = Message.objects.create(
            conversation_id=asked.conversation_id, user_id=asked.user_id, role="answer", question=asked, text=text,
            finished_at=timezone.now(),
        )  # fmt: skip
        for number, document in enumerate(sources, start=1):
            version = document.current_version
            words = ExtractedText.objects.get(version=version).text
            AnswerPassage.objects.create(
                message=answer, number=number, version=version, collection_id=document.collection_id,
                title=document.title, start=0, end=len(words), score=1, quote=words, quote_start=0,
                quote_end=len(words),
            )  # fmt: skip
    return answer


def post(client: Client, path: str, **body: object):
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def share(bob: User, browser_of: Callable[[User], Client]) -> Callable[..., Share]:
    """As the owner does it in the dialog."""

    def make(conversation: Conversation, owner: User = bob, **audience: object) -> Share:
        path = f"/api/conversations/{conversation.pk}/share/save"
        response = post(browser_of(owner), path, **audience)
        assert response.status_code == 200, response.content
        with tenant_scope(conversation.tenant_id):
            return Share.objects.get(conversation=conversation)

    return make


@pytest.fixture
def opens(browser_of: Callable[[User], Client]) -> Callable[..., int]:
    def status(user: User, row: Share) -> int:
        return browser_of(user).get(f"/shared/{row.key}/").status_code

    return status


@pytest.fixture
def read(browser_of: Callable[[User], Client]) -> Callable[..., list[dict]]:
    """The messages that a reader's page holds."""

    def messages(user: User, row: Share) -> list[dict]:
        response = browser_of(user).get(f"/shared/{row.key}/")
        assert response.status_code == 200
        return response.context["shared_data"]["messages"]

    return messages


@pytest.fixture
def audited(acme: Tenant) -> Callable[[], list[AuditEvent]]:
    def events() -> list[AuditEvent]:
        with tenant_scope(acme.id):
            return list(AuditEvent.objects.filter(action__startswith="conversation.").order_by("sequence"))

    return events
