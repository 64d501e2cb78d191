"""Old conversations go, as each organisation has decided, and so do those that people deleted. Held ones stay."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.attachments.ending import forget_files
from chat.models import AnswerPassage, Conversation, Message
from tenants.actions import record
from tenants.datarights import holds
from tenants.datarights.models import DataRules
from tenants.models import Tenant
from tenants.scoping import tenant_scope

log = logging.getLogger(__name__)

UNDO = timedelta(days=1)  # so long a deleted conversation can be brought back
BATCH = 200


def apply_retention() -> int:
    """How many conversations were removed, over all organisations."""
    count = 0
    for tenant in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant):
            while removed := remove_some(tenant):
                count += removed
    return count


def due(tenant: UUID, keep_days: int | None) -> "QuerySet[Conversation]":
    """What the next run would remove under this rule. In the tenant's scope."""
    now = timezone.now()
    over = Q(deleted_at__lt=now - UNDO)
    if keep_days:
        over |= Q(updated__lt=now - timedelta(days=keep_days))
    rows: QuerySet[Conversation] = Conversation.objects.filter(over)
    if holds.whole_held(tenant):
        return rows.none()
    return rows.exclude(user__in=holds.held_people(tenant))


def remove(keys: list[UUID]) -> None:
    """Conversations with all that is in them, for good."""
    forget_files(keys)
    AnswerPassage.objects.filter(message__conversation__in=keys).delete()
    Message.objects.filter(conversation__in=keys).delete()
    Conversation.objects.filter(pk__in=keys).delete()


def remove_some(tenant: UUID) -> int:
    """A batch, oldest first. What one run removed by age or after a deletion is an event."""
    keep_days = DataRules.objects.values_list("keep_days", flat=True).first()
    with transaction.atomic():
        keys = list(due(tenant, keep_days).order_by("updated").values_list("pk", flat=True)[:BATCH])
        if not keys:
            return 0
        remove(keys)
        record("retention.conversations", actor=None, subject=None, removed=len(keys), keep_days=keep_days)
    log.info("%d conversations were removed by age or after their deletion", len(keys))
    return len(keys)
