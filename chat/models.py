"""Conversations as people see them. An answer belongs to its conversation, not to a socket."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from ingestion.models import Collection, DocumentVersion, Narrowing, Passage
from tenants.access import Member
from tenants.models import User
from tenants.scoping import TenantManager, TenantModel


class ConversationManager(TenantManager["Conversation"]):
    def owned_by(self, member: Member) -> QuerySet["Conversation"]:
        return self.filter(tenant=member.tenant, user=member.user, deleted_at=None)

    def remembered_of(self, member: Member) -> QuerySet["Conversation"]:
        """Without the incognito ones: what lists and searches find."""
        return self.owned_by(member).filter(incognito=False)


class Conversation(TenantModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, editable=False)
    incognito = models.BooleanField(
        default=False, db_default=False, help_text="In no list, search, share or export, and gone soon."
    )
    leaves = models.JSONField(
        null=True,
        editable=False,
        help_text="Ids of the ends of the paths that were shown, the last one last.",
    )
    answered_at = models.DateTimeField(null=True, editable=False, help_text="When an answer ended last.")
    seen_at = models.DateTimeField(null=True, editable=False, help_text="When its person looked at it last.")
    pinned_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[ConversationManager] = ConversationManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["user", "-updated"], name="conversation_newest"),
            models.Index(fields=["updated"], condition=Q(incognito=True), name="conversation_to_forget"),
            models.Index(fields=["user"], condition=Q(pinned_at__isnull=False), name="conversation_pinned"),
            models.Index(
                fields=["user", "-updated"],
                condition=Q(archived_at__isnull=False),
                name="conversation_archived",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MessageRole(models.TextChoices):
    QUESTION = "question", "Question"
    ANSWER = "answer", "Answer"


class MessageStatus(models.TextChoices):
    STREAMING = "streaming", "Being written"
    COMPLETE = "complete", "Complete"
    STOPPED = "stopped", "Stopped"
    INTERRUPTED = "interrupted", "Interrupted"
    FAILED = "failed", "Failed"


class MessageManager(TenantManager["Message"]):
    def owned_by(self, member: Member) -> QuerySet["Message"]:
        return self.filter(
            tenant=member.tenant, conversation__user=member.user, conversation__deleted_at=None
        )


class Message(TenantModel):
    """A question, or one answer to it. `text` of a streaming answer trails what its runner holds by about a second."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=10, choices=MessageRole)
    text = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=MessageStatus, default=MessageStatus.COMPLETE)
    question = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="answers")
    parent = models.ForeignKey(
        "self",
        null=True,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Of a question: the answer it was asked after, or the first question that it replaces.",
    )
    # Null, not empty: what was asked without one is not asked twice.
    client_id = models.CharField(  # noqa: DJ001
        max_length=64,
        null=True,
        help_text="Chosen by the browser, so that a question sent twice is asked once.",
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    error_code = models.CharField(max_length=30, blank=True)
    error = models.TextField(blank=True)
    notice = models.CharField(max_length=30, blank=True)
    model_name = models.CharField(max_length=200, blank=True)
    usage = models.JSONField(default=dict)
    as_of = models.DateField(
        null=True, help_text="The day that was asked about, on both; null is the day itself."
    )
    differs = models.JSONField(null=True, help_text="Which of its sources contradict each other, and where.")
    created = models.DateTimeField(auto_now_add=True)
    heartbeat = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[MessageManager] = MessageManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["heartbeat"], condition=Q(status="streaming"), name="message_streaming"),
            models.Index(fields=["user", "-created"], name="message_newest"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="message_parent"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "client_id"], name="message_client_id_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class AnswerPassage(TenantModel):
    """A passage that an answer was given, and the quote if the answer cited it.

    Title, page and quote are kept when the source is gone. Offsets count code points in the version's text.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="passages")
    number = models.PositiveSmallIntegerField(help_text="The n of its marker [n].")
    passage = models.ForeignKey(Passage, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.ForeignKey(DocumentVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    collection = models.ForeignKey(Collection, null=True, on_delete=models.SET_NULL, related_name="+")
    narrowing = models.ForeignKey(
        Narrowing,
        null=True,
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="Who else could read a document that is gone; of one that is there, it says so itself.",
    )
    title = models.CharField(max_length=300)
    page = models.PositiveIntegerField(null=True)
    heading = models.JSONField(default=list)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    score = models.FloatField()
    quote = models.TextField(blank=True)
    quote_start = models.PositiveIntegerField(null=True)
    quote_end = models.PositiveIntegerField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="answer_passage_number_once")
        ]

    def __str__(self) -> str:
        return f"[{self.number}] {self.title}"
