"""Bob's conversations, asked through the real actions; answers end without a model where only their place matters."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.actions import Posted, edit_question, post_question, retry_answer
from chat.models import Conversation, Message, MessageStatus
from tenants.access import Member, Visitor, require_member
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401
from tests.sharing.conftest import board, closed_paper, dora, open_paper, talk  # noqa: F401

numbers = count(1)


class Talk:
    """One person's conversation: what is asked is answered at once."""

    def __init__(self, user: User, tenant: Tenant, session: str) -> None:
        self.visitor = Visitor(session, user.id, tenant.id)
        self.tenant = tenant
        self.user = user
        self.conversation: UUID | None = None

    @property
    def member(self) -> Member:
        return require_member(self.user.id, tenant=self.tenant.id)

    def ask(self, text: str = "") -> Posted:
        number = next(numbers)
        posted = post_question(
            self.visitor,
            client_id=f"ask-{number}",
            conversation=self.conversation,
            text=text or f"Question {number}",
        )
        self.conversation = posted.conversation
        return self._answered(posted, number)

    def retry(self, answer: UUID) -> Posted:
        number = next(numbers)
        return self._answered(retry_answer(self.visitor, client_id=f"retry-{number}", message=answer), number)

    def edit(self, question: UUID, text: str = "") -> Posted:
        number = next(numbers)
        text = text or f"Question {number}"
        posted = edit_question(self.visitor, client_id=f"edit-{number}", message=question, text=text)
        return self._answered(posted, number)

    def _answered(self, posted: Posted, number: int) -> Posted:
        with tenant_scope(self.tenant.id):
            Message.objects.filter(pk=posted.answer).update(
                text=f"Answer {number}", status=MessageStatus.COMPLETE, finished_at=timezone.now()
            )
        return posted

    @property
    def row(self) -> Conversation:
        return Conversation.objects.get(pk=self.conversation)


@pytest.fixture
def bobs(bob: User, acme: Tenant, browser_of, settings) -> Callable[[], Talk]:
    settings.QUESTIONS_PER_MINUTE = 1_000_000
    session = Session.objects.get(pk=browser_of(bob).cookies["sessionid"].value)
    return lambda: Talk(bob, acme, session.pk)
