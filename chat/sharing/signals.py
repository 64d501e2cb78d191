"""Who leaves an organisation stops being named as a reader of what was shared there."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from chat.sharing.models import Share
from tenants.models import Membership


@receiver(post_delete, sender=Membership)
def forget_reader(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """Who comes back is not given again what nobody gave them anew."""
    Share.people.through.objects.filter(share__tenant=instance.tenant_id, user=instance.user_id).delete()
