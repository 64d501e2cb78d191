"""Files of a conversation as its owner's browser gets them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from chat.attachments.actions import attachments_allowed
from chat.attachments.models import Attachment
from chat.models import Conversation
from ingestion.models import DocumentVersion
from ingestion.progress import progress_of
from tenants.access import Member

Item = dict[str, Any]


def attachment_rules(member: Member) -> Item:
    """What the page needs to know before it sends a file."""
    return {
        "allowed": attachments_allowed(member),
        "most": settings.ATTACHMENTS_PER_CONVERSATION,
        "max_bytes": settings.ATTACHMENT_MAX_BYTES,
    }


def items_of(rows: Iterable[Attachment]) -> list[Item]:
    """Each with how far its file is."""
    rows = list(rows)
    versions: dict[Any, DocumentVersion] = {}
    wanted = [row.document_id for row in rows if row.document_id]
    live = DocumentVersion.objects.filter(document__in=wanted, document__deleted_at=None)
    for version in live.order_by("number"):
        versions[version.document_id] = version
    return [_item(row, versions.get(row.document_id)) for row in rows]


def _item(row: Attachment, version: DocumentVersion | None) -> Item:
    told = {"id": str(row.pk), "name": row.name, "size": row.size, "conversation": str(row.conversation)}
    if version is None:
        return told | {"state": "gone", "label": "", "percent": 100, "busy": False, "error": "", "url": None}
    progress = progress_of(version, answers=False)
    return told | {
        "state": progress.state,
        "label": progress.label,
        "percent": progress.percent,
        "busy": progress.busy,
        "error": progress.error,
        "url": reverse("document-file", args=[version.pk]),
    }


def asked_items(ids: Iterable[UUID], member: Member) -> list[Item]:
    return items_of(Attachment.objects.of(member).filter(pk__in=list(ids)))


def waiting_items(conversation: UUID, member: Member) -> list[Item]:
    """Those that were put into its composer and not sent."""
    return items_of(Attachment.objects.unsent(member).filter(conversation=conversation))


def items_of_question(question: UUID) -> list[Item]:
    return items_of(Attachment.objects.filter(question=question))


def items_by_question(conversation: Conversation) -> dict[UUID, list[Item]]:
    """For the owner's own page; readers of a shared link are told of none."""
    rows = list(Attachment.objects.filter(conversation=conversation.pk).exclude(question=None))
    found: dict[UUID, list[Item]] = defaultdict(list)
    for row, item in zip(rows, items_of(rows), strict=True):
        if row.question_id:
            found[row.question_id].append(item)
    return found
