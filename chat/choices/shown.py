"""What was asked with, and what one can choose, as the browser gets it. Never an assistant's instructions."""

from collections.abc import Collection as Several
from typing import Any
from uuid import UUID

from django.db.models import Count

from assistant.assistants.models import Assistant
from chat.choices.models import AnswerChoice, ConversationChoice
from chat.models import Conversation, Message
from chat.protocol import day
from ingestion.models import Collection, Document
from tenants.access import Member

Item = dict[str, Any]


def assistants_of(member: Member) -> list[Item]:
    """Those the person may ask, the default first."""
    return [
        {
            "id": str(row.pk),
            "name": row.name,
            "icon": row.icon,
            "description": row.description,
            "openers": row.opening_questions,
            "standard": row.standard,
        }
        for row in Assistant.objects.usable_by(member)
    ]


def collections_of(member: Member) -> list[Item]:
    """Those the person may read, each with how many of its documents they may read."""
    readable = Document.objects.readable_by(member).exclude(current_version=None)
    counts = dict(readable.order_by().values_list("collection").annotate(count=Count("pk")))
    rows = Collection.objects.readable_by(member)
    return [
        {
            "id": str(row.pk),
            "name": row.name,
            "description": row.description,
            "documents": counts.get(row.pk, 0),
        }
        for row in rows
    ]


def choice_item(message: Message, readable: Several[UUID]) -> Item | None:
    """Of an answer; with `select_related("choice")` it asks nothing. Collections that are out of reach have no name."""
    row: AnswerChoice | None = getattr(message, "choice", None)
    if row is None:
        return None
    return {
        "assistant": _assistant(row),
        "collections": [
            each if UUID(each["id"]) in readable else {"id": each["id"], "name": ""}
            for each in row.collections
        ],
        "dated_from": day(row.dated_from),
        "dated_until": day(row.dated_until),
    }


def head_item(conversation: Conversation) -> Item | None:
    """The assistant that was asked last."""
    row: ConversationChoice | None = getattr(conversation, "choice", None)
    return _assistant(row) if row else None


def _assistant(row: AnswerChoice | ConversationChoice) -> Item | None:
    """Under the name that it had then: one that the person has lost is not told anew."""
    if not row.name:
        return None
    return {"id": str(row.assistant_id) if row.assistant_id else None, "name": row.name, "icon": row.icon}
