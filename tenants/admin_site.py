"""Django's admin, made for tenants: who comes in, as whom, and which organisation they work on."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from tenants.access import Member, member_of
from tenants.actions import record
from tenants.assets import EARLY_DIGEST
from tenants.middleware import CHOSEN_TENANT
from tenants.models import Membership, Tenant
from tenants.scoping import NoTenantScope, every_tenant, tenant_scope
from tenants.support.access import open_access, open_tenants
from tenants.support.models import SupportAccess

if TYPE_CHECKING:  # unfold has no types, and its classes are Django's with another look
    from django.contrib.admin import AdminSite as Site
else:
    from unfold.sites import UnfoldAdminSite as Site

# Unfold's Alpine evaluates the expressions in its markup, and its theme is an inline style.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'self' 'unsafe-eval' {EARLY_DIGEST}",
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
    """As whom the request works in the admin. Operators are nobody there, unless they are members themselves."""
    member: Member | None = getattr(request, "member", None)
    return member if member and member.tenant == getattr(request, "tenant", None) else None


def support_of(request: HttpRequest) -> SupportAccess | None:
    """What lets an operator read in this organisation."""
    access: SupportAccess | None = getattr(request, "support", None)
    return access


def is_operator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def tends_documents(request: HttpRequest) -> bool:
    member = acting_member(request)
    return member is not None and member.tends_documents


def administers(request: HttpRequest) -> bool:
    member = acting_member(request)
    return member is not None and member.administers


def sees_documents(request: HttpRequest) -> bool:
    access = support_of(request)
    return tends_documents(request) or (access is not None and access.documents)


def sees_people(request: HttpRequest) -> bool:
    access = support_of(request)
    return administers(request) or (access is not None and access.people)


def may_enter(request: HttpRequest) -> bool:
    return is_operator(request) or tends_documents(request)


class TenantAdminSite(Site):
    index_title = "Overview"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        self.pages: list[URLPattern] = []
        super().__init__(name)

    def add_page(self, route: str, view: Callable[..., HttpResponse], name: str) -> None:
        """A page that belongs to no model, from whichever app it comes. The view decides who may see it."""
        self.pages.append(path(route, self.admin_view(view), name=name))

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response: HttpResponse = inner(request, *args, **kwargs)
            except NoTenantScope as error:
                if getattr(request, "tenant", None) is not None:
                    raise
                raise PermissionDenied from error  # an operator whom no organisation lets in
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            return response

        return guarded

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # The shortcut to an object's public page reads any row of any tenant and serves nothing here.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [
            path("organisation/", self.admin_view(self.choose_tenant), name="choose_tenant"),
            *self.pages,
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
            "support": support_of(request),
            "standing_in": getattr(request, "tenant", None),
            "choosable_tenants": choosable_tenants(request) if self.has_permission(request) else [],
        }

    def choose_tenant(self, request: Any) -> HttpResponse:
        """Work on another organisation: one's own, or for operators one that lets them in."""
        wanted = request.POST.get("tenant", "")
        if request.method != "POST" or wanted not in {
            str(tenant.pk) for tenant in choosable_tenants(request)
        }:
            raise Http404
        access = open_access(request.user.pk, UUID(wanted)) if is_operator(request) else None
        request.session[CHOSEN_TENANT] = wanted
        if access and member_of(request.user.pk, tenant=access.tenant_id) is None:
            with tenant_scope(access.tenant_id):
                record("support.entered", actor=request.user.pk, subject=access.pk, name=access.operator_name)
        return redirect("admin:index")


def choosable_tenants(request: Any) -> list[Tenant]:
    with every_tenant():
        ids = set(Membership.objects.filter(user=request.user.pk).values_list("tenant", flat=True))
    if is_operator(request):
        ids |= set(open_tenants(request.user.pk))
    return list(Tenant.objects.filter(pk__in=ids).order_by("name"))
