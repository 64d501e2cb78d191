"""What is shared, with whom, and whether an organisation allows it. A link that was withdrawn has no row."""

import secrets
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from chat.models import Conversation
from tenants.models import Group, User
from tenants.scoping import TenantModel


def new_key() -> str:
    """192 random bits. Ids will not do: their first half is a time."""
    return secrets.token_urlsafe(24)


class Share(TenantModel):
    """A link to a conversation as it was at `shown_until`, under the name that it had then."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="share")
    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    title = models.CharField(max_length=200)
    everyone = models.BooleanField(default=True, help_text="Every member; else the people and groups.")
    people = models.ManyToManyField(User, blank=True, related_name="+")
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    shown_until = models.DateTimeField(default=timezone.now)
    # Null in links from before there were branches.
    leaf = models.UUIDField(null=True, editable=False, help_text="The end of the path that it shows.")

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.title


class SharingRules(TenantModel):
    """One row an organisation. Without it, sharing is allowed."""

    allowed = models.BooleanField(
        "members may share conversations with each other",
        default=True,
        help_text=(
            "By links that only members of your organisation can open. Each reader sees only the answers whose "
            "sources they may read themselves. Switched off, no link opens, and none can be made."
        ),
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "sharing rules"
        verbose_name_plural = "sharing rules"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="sharing_rules_once")
        ]

    def __str__(self) -> str:
        return "Sharing rules"
