"""The end of a session, and of someone's access, closes sockets at once, in every process.

A purge leaves quotes where the document was.
"""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.http import HttpRequest

from chat import endings
from chat.models import AnswerPassage
from ingestion.models import Document
from tenants.ending import access_ended
from tenants.entrance.sessions import sessions_ended


@receiver(user_logged_out)
def end_sockets_of_request(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    if request is not None and request.session.session_key:
        end_sockets(sender, keys=[request.session.session_key])


@receiver(sessions_ended)
def end_sockets(sender: Any, keys: list[str], **kwargs: Any) -> None:
    from chat.consumers import session_group

    layer: Any = get_channel_layer()
    if layer is not None:
        for key in keys:
            async_to_sync(layer.group_send)(session_group(key), {"type": "session.ended"})


@receiver(access_ended)
def end_what_is_open(sender: Any, user: UUID, tenant: UUID | None, **kwargs: Any) -> None:
    endings.announce(user, tenant)


@receiver(pre_delete, sender=Document)
def keep_last_readers(sender: Any, instance: Document, **kwargs: Any) -> None:
    """Else quotes of a document that was moved or narrowed would open again to those who could read it before."""
    AnswerPassage.objects.filter(version__document=instance).update(
        collection=instance.collection_id, narrowing=instance.narrowing_id
    )
