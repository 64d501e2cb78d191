"""Which files are in which conversation, and whether an organisation allows them.

The file itself is a document in the private collection that has the conversation's id (`ingestion.private`).
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from chat.models import Message
from ingestion.models import Document
from tenants.access import Member
from tenants.models import User
from tenants.scoping import TenantManager, TenantModel


class AttachmentManager(TenantManager["Attachment"]):
    def of(self, member: Member) -> QuerySet["Attachment"]:
        return self.filter(tenant=member.tenant, user=member.user)

    def unsent(self, member: Member) -> QuerySet["Attachment"]:
        """Those that wait in the member's composers."""
        return self.of(member).filter(question=None)


class Attachment(TenantModel):
    """A file that somebody put into a conversation; without a question as long as it was not sent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    conversation = models.UUIDField(help_text="Its id, and its private collection's. There before it is.")
    question = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    document = models.ForeignKey(Document, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=500)
    size = models.PositiveBigIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AttachmentManager] = AttachmentManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["conversation"], name="attachment_of_conversation"),
            models.Index(fields=["user", "created"], condition=Q(question=None), name="attachment_unsent"),
        ]

    def __str__(self) -> str:
        return self.name


class AttachmentRules(TenantModel):
    """One row an organisation. Without it, files are allowed."""

    allowed = models.BooleanField(
        "members may put files into their conversations",
        default=True,
        help_text=(
            "Such a file answers questions of its own conversation alone, and nobody else can read it, admins "
            "included. It goes with the conversation. Switched off, no new files are taken."
        ),
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "rules for files in conversations"
        verbose_name_plural = "rules for files in conversations"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="attachment_rules_once")
        ]

    def __str__(self) -> str:
        return "Rules for files in conversations"
