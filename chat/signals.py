"""Signing out ends the session's sockets at once, in every process."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest


@receiver(user_logged_out)
def end_sockets(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    from chat.consumers import session_group

    layer: Any = get_channel_layer()
    if request is not None and request.session.session_key and layer is not None:
        async_to_sync(layer.group_send)(session_group(request.session.session_key), {"type": "session.ended"})
