"""How people of an organisation sign in with its own identity provider.

IdentityProvider -> ProviderGroup (a value of the groups claim, and the group here whose members it decides)
                 -> UsedMessage   (what the provider has signed for one use, and has been used)
EmailDomain      (whose addresses lead to the organisation's provider)
"""

from typing import Any, ClassVar

from django.core.validators import DomainNameValidator
from django.db import models
from django.db.models import Q

from tenants.crypto import decrypt, encrypt
from tenants.models import LASTING, Group, Role, User
from tenants.scoping import TenantModel
from tenants.sso.presets import PRESETS, Kind, Preset


class Joining(models.TextChoices):
    JUST_IN_TIME = "just_in_time", "Everyone whom the provider signs in becomes a member"
    INVITED = "invited", "Only those who are members already"


class Protocol(models.TextChoices):
    OIDC = "oidc", "OpenID Connect"
    SAML = "saml", "SAML 2.0"


class IdentityProvider(TenantModel):
    """An OpenID Connect or SAML provider. The secret, which never leaves the server once it is here, is the client's
    at OpenID Connect, and at SAML the private key with which requests are signed; it is encrypted at rest.
    """

    name = models.CharField(max_length=60, help_text="As your people know it: they see it when they sign in.")
    protocol = models.CharField(
        max_length=10, choices=Protocol, default=Protocol.OIDC, db_default=Protocol.OIDC, editable=False
    )
    kind = models.CharField("provider", max_length=10, choices=Kind, default=Kind.OTHER)
    issuer = models.CharField(
        max_length=500, help_text="The provider's issuer address, without /.well-known/."
    )
    client_id = models.CharField("client ID", max_length=255)
    metadata_url = models.CharField(
        "metadata address",
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Read anew from time to time, so that the provider may change its certificate.",
    )
    sso_url = models.CharField("sign-in address", max_length=500, blank=True, default="", db_default="")
    slo_url = models.CharField(
        "sign-out address",
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: the provider knows no single log-out.",
    )
    certificates = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="With which the provider signs, as PEM. Several may be valid at a time.",
    )
    own_certificate = models.TextField(blank=True, default="", db_default="", editable=False)
    email_attribute = models.CharField(
        "e-mail attribute",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: the usual names are tried, then the name identifier.",
    )
    name_attribute = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Empty: the usual names are tried."
    )
    provider_initiated = models.BooleanField(
        "sign-in may begin at the provider",
        default=False,
        db_default=False,
        help_text="For tiles on the provider's own page. Somebody could then be signed in without having asked for it.",
    )
    single_logout = models.BooleanField(
        "sign out there as well",
        default=False,
        db_default=False,
        help_text="Who signs out here is signed out at the provider too, if it can do that.",
    )
    encrypted_secret = models.TextField(blank=True, editable=False)
    active = models.BooleanField(default=False, help_text="Test the connection before you switch it on.")
    joining = models.CharField("who may join", max_length=12, choices=Joining, default=Joining.JUST_IN_TIME)
    default_role = models.CharField(
        "role of new members", max_length=10, choices=LASTING, default=Role.MEMBER
    )
    trust_email = models.BooleanField(
        "trust addresses of our domains",
        default=False,
        help_text="For providers that do not say email_verified, such as Entra ID. "
        "Switch it on only where nobody can enter an address of their own at the provider.",
    )
    groups_claim = models.CharField(
        max_length=200,
        blank=True,
        help_text="Names the person's groups. Empty: groups are tended here by hand.",
    )
    role_claim = models.CharField(
        max_length=200, blank=True, help_text="Decides the role. Empty: the groups claim does."
    )
    admin_values = models.TextField(
        "values for admins",
        blank=True,
        help_text="One a line. Empty here and below: roles are set here by hand.",
    )
    manager_values = models.TextField("values for knowledge managers", blank=True, help_text="One a line.")
    sso_only = models.BooleanField(
        "no other way in",
        default=False,
        help_text="Members cannot sign in with a password any more, except for the admin below.",
    )
    break_glass = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name="admin who keeps a password",
        help_text="Lets your organisation in when the provider fails.",
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["created"]
        verbose_name = "identity provider"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="provider_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        return decrypt(self.encrypted_secret) if self.encrypted_secret else ""

    @secret.setter
    def secret(self, value: str) -> None:
        self.encrypted_secret = encrypt(value) if value else ""

    @property
    def preset(self) -> Preset:
        return PRESETS[Kind(self.kind)]

    @property
    def by_saml(self) -> bool:
        return self.protocol == Protocol.SAML

    @property
    def maps_roles(self) -> bool:
        return bool(self.admin_values.strip() or self.manager_values.strip())

    def role_for(self, values: set[str]) -> str:
        """The highest role that one of the claim's values stands for."""
        if values & lines(self.admin_values):
            return Role.ADMIN
        return Role.MANAGER if values & lines(self.manager_values) else self.default_role


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}


class ProviderGroup(TenantModel):
    """The provider decides who is in this group, anew at each sign-in. Other groups are left to the admins."""

    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.CASCADE, related_name="groups", db_index=False
    )
    value = models.CharField(max_length=255, help_text="As the groups claim names it.")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["value"]
        verbose_name = "group of a provider"
        verbose_name_plural = "groups of providers"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "value"], name="provider_group_once")
        ]

    def __str__(self) -> str:
        return self.value


class UsedMessage(TenantModel):
    """A provider's message that has done its work: a copy of it does nothing. Kept until it would be too old anyway."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    expires = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "digest"], name="used_message_once")
        ]

    def __str__(self) -> str:
        return self.digest


class EmailDomain(TenantModel):
    """Any organisation may enter a domain; the operator confirms to whom it belongs, once in the installation."""

    domain = models.CharField(max_length=253, validators=[DomainNameValidator()])
    verified_at = models.DateTimeField("confirmed", null=True, editable=False)
    verified_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["domain"]
        verbose_name = "e-mail domain"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "domain"], name="email_domain_name_once"),
            models.UniqueConstraint(
                fields=["domain"], condition=Q(verified_at__isnull=False), name="email_domain_verified_once"
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.domain = self.domain.strip().lower()
        super().save(*args, **kwargs)
