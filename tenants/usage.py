"""When an organisation was last used, so that what serves it can rest when it is not."""

import time
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from tenants.models import Tenant

NOTED_FOR = 300.0  # seconds; in between a process writes nothing

_noted: dict[UUID, float] = {}


def note_use(tenant: UUID) -> None:
    now = time.monotonic()
    if now - _noted.get(tenant, -NOTED_FOR) >= NOTED_FOR:
        Tenant.objects.filter(pk=tenant).update(last_used=timezone.now())
        _noted[tenant] = now


def used_since(moment: datetime) -> set[UUID]:
    return set(Tenant.objects.filter(last_used__gt=moment).values_list("pk", flat=True))
