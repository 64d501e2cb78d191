"""Who leaves an organisation stops being named as a reader or an owner there. Who accepts an invitation reads."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from ingestion.models import Collection, Document, Narrowing
from ingestion.narrowing import drop_unused
from tenants.entrance.invitations import invitation_accepted
from tenants.entrance.models import Invitation
from tenants.models import Membership, User


@receiver(post_delete, sender=Membership)
def forget_owner(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """They are no longer named beside citations. Reminders go to the uploader, or to the admins."""
    Document.objects.filter(tenant=instance.tenant_id, owner=instance.user_id).update(owner=None)


@receiver(post_delete, sender=Membership)
def forget_reader(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """Otherwise a person who comes back would read again what they were given before, though nobody gave it anew."""
    for link in (Collection.people.through, Collection.managers.through):
        link.objects.filter(collection__tenant=instance.tenant_id, user=instance.user_id).delete()
    named = Narrowing.people.through.objects.filter(narrowing__tenant=instance.tenant_id)
    named.filter(user=instance.user_id).delete()


@receiver(post_delete, sender=Document)
def forget_narrowing(sender: Any, instance: Document, **kwargs: Any) -> None:
    """Once nothing is left that it narrows; answers that quote the document keep it."""
    if instance.narrowing_id:
        drop_unused(instance.narrowing_id)


@receiver(invitation_accepted)
def open_to_guest(sender: Any, invitation: Invitation, user: User, **kwargs: Any) -> None:
    for collection in Collection.objects.filter(invited=invitation):
        collection.people.add(user)
