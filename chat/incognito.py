"""Conversations that nobody is to remember: in no list, search, share or export, and gone soon after they end.

They are rows like any other while they last, so that an answer survives a lost connection and a reload. A legal hold
on the person, or on the whole organisation, forbids new ones and keeps those there are.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat import retention
from chat.errors import QuestionRefused
from chat.models import Conversation
from tenants.access import Member
from tenants.actions import record
from tenants.datarights import holds
from tenants.datarights.models import DataRules
from tenants.ids import new_id
from tenants.models import Role
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

KEPT = timedelta(hours=1)  # after the last question
TITLE = "Incognito"
NOT_ALLOWED = "Your organisation does not allow incognito conversations. Ask in an ordinary one."


def incognito_allowed(member: Member) -> bool:
    """In the tenant's scope."""
    allowed = DataRules.objects.filter(tenant=member.tenant, incognito=True).exists()
    return allowed and member.role != Role.GUEST and not holds.is_held(member.tenant, member.user)


def begin_incognito(member: Member, key: UUID | None = None) -> Conversation:
    """Raises QuestionRefused where the organisation, or a legal hold, does not allow it."""
    if not incognito_allowed(member):
        raise QuestionRefused(NOT_ALLOWED, code="incognito_off")
    row: Conversation = Conversation.objects.create(
        pk=key or new_id(), user_id=member.user, title=TITLE, incognito=True
    )
    return row


def forget(conversation: Conversation) -> None:
    """At once, without a way back; under a hold it is hidden from its person and kept."""
    with transaction.atomic():
        if holds.is_held(conversation.tenant_id, conversation.user_id):
            Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
        else:
            retention.remove([conversation.pk])
        record("conversation.forgotten", actor=conversation.user_id, subject=None)


def forget_ended() -> int:
    """Those whose last question is too long ago, over all organisations."""
    with every_tenant():
        over = Conversation.objects.filter(incognito=True, updated__lt=timezone.now() - KEPT)
        found = list(over.order_by("tenant").values_list("tenant", "pk"))
    count = 0
    for tenant in {tenant for tenant, _ in found}:
        with tenant_scope(tenant):
            keys = [pk for owner, pk in found if owner == tenant]
            kept = [] if not holds.whole_held(tenant) else keys
            rows = Conversation.objects.filter(pk__in=keys).exclude(pk__in=kept)
            rows = rows.exclude(user__in=holds.held_people(tenant))
            gone = list(rows.values_list("pk", flat=True))
            with transaction.atomic():
                retention.remove(gone)
                if gone:
                    record("retention.incognito", actor=None, subject=None, removed=len(gone))
        count += len(gone)
    return count
