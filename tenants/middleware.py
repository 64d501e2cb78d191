"""Opens the tenant scope for each signed-in request. `request.member` is None for those who belong nowhere."""

from collections.abc import Callable
from contextlib import nullcontext
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from tenants.access import Member, member_of
from tenants.models import User
from tenants.observe.ids import about
from tenants.scoping import tenant_scope
from tenants.support import trail
from tenants.support.access import open_access
from tenants.support.models import SupportAccess

CHOSEN_TENANT = "tenant"
ADMIN = "/admin/"


class TenantRequest(HttpRequest):
    """What a request is behind the middleware."""

    member: Member | None
    tenant: UUID | None
    support: SupportAccess | None
    user: User
    second_factor_missing: bool
    forged: bool  # a form came without the token of our own page


class TenantMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        request.member = None
        request.tenant = None
        request.support = None
        if request.user.is_authenticated:
            request.member = chosen_membership(request.user, request.session)
            request.tenant = request.member.tenant if request.member else None
            # Only in the admin does an operator stand in an organisation without belonging to it: elsewhere the
            # scope and the membership must be the same, or rows of one would be written into the other.
            if request.user.is_superuser and request.path_info.startswith(ADMIN):
                request.support = chosen_support(request.user, request.session)
                request.tenant = request.support.tenant_id if request.support else request.tenant
        with (
            tenant_scope(request.tenant) if request.tenant else nullcontext(),
            about(tenant=request.tenant, user=request.user.pk),
        ):
            response = self.get_response(request)
            if request.support:
                trail.note(request, response, request.support)
            return response


def chosen_membership(user: User, session: SessionBase) -> Member | None:
    """The organisation chosen in this session if the person still belongs to it, else their first."""
    chosen = session.get(CHOSEN_TENANT)
    member = member_of(user.id, tenant=UUID(chosen)) if chosen else None
    return member or member_of(user.id)


def chosen_support(user: User, session: SessionBase) -> SupportAccess | None:
    """The organisation that this session has chosen and that lets the operator in now, without being theirs."""
    chosen = session.get(CHOSEN_TENANT)
    if not chosen or member_of(user.pk, tenant=UUID(chosen)):
        return None
    return open_access(user.pk, UUID(chosen))
