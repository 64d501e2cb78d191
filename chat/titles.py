"""Conversations get a title from the model, once their first question has been answered.

Until then, and where no model is connected or it fails, the first words of the question are the title. Only those are
replaced: a name that the person gave stays, also one that they give while the model is writing.
"""

import asyncio
import logging
from typing import Any

from django.conf import settings

from assistant.endpoints import current_endpoint
from assistant.errors import AnswerError
from assistant.events import Usage
from assistant.title import title_of
from chat import protocol
from chat.actions import Posted, title_from
from chat.models import Conversation, Message, MessageRole, MessageStatus
from chat.tabs import tell_tabs_now
from tenants.db import in_database
from tenants.observe import metrics

log = logging.getLogger(__name__)

ANSWERED = (MessageStatus.COMPLETE, MessageStatus.STOPPED)

_writing: set[asyncio.Task[None]] = set()


def write_soon(posted: Posted, status: str) -> None:
    """In a task of its own, after the answer has ended: nobody waits for it. In the tenant's scope."""
    if not settings.CHAT_TITLES or status not in ANSWERED or posted.incognito or posted.history:
        return
    task = asyncio.create_task(_write(posted), name=f"title-{posted.conversation}")
    _writing.add(task)
    task.add_done_callback(_writing.discard)


async def _write(posted: Posted) -> None:
    try:
        endpoint = await in_database(current_endpoint)
        if endpoint is None or not await in_database(_is_untitled, posted):
            return
        title, usage = await title_of(posted.text, endpoint)
        metrics.title_written(usage)
        if await in_database(save_title, posted, title, usage):
            await tell_tabs_now(posted.member, protocol.title(posted.conversation, title))
    except AnswerError as error:
        log.warning("no title was written: %s", error.code)
    except Exception:
        log.exception("no title was written")


def _untitled(posted: Posted) -> Any:
    return Conversation.objects.owned_by(posted.member).filter(
        pk=posted.conversation, incognito=False, title=title_from(posted.text)
    )


def _is_untitled(posted: Posted) -> bool:
    """Whether this was the first question, and its words are the title still."""
    questions = Message.objects.filter(conversation=posted.conversation, role=MessageRole.QUESTION)
    first = questions.order_by("id").values_list("pk", flat=True).first()
    return first == posted.question and _untitled(posted).exists()


def save_title(posted: Posted, title: str, usage: Usage) -> bool:
    """What it cost is counted with the answer, used or not. False when there is no title, or the person was quicker."""
    answer = Message.objects.filter(pk=posted.answer).first()
    if answer is not None:
        spent = {"input": usage.input_tokens, "output": usage.output_tokens, "cost": usage.cost}
        Message.objects.filter(pk=posted.answer).update(usage={**answer.usage, "title": spent})
    return bool(title) and title != title_from(posted.text) and bool(_untitled(posted).update(title=title))
