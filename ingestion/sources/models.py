"""Where documents come from besides uploads.

Source -> SourceItem (what is there, and which document it became)
       -> SourceRun  (one look at the source: waiting, running or in the past)
"""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ingestion.models import Collection, Document
from tenants.crypto import decrypt, encrypt
from tenants.models import User
from tenants.scoping import TenantModel


class Every(models.IntegerChoices):
    """How often, in minutes."""

    NEVER = 0, "Only when somebody asks"
    QUARTER = 15, "Every 15 minutes"
    HOUR = 60, "Every hour"
    SIX_HOURS = 360, "Every 6 hours"
    DAY = 1440, "Every day"
    WEEK = 10080, "Every week"


class Source(TenantModel):
    """A place whose documents are kept in a collection. The secret is encrypted at rest and never shown again."""

    name = models.CharField(max_length=120, help_text="Its documents lie in a folder of this name.")
    kind = models.CharField(max_length=20, editable=False)
    collection = models.ForeignKey(
        Collection,
        on_delete=models.RESTRICT,
        related_name="sources",
        help_text="Its readers will find the documents.",
    )
    every = models.PositiveIntegerField("look for changes", choices=Every, default=Every.DAY)
    active = models.BooleanField(default=True, help_text="Otherwise nothing happens by itself.")
    options = models.JSONField(default=dict, editable=False)
    encrypted_secret = models.TextField(blank=True, editable=False)
    state = models.JSONField(default=dict, editable=False, help_text="What the connector remembers.")
    keeper = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    next_run = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False)
    keep_documents = models.BooleanField(default=True, editable=False, help_text="When it is deleted.")

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [models.Index(fields=["next_run"], name="source_due")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="source_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        return decrypt(self.encrypted_secret) if self.encrypted_secret else ""

    @secret.setter
    def secret(self, value: str) -> None:
        self.encrypted_secret = encrypt(value) if value else ""

    def plan(self) -> None:
        """Set when it is looked at next by itself."""
        due = self.active and self.every
        self.next_run = timezone.now() + timedelta(minutes=self.every) if due else None


class SourceItem(TenantModel):
    """Something that a source named, and the document that it became.

    No document: somebody deleted it here, and it stays away. `own` is false where the collection held the same content
    already: then the document stays when this goes.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="items", db_index=False)
    key = models.CharField(max_length=500)
    document = models.ForeignKey(Document, null=True, on_delete=models.SET_NULL, related_name="source_items")
    own = models.BooleanField(default=True)
    fingerprint = models.CharField(max_length=200)
    memo = models.JSONField(default=dict)
    url = models.CharField(max_length=2000, blank=True)
    last_seen = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["source", "last_seen"], name="source_item_seen")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "key"], name="source_item_once")]

    def __str__(self) -> str:
        return self.key


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped early"
    HELD = "held", "Asks you"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
COUNTS = ("added", "changed", "removed", "unchanged", "failed")


class SourceRun(TenantModel):
    """One look at a source. A source has one unfinished run at most, and a running one holds one of few slots."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs", db_index=False)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    slot = models.PositiveSmallIntegerField(null=True, unique=True)
    claim = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat = models.DateTimeField(default=timezone.now)
    confirmed = models.BooleanField(default=False, help_text="Somebody said that most documents may go.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="[name, sentence] of the first that failed.")
    sentence = models.TextField(blank=True, help_text="Why it ended as it did, and what to know.")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [
            models.Index(fields=["source", "-created"], name="source_run_newest"),
            models.Index(
                fields=["status"], condition=Q(status__in=["queued", "running"]), name="source_run_unfinished"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(status__in=["queued", "running"]), name="source_run_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.created:%Y-%m-%d %H:%M}"

    @property
    def finished(self) -> bool:
        return self.status not in UNFINISHED
