"""Who leaves an organisation stops being named among those who may use its assistants."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from assistant.assistants.models import Assistant
from tenants.models import Membership


@receiver(post_delete, sender=Membership)
def forget_user(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """Who comes back is not given again what nobody gave them anew."""
    links = Assistant.people.through.objects
    links.filter(assistant__tenant=instance.tenant_id, user=instance.user_id).delete()
