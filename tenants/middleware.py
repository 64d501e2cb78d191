"""Opens the tenant scope for each signed-in request. `request.member` is None for those who belong nowhere."""

from collections.abc import Callable
from contextlib import nullcontext
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from tenants.access import Member, member_of
from tenants.models import Tenant, User
from tenants.observe.ids import about
from tenants.scoping import tenant_scope

CHOSEN_TENANT = "tenant"
ADMIN = "/admin/"


class TenantRequest(HttpRequest):
    """What a request is behind the middleware."""

    member: Member | None
    tenant: UUID | None
    user: User
    second_factor_missing: bool


class TenantMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        request.member = None
        request.tenant = None
        if request.user.is_authenticated:
            request.member = chosen_membership(request.user, request.session)
            request.tenant = request.member.tenant if request.member else None
            # Only in the admin does an operator stand in an organisation without belonging to it: elsewhere the
            # scope and the membership must be the same, or rows of one would be written into the other.
            if request.user.is_superuser and request.path_info.startswith(ADMIN):
                request.tenant = chosen_by_operator(request.session) or request.tenant
        with (
            tenant_scope(request.tenant) if request.tenant else nullcontext(),
            about(tenant=request.tenant, user=request.user.pk),
        ):
            return self.get_response(request)


def chosen_membership(user: User, session: SessionBase) -> Member | None:
    """The organisation chosen in this session if the person still belongs to it, else their first."""
    chosen = session.get(CHOSEN_TENANT)
    member = member_of(user.id, tenant=UUID(chosen)) if chosen else None
    return member or member_of(user.id)


def chosen_by_operator(session: SessionBase) -> UUID | None:
    """The organisation a platform operator works on in the admin; the first one until they choose."""
    chosen = session.get(CHOSEN_TENANT)
    if chosen and Tenant.objects.filter(id=chosen).exists():
        return UUID(chosen)
    return Tenant.objects.order_by("created").values_list("id", flat=True).first()
