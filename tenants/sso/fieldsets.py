"""What the admin shows of a provider, and in which order, by what it speaks."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.sso.models import IdentityProvider, Protocol
from tenants.sso.presets import PRESETS, SAML_PRESETS, Kind
from tenants.sso.saml.config import address_of

JOINING = ("joining", "default_role", "trust_email")
MAPPED = ("groups_claim", "role_claim", "admin_values", "manager_values")
LEAVING = ("Passwords and signing out", {"fields": ("sso_only", "break_glass", "single_logout")})
ANEW = "Groups and roles, read anew at each sign-in"
LINE = '<div>{}: <code class="cq-breaks">{}</code></div>'


def oidc_fieldsets(obj: IdentityProvider | None) -> Any:
    place = "addresses" if obj else "examples"
    return (
        (None, {"fields": ("name", "kind", "issuer", place, "client_id", "new_secret", "active")}),
        ("Who may join", {"fields": JOINING}),
        (ANEW, {"fields": MAPPED}),
        LEAVING,
    )


def saml_fieldsets(obj: IdentityProvider | None) -> Any:
    return (
        (None, {"fields": ("name", "kind", "addresses" if obj else "examples", "active")}),
        (
            "The provider",
            {"fields": ("metadata_url", "metadata", "issuer", "sso_url", "slo_url", "certificates")},
        ),
        ("Who may join", {"fields": (*JOINING, "provider_initiated")}),
        (ANEW, {"fields": ("email_attribute", "name_attribute", *MAPPED)}),
        LEAVING,
    )


def fieldsets_of(protocol: str, obj: IdentityProvider | None) -> Any:
    return saml_fieldsets(obj) if protocol == Protocol.SAML else oidc_fieldsets(obj)


def examples_for(protocol: str) -> SafeString:
    """Where each kind of provider is usually found."""
    usual = (
        {kind: preset.metadata for kind, preset in SAML_PRESETS.items()}
        if protocol == Protocol.SAML
        else {kind: preset.issuer for kind, preset in PRESETS.items()}
    )
    rows = ((kind.label, text) for kind, text in usual.items() if kind != Kind.OTHER)
    return format_html_join("", LINE, rows)


def own_addresses(request: HttpRequest, provider: IdentityProvider) -> SafeString:
    """What has to be entered at the provider."""
    if not provider.by_saml:
        which = {"provider_id": provider.pk}
        paths = {
            "Callback": reverse("openid_connect_callback", kwargs=which),
            "After signing out (post logout redirect)": reverse("account_login"),
            "Back-channel logout": reverse("openid_connect_backchannel", kwargs=which),
        }
        rows = [(label, request.build_absolute_uri(path)) for label, path in paths.items()]
        return format_html_join("", LINE, rows)
    metadata = address_of(request, "saml_metadata", provider)
    rows = [
        ("Entity ID", metadata),
        ("Where responses go (ACS)", address_of(request, "saml_acs", provider)),
        ("Where people are signed out (SLO, redirect)", address_of(request, "saml_sls", provider)),
    ]
    link = format_html('<div><a href="{}">Download our metadata</a></div>', metadata)
    return format_html("{}{}", format_html_join("", LINE, rows), link)
