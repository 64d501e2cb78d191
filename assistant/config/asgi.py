"""HTTP and sockets in one application. A process that starts here first tends to what a killed one left."""

import gc
import logging
import os
import threading
from datetime import timedelta
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")
http = get_asgi_application()

# Imported after Django is set up: they load models.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402
from django.urls import get_resolver, path  # noqa: E402

import tenants.scim.views  # noqa: E402, F401  loaded here, so that no request waits for it
from chat.actions import SILENT_FOR, interrupt_orphans  # noqa: E402
from chat.consumers import ChatConsumer  # noqa: E402
from chat.origin import SameOrigin  # noqa: E402
from chat.runner import runner  # noqa: E402
from tenants.observe import metrics  # noqa: E402

if settings.WEAVIATE_URL:
    import ingestion.store.weaviate  # noqa: F401  takes a second, which the first question should not wait for

log = logging.getLogger(__name__)

# With one web process, no answer can be running when it starts. With several, silence tells.
ORPHAN_AFTER = SILENT_FOR if settings.CHANNEL_LAYER_URL else timedelta()


def tend_orphans() -> None:
    try:
        if count := interrupt_orphans(silent_for=ORPHAN_AFTER):
            log.warning("%d answers were interrupted when their process ended", count)
            metrics.answers_lost(count)
    except DatabaseError:
        log.exception("interrupted answers could not be looked for")
    finally:
        connection.close()


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Servers that speak ASGI lifespan tell us here to stop: answers get their time to end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await runner.drain(settings.DRAIN_SECONDS)
            await send({"type": "lifespan.shutdown.complete"})
            return


# In a thread of its own: some servers import this module on their event loop, where Django refuses to wait.
tending = threading.Thread(target=tend_orphans)
tending.start()
tending.join()

get_resolver().url_patterns  # noqa: B018  loads every view, which the first request should not wait for
sockets = AuthMiddlewareStack(SameOrigin(URLRouter([path("ws/chat/", ChatConsumer.as_asgi())])))
application = ProtocolTypeRouter({"http": http, "websocket": sockets, "lifespan": lifespan})

# What is loaded now stays as long as the process. To look through it for garbage, a quarter of a million objects, would
# hold up every request and every answer for 140 ms, again and again.
gc.collect()
gc.freeze()
