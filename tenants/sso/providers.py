"""Which provider an address leads to, and what allauth is told about it."""

from uuid import UUID

from allauth.socialaccount.models import SocialApp

from tenants.crypto import Undecryptable
from tenants.models import Membership, Role, User
from tenants.scoping import every_tenant
from tenants.sso.errors import ASK_ADMIN, UNUSABLE, ProviderFault
from tenants.sso.models import EmailDomain, IdentityProvider


def provider_by_id(text: str) -> IdentityProvider | None:
    """An active provider. Asked before anybody is signed in, so of every organisation."""
    provider = any_provider_by_id(text)
    return provider if provider is not None and provider.active else None


def any_provider_by_id(text: str) -> IdentityProvider | None:
    """The same, though it may be switched off."""
    try:
        pk = UUID(text)
    except ValueError:
        return None
    with every_tenant():
        return IdentityProvider.objects.filter(pk=pk).select_related("tenant").first()


def organisation_of(email: str) -> UUID | None:
    """Whose domain it is, which the operator has confirmed and everybody may know."""
    domain = User.objects.normalise(email).rpartition("@")[2]
    with every_tenant():
        owner = EmailDomain.objects.filter(domain=domain, verified_at__isnull=False).first()
    return owner.tenant_id if owner else None


def provider_for(email: str) -> IdentityProvider | None:
    """Where people with such an address sign in. Decided by the domain alone: it tells nothing about accounts."""
    owner = organisation_of(email)
    with every_tenant():
        return IdentityProvider.objects.filter(tenant=owner, active=True).first() if owner else None


def as_social_app(provider: IdentityProvider) -> SocialApp:
    """allauth's row, never saved: its own table is not an organisation's. Raises ProviderFault."""
    if provider.by_saml:
        return SocialApp(
            provider="saml", provider_id=str(provider.pk), name=provider.name, client_id=str(provider.pk)
        )
    try:
        secret = provider.secret
    except Undecryptable as error:
        raise ProviderFault("secret", UNUSABLE, ASK_ADMIN) from error
    wanted = {
        "email",
        (provider.groups_claim or "sub").split(".")[0],
        (provider.role_claim or "sub").split(".")[0],
    }
    return SocialApp(
        provider="openid_connect",
        provider_id=str(provider.pk),
        name=provider.name,
        client_id=provider.client_id,
        secret=secret,
        settings={"server_url": provider.issuer, "scope": list(provider.preset.scopes), "wanted": wanted},
    )


def barring_provider(user: User) -> IdentityProvider | None:
    """The provider that is the person's only way in; None for who may use a password. Operators always may."""
    if user.is_superuser:
        return None
    with every_tenant():
        memberships = dict(Membership.objects.filter(user=user).values_list("tenant", "role"))
        bars = IdentityProvider.objects.filter(active=True, sso_only=True, tenant__in=memberships)
        provider: IdentityProvider
        for provider in bars.select_related("tenant"):
            if provider.break_glass_id != user.pk or memberships[provider.tenant_id] != Role.ADMIN:
                return provider
    return None
