"""From a file to searchable passages. The database is the truth; the vector store is an index of it.

    Collection -> Document -> DocumentVersion (immutable content) -> Passage

A document answers through its `current_version` alone. A newer version takes that place only once it is ready.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ingestion.chunk import without_headings
from ingestion.days import end_of, today
from ingestion.readers import Collection as Collection
from ingestion.readers import Narrowing as Narrowing
from ingestion.readers import own_of, shared_with
from tenants.access import Member
from tenants.models import User
from tenants.scoping import TenantManager, TenantModel


class DocumentManager(TenantManager["Document"]):
    """Of those in shared collections: what people list, count and tend. `with_private` has the others too."""

    def get_queryset(self) -> QuerySet["Document"]:
        return super().get_queryset().filter(private=False)

    def live(self) -> QuerySet["Document"]:
        """Not deleted: a tombstone hides a document from the moment it commits."""
        return self.filter(deleted_at=None)

    def readable_by(self, member: Member, *, own: bool = False) -> QuerySet["Document"]:
        """`own`: also the files of their own conversations. Only where it is the person who looks."""
        rule = shared_with(member) | own_of(member) if own else shared_with(member)
        return Document.with_private.live().filter(rule)


class EveryDocument(TenantManager["Document"]):
    """For what happens to a document whoever reads it: ingestion, deletion."""

    def live(self) -> QuerySet["Document"]:
        return self.filter(deleted_at=None)


class Document(TenantModel):
    collection = models.ForeignKey(Collection, on_delete=models.RESTRICT, related_name="documents")
    title = models.CharField(max_length=300)
    name = models.CharField(
        "file name",
        max_length=500,
        help_text="With the folders it was uploaded in, such as “Policies/2026/travel.pdf”.",
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="parts",
        db_index=False,
        help_text="The e-mail or archive that it came in.",
    )
    narrowing = models.ForeignKey(
        Narrowing,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="documents",
        db_index=False,
        help_text="Its readers, where they are fewer than the collection's.",
    )
    uploader = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Who tends it, and is reminded when it is due for review. Else whoever uploaded it.",
    )
    valid_from = models.DateField(null=True, blank=True, help_text="Empty: from when it was uploaded.")
    valid_until = models.DateField(
        null=True, blank=True, help_text="The last day on which it holds. Afterwards, citations say so."
    )
    review_on = models.DateField(
        "review due", null=True, blank=True, help_text="From this day on its owner is reminded."
    )
    tags = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    current_version = models.ForeignKey(
        "DocumentVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    private = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="In a collection of one person's conversation: in no list and no count.",
    )
    review_reminded_at = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[DocumentManager] = DocumentManager()  # type: ignore[misc]
    with_private: ClassVar[EveryDocument] = EveryDocument()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created"], name="document_newest"),
            models.Index("tenant", Lower("title"), "id", name="document_by_title"),
            models.Index("tenant", Lower("name"), "id", name="document_by_name"),
            models.Index(fields=["parent"], name="document_parts"),
            models.Index(
                fields=["narrowing"], condition=Q(narrowing__isnull=False), name="document_narrowed"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["collection", "name"], condition=Q(deleted_at=None), name="document_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def told(self) -> str:
        """Its title where others read it: in the audit log and on receipts."""
        return "A file of a conversation" if self.private else self.title

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name

    @property
    def folder(self) -> str:
        """The folders of its name, "" when there are none: a way to order documents, without rights of its own."""
        folder = str(PurePosixPath(self.name).parent)
        return "" if folder == "." else folder

    @property
    def latest(self) -> "DocumentVersion | None":
        """The newest version, whatever its state."""
        return self.versions.order_by("-number").first()


class Status(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    PROCESSING = "processing", _("Working")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    REPLACED = "replaced", _("Replaced")
    CANCELED = "canceled", _("Canceled")


class Stage(models.TextChoices):
    PARSE = "parse", _("Reading the file")
    CHUNK = "chunk", _("Cutting into passages")
    EMBED = "embed", _("Understanding the passages")
    PUBLISH = "publish", _("Publishing")


def file_path(version: "DocumentVersion", _name: str) -> str:
    """Where the original lies: ids only, so that no file name ever becomes a path."""
    return f"{version.tenant_id}/{version.pk}"


class DocumentVersion(TenantModel):
    """One content of a document. The content never changes; the status tells how far its ingestion is."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    file = models.FileField(upload_to=file_path, max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=120, blank=True)
    pages = models.PositiveIntegerField(null=True)
    passage_count = models.PositiveIntegerField(default=0)
    embedded_count = models.PositiveIntegerField(
        null=True,
        help_text="Passages that were embedded; the others took over the vector of an earlier version.",
    )
    warnings = models.JSONField(default=list)
    password = models.TextField(
        blank=True, db_default="", help_text="Of a protected file, encrypted under ENCRYPTION_KEY."
    )

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage, blank=True)
    stage_began = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent of the stage.")
    error_code = models.CharField(max_length=30, blank=True)
    error = models.TextField(blank=True, help_text="Why it failed, in plain words.")
    timings = models.JSONField(default=dict, help_text="Milliseconds by stage.")
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, help_text="The attempt that may write this row now.")
    heartbeat = models.DateTimeField(
        default=timezone.now, help_text="Last sign of life: sent, claimed or worked on."
    )
    created = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), help_text="Since when somebody waits for it."
    )
    ready_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField(
        null=True, help_text="Since when it is, or was, the one that answers."
    )
    effective_until = models.DateTimeField(null=True, help_text="When a newer version took its place.")

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(
                fields=["heartbeat"],
                condition=Q(status__in=["queued", "processing"]),
                name="version_unfinished",
            ),
            models.Index(
                fields=["tenant", "heartbeat"],
                condition=Q(status="queued", attempts=0),
                name="version_waiting",
            ),
            models.Index(fields=["tenant", "sha256"], name="version_hash"),
            models.Index(fields=["tenant", "status", "heartbeat"], name="version_by_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} v{self.number}"

    @property
    def is_pdf(self) -> bool:
        """By its content, which browsers show in a viewer of their own."""
        return self.media_type == "application/pdf"

    @property
    def finished(self) -> bool:
        return self.status in (Status.READY, Status.FAILED, Status.REPLACED, Status.CANCELED)


class ExtractedText(TenantModel):
    """The text of a version, exactly as passages and quotes slice it. Apart, so that lists never load it."""

    version = models.OneToOneField(DocumentVersion, on_delete=models.CASCADE, related_name="extracted")
    text = models.TextField()

    class Meta(TenantModel.Meta):
        abstract = False


def pictures_path(pictures: "PictureSet", _name: str) -> str:
    """Beside the original."""
    return f"{pictures.tenant_id}/{pictures.version_id}.pictures"


class PictureSets(TenantManager["PictureSet"]):
    def files_of(self, versions: Iterable[UUID]) -> list[str]:
        """The names of the files with the pictures of these versions."""
        return list(self.filter(version__in=versions).exclude(file="").values_list("file", flat=True))


class PictureSet(TenantModel):
    """The pictures inside a version, once somebody wanted them. Apart, so that lists never load it."""

    version = models.OneToOneField(DocumentVersion, on_delete=models.CASCADE, related_name="pictures")
    items = models.JSONField(
        default=list,
        help_text="Of each: its page or place in the text, its size, and where in the file it lies.",
    )
    file = models.FileField(upload_to=pictures_path, max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PictureSets] = PictureSets()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False


DOCUMENT = "version__document__"


class PassageManager(TenantManager["Passage"]):
    def readable_by(
        self, member: Member, *, as_of: date | None = None, files: UUID | None = None
    ) -> QuerySet["Passage"]:
        """Passages that may reach this member's prompt or browser: live, in a collection that is readable now, of the
        version that answers today, or that did at the end of the day `as_of`.

        `files` is the private collection of the conversation that is asked in: what is in it holds on any day.
        """
        rule = answered_on(as_of) & shared_with(member, DOCUMENT)
        if files:
            rule |= answered_on(None) & own_of(member, DOCUMENT) & Q(version__document__collection=files)
        return self.filter(rule, version__document__deleted_at=None)


def answered_on(day: date | None) -> Q:
    """Whether a passage's version was the one to answer from at the end of that day; None is today.

    A document holds from the day that somebody entered as its first, be that before its upload or after it.
    """
    begun = Q(version__document__valid_from=None) | Q(version__document__valid_from__lte=day or today())
    if day is None:
        return begun & Q(version=F("version__document__current_version"))
    end = end_of(day)
    before = DocumentVersion.objects.filter(
        document=OuterRef("version__document"), effective_from__lt=OuterRef("version__effective_from")
    )
    back_dated = Q(version__document__valid_from__lte=day, version__effective_from__gte=end) & Q(
        ~Exists(before)
    )
    in_effect = Q(version__effective_from__lt=end) & (
        Q(version__effective_until=None) | Q(version__effective_until__gte=end)
    )
    return begun & (in_effect | back_dated)


class Passage(TenantModel):
    """A slice of a version's text that can be found and cited: `extracted.text[start:end] == text`."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    text = models.TextField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True)
    heading = models.JSONField(default=list, help_text="Heading path, outermost first.")
    table_header = models.TextField(blank=True, help_text="The header rows, for a later piece of a table.")
    tokens = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)

    objects: ClassVar[PassageManager] = PassageManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="passage_position_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def body(self) -> str:
        """The text without the headings at its beginning, for where the heading path stands above it."""
        return without_headings(self.text, self.heading) or self.text


class DeletionReceipt(TenantModel):
    """What was deleted for whom, what that removed, and the check that found nothing left. Outlives the document."""

    document = models.UUIDField(help_text="The id it had.")
    part_of = models.UUIDField(null=True, help_text="The e-mail or archive that it had come in.")
    title = models.CharField(max_length=300)
    name = models.CharField("file name", max_length=500)
    collection = models.CharField(max_length=120)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    removed = models.JSONField(default=dict, help_text="Counted before anything of it went.")
    check_found = models.JSONField(default=dict, help_text="Counted afterwards, and who said so.")
    done_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="Why the last try did not finish.")

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "deletion"
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-asked_at"], name="receipt_newest"),
            models.Index(fields=["part_of"], name="receipt_parts"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "document"], name="receipt_of_document_once")
        ]

    def __str__(self) -> str:
        return self.title


class SearchIndex(models.Model):
    """With which embedding model the index in use was built. One row is active; `manage.py reindex` changes it."""

    model = models.CharField(max_length=200)
    dimension = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="one_active_index")
        ]

    def __str__(self) -> str:
        return f"{self.model} ({self.dimension})"
