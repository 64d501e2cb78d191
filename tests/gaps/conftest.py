"""Conversations whose answers found nothing, or displeased, in rows as the runner leaves them."""

from collections.abc import Callable
from typing import Any

import pytest

from chat.actions import Ending, save_ending
from chat.models import AnswerPassage, Conversation, Message
from ingestion.models import Collection
from tenants.models import Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.conftest import person

NOTHING = "I found nothing in the documents you can read that answers this."


@pytest.fixture
def dora(acme: Tenant) -> User:
    return person(acme, "Dora Dahl", Role.MEMBER)


@pytest.fixture
def erik(acme: Tenant) -> User:
    return person(acme, "Erik Ek", Role.MEMBER)


@pytest.fixture
def ask() -> Callable[..., Message]:
    """`ask(bob, acme, "What may …?")`: an ended answer that cites nothing, near a collection if one is given."""

    def answered(
        user: User,
        tenant: Tenant,
        question: str,
        *,
        near: Collection | None = None,
        text: str = NOTHING,
        incognito: bool = False,
    ) -> Message:
        with tenant_scope(tenant.id):
            row = Conversation.objects.create(user=user, title=question[:80], incognito=incognito)
            asked = Message.objects.create(conversation=row, user=user, role="question", text=question)
            answer = Message.objects.create(
                conversation=row, user=user, role="answer", question=asked, status="streaming"
            )
            if near:
                AnswerPassage.objects.create(
                    message=answer, number=1, collection=near, title="Near", start=0, end=1, score=1
                )
            save_ending(answer.pk, tenant=tenant.pk, ending=Ending(status="complete", text=text))
            answer.refresh_from_db()
        return answer

    return answered


@pytest.fixture
def post(browser_of: Callable[[User], Any]) -> Callable[..., Any]:
    def send(user: User, path: str, **body: object) -> Any:
        return browser_of(user).post(path, body, content_type="application/json")

    return send
