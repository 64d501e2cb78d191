"""Django's admin, made for tenants: who comes in, as whom, and which organisation they work on."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from tenants.access import Member
from tenants.actions import record
from tenants.middleware import CHOSEN_TENANT
from tenants.models import Membership, Role, Tenant
from tenants.scoping import every_tenant, tenant_scope

if TYPE_CHECKING:  # unfold has no types, and its classes are Django's with another look
    from django.contrib.admin import AdminSite as Site
else:
    from unfold.sites import UnfoldAdminSite as Site

# Unfold's Alpine evaluates the expressions in its markup, and its theme is an inline style.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


def acting_member(request: HttpRequest) -> Member | None:
    """As whom the request works in the admin: the member, or an operator standing in for an admin."""
    member: Member | None = getattr(request, "member", None)
    tenant: UUID | None = getattr(request, "tenant", None)
    if member and member.tenant == tenant:
        return member
    if tenant is None or not request.user.is_superuser:
        return None
    return Member(
        user=request.user.pk,
        tenant=tenant,
        role=Role.ADMIN,
        name=request.user.get_full_name(),
        email=request.user.email,
        tenant_name=Tenant.objects.values_list("name", flat=True).get(pk=tenant),
    )


def is_operator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def tends_documents(request: HttpRequest) -> bool:
    member: Member | None = getattr(request, "member", None)
    tenant = getattr(request, "tenant", None)
    return tenant is not None and (is_operator(request) or bool(member and member.tends_documents))


def administers(request: HttpRequest) -> bool:
    member: Member | None = getattr(request, "member", None)
    tenant = getattr(request, "tenant", None)
    return tenant is not None and (is_operator(request) or bool(member and member.administers))


def may_enter(request: HttpRequest) -> bool:
    return is_operator(request) or tends_documents(request)


class TenantAdminSite(Site):
    index_title = "Overview"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response: HttpResponse = inner(request, *args, **kwargs)
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            return response

        return guarded

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # The shortcut to an object's public page reads any row of any tenant and serves nothing here.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [
            path("organisation/", self.admin_view(self.choose_tenant), name="choose_tenant"),
            *urls,
        ]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Everybody signs in at the same place; those without the right are told so instead of asked again."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            return render(request, "admin/no_entry.html", status=HTTPStatus.FORBIDDEN)
        wanted = request.GET.get("next") or request.get_full_path()
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from tenants.sso.leaving import sign_out  # once apps are loaded

        return sign_out(request) if request.method == "POST" else redirect("admin:index")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {
            "acting": acting_member(request),
            "choosable_tenants": choosable_tenants(request) if self.has_permission(request) else [],
        }

    def choose_tenant(self, request: HttpRequest) -> HttpResponse:
        """Work on another organisation: any for operators, their own for members of several."""
        wanted = request.POST.get("tenant", "")
        if request.method != "POST" or wanted not in {
            str(tenant.pk) for tenant in choosable_tenants(request)
        }:
            raise Http404
        request.session[CHOSEN_TENANT] = wanted
        if is_operator(request):
            with tenant_scope(UUID(wanted)):
                record("operator.entered", actor=request.user.pk, subject=request.user.pk)
        return redirect("admin:index")


def choosable_tenants(request: HttpRequest) -> list[Tenant]:
    if is_operator(request):
        return list(Tenant.objects.order_by("name"))
    with every_tenant():
        memberships = Membership.objects.filter(user=request.user.pk).select_related("tenant")
        return sorted((row.tenant for row in memberships), key=lambda tenant: tenant.name)
