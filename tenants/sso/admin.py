"""Identity providers and e-mail domains in the admin. A client's secret goes in and never comes out."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from tenants.actions import record
from tenants.admin_base import AdministeredModelAdmin
from tenants.admin_site import is_operator
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.discovery import problem_of
from tenants.sso.fieldsets import examples_for, fieldsets_of, own_addresses
from tenants.sso.forms import DomainForm, ProviderForm
from tenants.sso.models import EmailDomain, IdentityProvider, Protocol, ProviderGroup
from tenants.sso.saml.forms import SamlForm
from tenants.sso.saml.metadata import problem_of_saml

# allauth's own pages know no organisations.
for unused in (SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(IdentityProvider)
class IdentityProviderAdmin(AdministeredModelAdmin):
    audit_name = "identity_provider"
    support = "people"
    form = ProviderForm
    list_display = ("name", "protocol", "kind", "issuer", "active", "sso_only", "created")
    search_fields = ("name", "issuer")
    ordering = ("created",)
    readonly_fields = ("examples", "addresses")
    list_before_template = "admin/sso/identityprovider/list_top.html"
    change_form_outer_after_template = "admin/sso/identityprovider/test.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = SamlForm if protocol_of(request, obj) == Protocol.SAML else ProviderForm
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return fieldsets_of(protocol_of(request, obj), obj)

    @admin.display(description="Usual addresses")
    def examples(self, obj: IdentityProvider | None) -> SafeString:
        return examples_for(obj.protocol if obj else Protocol.OIDC)

    @admin.display(description="To be entered there")
    def addresses(self, obj: IdentityProvider) -> SafeString:
        return getattr(obj, "shown_addresses", SafeString(""))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.shown_addresses = own_addresses(request, found)
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
        if problem := problem_of_saml(row) if row.by_saml else problem_of(row):
            messages.error(request, problem)
        else:
            messages.success(request, f"{row.name} answers as it should. Now sign in once to see the rest.")
        for sentence in shortcomings(row):
            messages.warning(request, sentence)
        return redirect("admin:sso_identityprovider_change", row.pk)

    def response_add(
        self, request: HttpRequest, obj: IdentityProvider, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the provider, where it can be tested."""
        messages.success(
            request, f"{obj.name} is saved. Enter our addresses there, then test the connection."
        )
        return redirect("admin:sso_identityprovider_change", obj.pk)


def protocol_of(request: HttpRequest, obj: IdentityProvider | None) -> str:
    return obj.protocol if obj else request.GET.get("protocol", Protocol.OIDC)


def shortcomings(provider: IdentityProvider) -> Iterator[str]:
    """Why nobody will get in all the same."""
    if not EmailDomain.objects.filter(verified_at__isnull=False).exists():
        yield "No e-mail domain of yours is confirmed yet, so the sign-in page leads nobody there."
    if provider.by_saml and not provider.trust_email:
        yield (
            "Only addresses that the provider calls verified are let in, and few SAML providers say so. "
            "Switch on “trust addresses of our domains” where nobody can enter an address of their own there."
        )
    if not provider.active:
        yield "It is switched off: tick “active” once all is well."


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
