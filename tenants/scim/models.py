"""What an identity provider has said of people and groups, and the tokens that let it in."""

from typing import ClassVar
from unicodedata import normalize

from django.db import models
from django.utils import timezone

from tenants.models import Group, User
from tenants.scoping import TenantModel


class ScimToken(TenantModel):
    """Opens `/scim/v2/` for one organisation. Only the token's hash is kept."""

    name = models.CharField(max_length=120, help_text="Such as the provider's name and the year.")
    hash = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    last_used = models.DateTimeField(null=True, editable=False)
    revoked = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "provisioning token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="scim_token_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Stamped(TenantModel):
    """A resource as SCIM dates it."""

    external_id = models.CharField(max_length=255, blank=True)
    created = models.DateTimeField(default=timezone.now)
    modified = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        abstract = True


class ScimUser(Stamped):
    """A person as the provider of this organisation knows them; their id at SCIM is this row's.

    The row outlives the membership: who was deactivated can be activated again.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    user_name = models.CharField(max_length=254)
    user_name_key = models.CharField(max_length=254, editable=False)
    display_name = models.CharField(max_length=254, blank=True)
    names = models.JSONField(default=dict)
    emails = models.JSONField(default=list)
    email_keys = models.TextField(default="", editable=False)

    class Meta(Stamped.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user"], name="scim_user_once"),
            models.UniqueConstraint(fields=["tenant", "user_name_key"], name="scim_user_name_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "external_id"], name="scim_user_external")]

    def __str__(self) -> str:
        return self.user_name

    def claim_tenant(self) -> None:
        super().claim_tenant()
        self.user_name_key = key_of(self.user_name)
        addresses = [key_of(email["value"]) for email in self.emails if email.get("value")]
        self.email_keys = "".join(f"\n{address}" for address in addresses) + "\n"


class ScimGroup(Stamped):
    """A group whose name and members the provider decides, and nobody by hand."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="scim")

    class Meta(Stamped.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "external_id"], name="scim_group_external")]

    def __str__(self) -> str:
        return str(self.group)


def storable(text: str) -> bool:
    """Half a surrogate pair and the zero character are text that no database keeps."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def key_of(text: str) -> str:
    """As SCIM compares user names and addresses: without regard to case."""
    return normalize("NFC", normalize("NFC", text).lower())
