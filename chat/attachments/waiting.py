"""An answer begins when the files of its question are read, or have turned out not to be readable."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from django.conf import settings

from assistant.answer import Question, answer_question
from assistant.events import Event, Notice
from chat.attachments.models import Attachment
from ingestion.access import private_collection
from ingestion.models import DocumentVersion, Status
from tenants.access import Member
from tenants.db import in_database

LOOK_SECONDS = 0.4
LEFT_OUT = "files_left_out"


async def answer_with_files(
    question: Question, *, conversation: UUID, asked: UUID
) -> AsyncGenerator[Event, None]:
    """The events of the answer, with what is in the conversation's files."""
    files = await in_database(private_collection, conversation, question.member)
    if files and not await _all_read(asked, question.member):
        yield Notice(LEFT_OUT)
    async with aclosing(answer_question(replace(question, files=files))) as events:
        async for event in events:
            yield event


async def _all_read(asked: UUID, member: Member) -> bool:
    """Waits for those that are being read. False when one cannot be read, or takes too long."""
    until = time.monotonic() + settings.ATTACHMENT_WAIT_SECONDS
    while True:
        states = await in_database(states_of, asked, member)
        if not states & {Status.QUEUED, Status.PROCESSING}:
            return not states & {Status.FAILED, Status.CANCELED}
        if time.monotonic() > until:
            return False
        await asyncio.sleep(LOOK_SECONDS)


def states_of(asked: UUID, member: Member) -> set[str]:
    """Of the newest versions of the question's files. In the tenant's scope."""
    files = Attachment.objects.of(member).filter(question=asked, document__deleted_at=None)
    rows = DocumentVersion.objects.filter(document__in=files.values("document")).order_by("number")
    return set(dict(rows.values_list("document", "status")).values())
