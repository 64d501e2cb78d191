"""Reads and writes of saved prompts. Guests get their own, and none of the organisation's: these are for its people."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.errors import ChatError, NotFound
from chat.prompts.models import LONGEST, OfferedPrompt, SavedPrompt
from tenants.access import Member
from tenants.datarights import holds
from tenants.models import Tenant
from tenants.scoping import tenant_scope

MOST = 200
LONGEST_NAME = 60
UNDO = timedelta(days=1)


def own_prompts(member: Member) -> QuerySet[SavedPrompt]:
    rows: QuerySet[SavedPrompt] = SavedPrompt.objects.filter(tenant=member.tenant, user=member.user)
    return rows


def prompt_list(member: Member) -> list[dict[str, Any]]:
    """One's own first."""
    own = [_item(row, own=True) for row in own_prompts(member).filter(deleted_at=None)]
    if member.is_guest:
        return own
    return own + [_item(row, own=False) for row in OfferedPrompt.objects.filter(active=True)]


def _item(row: SavedPrompt | OfferedPrompt, *, own: bool) -> dict[str, Any]:
    return {"id": str(row.pk), "name": row.name, "text": row.text, "own": own}


def save_prompt(member: Member, *, prompt: UUID | None, name: str, text: str) -> SavedPrompt:
    """A new one, or another name and text for an old one."""
    name = " ".join(name.replace("\x00", "").split())[:LONGEST_NAME]
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not name:
        raise ChatError(_("A prompt needs a name."), code="empty_name")
    if not text:
        raise ChatError(_("A prompt needs a text."), code="empty_text")
    if len(text) > LONGEST:
        raise ChatError(_("A prompt can have at most %d characters.") % LONGEST, code="too_long")
    live = own_prompts(member).filter(deleted_at=None)
    if prompt is None and live.count() >= MOST:
        raise ChatError(_("You can save at most %d prompts.") % MOST, code="too_many")
    row = _own(live, prompt) if prompt else SavedPrompt(user_id=member.user)
    row.name, row.text = name, text
    row.save()
    return row


def delete_prompt(prompt: UUID, member: Member) -> None:
    row = _own(own_prompts(member).filter(deleted_at=None), prompt)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at"])


def restore_prompt(prompt: UUID, member: Member) -> None:
    row = _own(own_prompts(member), prompt)
    row.deleted_at = None
    row.save(update_fields=["deleted_at"])


def _own(rows: QuerySet[SavedPrompt], prompt: UUID) -> SavedPrompt:
    row = rows.filter(pk=prompt).first()
    if row is None:
        raise NotFound(_("This prompt does not exist (any more)."))
    return row


def purge_deleted() -> int:
    """Those that nobody brought back, over all organisations. Held ones stay."""
    count = 0
    for tenant in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant):
            if holds.whole_held(tenant):
                continue
            rows = SavedPrompt.objects.filter(deleted_at__lt=timezone.now() - UNDO)
            gone, _each = rows.exclude(user__in=holds.held_people(tenant)).delete()
            count += gone
    return count
