"""What an operator opens by support access, in the organisation's log: each page, before it is shown."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tenants.actions import record
from tenants.support.models import SupportAccess

# Pages that show nothing of the organisation.
OUTSIDE = ("support_supportaccess_", "tenants_tenant_", "tenants_user_")
ALSO_OUTSIDE = {
    "index",
    "jsi18n",
    "choose_tenant",
    "logout",
    "login",
    "password_change",
    "password_change_done",
}


def note(request: HttpRequest, response: HttpResponse, access: SupportAccess) -> None:
    """Called in the organisation's scope, before the first byte of the answer goes out."""
    match = request.resolver_match
    name = (match.url_name or "") if match else ""
    if name in ALSO_OUTSIDE or name.startswith(OUTSIDE) or 300 <= response.status_code < 400:
        return
    seen = response.status_code < 300
    record(
        "support.opened" if seen else "support.refused",
        actor=access.operator_id,
        subject=_object(match.kwargs if match else {}),
        name=access.operator_name,
        page=name,
        path=request.path[:300],
        query=request.META.get("QUERY_STRING", "")[:300],
        method=request.method,
        access=access.pk,
    )


def _object(parts: dict[str, Any]) -> UUID | None:
    for part in parts.values():
        try:
            return part if isinstance(part, UUID) else UUID(str(part))
        except ValueError:
            continue
    return None
