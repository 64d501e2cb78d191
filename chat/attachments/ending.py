"""The end of files in conversations: with the conversation, with the person, or when they were never sent."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from chat.attachments.models import Attachment
from chat.models import Conversation
from ingestion import private
from ingestion.models import Collection
from tenants.datarights import holds
from tenants.scoping import every_tenant, tenant_scope

UNSENT_KEPT = timedelta(days=1)


def forget_files(conversations: Sequence[UUID]) -> None:
    """With their conversations, inside the transaction that removes these."""
    Attachment.objects.filter(conversation__in=conversations).delete()
    private.forget_private(conversations)


def sweep() -> int:
    """Files that belong to no conversation go: never sent, or left when it went. Then their collections."""
    before = timezone.now() - UNSENT_KEPT
    with every_tenant():
        old = Collection.with_private.filter(private_to__isnull=False, created__lt=before)
        lost = list(
            old.exclude(pk__in=Conversation.objects.values("pk")).values_list("tenant", "pk", "private_to")
        )
    count = 0
    for tenant in {tenant for tenant, *_ in lost}:
        with tenant_scope(tenant):
            keys = [pk for place, pk, user in lost if place == tenant and not holds.is_held(tenant, user)]
            forget_files(keys)
            count += private.drop_empty_collections(keys)
    return count
