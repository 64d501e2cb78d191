"""Verified answers. Who may read one is who may read its collection: decided when it is asked for, copied nowhere."""

from typing import ClassVar

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.models import Collection, Document
from tenants.access import Member
from tenants.models import User
from tenants.scoping import TenantManager, TenantModel


class VerifiedManager(TenantManager["VerifiedAnswer"]):
    def readable_by(self, member: Member) -> QuerySet["VerifiedAnswer"]:
        """Those that answer this person now. One whose collection is gone answers nobody."""
        rows = self.filter(tenant=member.tenant, retired_at=None)
        return rows.filter(collection__in=Collection.objects.readable_by(member))

    def tended_by(self, member: Member) -> QuerySet["VerifiedAnswer"]:
        rows = self.filter(tenant=member.tenant)
        return rows if member.tends_all else rows.filter(collection__in=Collection.objects.tended_by(member))


class VerifiedAnswer(TenantModel):
    """What it says now. Its wordings are its index, and what it said before is in its revisions."""

    collection = models.ForeignKey(
        Collection,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="readers",
        help_text="Whoever may read this collection gets the answer, and nobody else.",
    )
    text = models.TextField("answer", max_length=8000, help_text="In Markdown. People get it word for word.")
    author = models.ForeignKey(User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    verified_on = models.DateField(default=timezone.localdate, editable=False)
    review_on = models.DateField(
        "review on",
        null=True,
        blank=True,
        help_text="From this day on the answer is marked as due for review.",
    )
    sources = models.ManyToManyField(
        Document, blank=True, related_name="+", help_text="Documents that it rests on, if there are any."
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    retired_at = models.DateTimeField("retired", null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[VerifiedManager] = VerifiedManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [models.Index(fields=["tenant", "-created"], name="verified_newest")]

    def __str__(self) -> str:
        first = self.wordings.first() if self.pk else None
        return first.text if first else "Verified answer"


class VerifiedWording(TenantModel):
    """A question that it answers. Without a vector of the present embedding model it is not found yet."""

    answer = models.ForeignKey(VerifiedAnswer, on_delete=models.CASCADE, related_name="wordings")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    vector = models.TextField(blank=True, editable=False, help_text="As `ingestion.vectors` packs it.")
    embedded_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [models.Index(fields=["tenant", "embedded_by"], name="verified_wording_embedded")]

    def __str__(self) -> str:
        return self.text


class VerifiedRevision(TenantModel):
    """What it said in one version. Written once."""

    answer = models.ForeignKey(VerifiedAnswer, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    wordings = models.JSONField(default=list)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "number"], name="verified_revision_once")
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"
