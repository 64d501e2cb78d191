"""Identity providers and e-mail domains in the admin. A client's secret goes in and never comes out."""

from typing import Any
from uuid import UUID

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from tenants.actions import record
from tenants.admin_base import AdministeredModelAdmin
from tenants.admin_site import is_operator
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.discovery import problem_of
from tenants.sso.forms import DomainForm, ProviderForm
from tenants.sso.models import EmailDomain, IdentityProvider, ProviderGroup
from tenants.sso.presets import PRESETS, Kind

# allauth's own pages know no organisations.
for unused in (SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(IdentityProvider)
class IdentityProviderAdmin(AdministeredModelAdmin):
    audit_name = "identity_provider"
    support = "people"
    form = ProviderForm
    list_display = ("name", "kind", "issuer", "active", "sso_only", "created")
    search_fields = ("name", "issuer")
    ordering = ("created",)
    readonly_fields = ("examples", "callback_address")
    change_form_outer_after_template = "admin/sso/identityprovider/test.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        place = "callback_address" if obj else "examples"
        return (
            (None, {"fields": ("name", "kind", "issuer", place, "client_id", "new_secret", "active")}),
            ("Who may join", {"fields": ("joining", "default_role", "trust_email")}),
            (
                "Groups and roles, read anew at each sign-in",
                {"fields": ("groups_claim", "role_claim", "admin_values", "manager_values")},
            ),
            ("Passwords", {"fields": ("sso_only", "break_glass")}),
        )

    @admin.display(description="Usual issuers")
    def examples(self, obj: IdentityProvider | None) -> SafeString:
        return format_html_join(
            "",
            '<div>{}: <code class="cq-breaks">{}</code></div>',
            ((kind.label, preset.issuer) for kind, preset in PRESETS.items() if kind != Kind.OTHER),
        )

    @admin.display(description="Callback address")
    def callback_address(self, obj: IdentityProvider) -> str:
        return str(getattr(obj, "callback", ""))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.callback = request.build_absolute_uri(
                reverse("openid_connect_callback", kwargs={"provider_id": found.pk})
            )
        return found

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(self.test_view)
        return [
            path("<uuid:provider>/test/", test, name="sso_identityprovider_test"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        row = self.get_object(request, str(provider))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        if problem := problem_of(row):
            messages.error(request, problem)
        else:
            messages.success(request, f"{row.name} answers as it should. Now sign in once to see the rest.")
        return redirect("admin:sso_identityprovider_change", row.pk)

    def response_add(
        self, request: HttpRequest, obj: IdentityProvider, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the provider, where it can be tested."""
        messages.success(
            request, f"{obj.name} is saved. Enter the callback address there, then test the connection."
        )
        return redirect("admin:sso_identityprovider_change", obj.pk)


@admin.register(ProviderGroup)
class ProviderGroupAdmin(AdministeredModelAdmin):
    """Made by itself as values come; an admin may lead a value to another group."""

    audit_name = "provider_group"
    support = "people"
    list_display = ("value", "group", "provider")
    list_select_related = ("group", "provider")
    search_fields = ("value", "group__name")
    ordering = ("value",)
    fields = ("provider", "value", "group")


@admin.register(EmailDomain)
class EmailDomainAdmin(AdministeredModelAdmin):
    audit_name = "email_domain"
    support = "people"
    form = DomainForm
    list_display = ("domain", "confirmed", "created")
    search_fields = ("domain",)
    ordering = ("domain",)
    fields = ("domain",)
    change_form_outer_after_template = "admin/sso/emaildomain/confirm.html"

    @admin.display(description="Confirmed", boolean=True)
    def confirmed(self, row: EmailDomain) -> bool:
        return row.verified_at is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Another domain is another row, or what was confirmed of one would be taken for the other."""
        return obj is None and super().has_change_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_urls(self) -> list[URLPattern]:
        confirm = self.admin_site.admin_view(self.confirm_view)
        return [path("<uuid:domain>/confirm/", confirm, name="sso_emaildomain_confirm"), *super().get_urls()]

    def confirm_view(self, request: HttpRequest, domain: UUID) -> HttpResponse:
        """By an operator, who has seen that the domain is the organisation's. They need no access to it for that."""
        if request.method != "POST" or not is_operator(request):
            raise Http404
        with every_tenant():
            row = EmailDomain.objects.filter(pk=domain).first()
        if row is None:
            raise Http404
        try:
            with tenant_scope(row.tenant_id), transaction.atomic():
                row.verified_at, row.verified_by = timezone.now(), request.user
                row.save()
                record("email_domain.confirmed", actor=request.user.pk, subject=row.pk, name=row.domain)
        except IntegrityError:
            messages.error(
                request, f"{row.domain} is confirmed for another organisation. Remove it there first."
            )
        else:
            messages.success(request, f"{row.domain} is confirmed.")
        return redirect("admin:tenants_tenant_change", row.tenant_id)
