"""An organisation's rules about its data, the exports and deletions that were asked for, and legal holds."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.ids import new_id
from tenants.models import User
from tenants.scoping import TenantModel

HELD_ALREADY = "There is such a hold already. Release it first to give another reason."


class DataRules(TenantModel):
    """One row an organisation. Without it: conversations are kept, and nothing else below is allowed."""

    keep_days = models.PositiveIntegerField(
        "days to keep conversations",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Counted from the last question. Older ones are deleted every night. Empty: kept until deleted.",
    )
    self_deletion = models.BooleanField(
        "members may delete themselves",
        default=False,
        help_text="Their conversations and their membership, from their own account page.",
    )
    export_conversations = models.BooleanField(
        "conversations in the organisation's export",
        default=False,
        help_text="Whoever exports the organisation then gets what every member asked, and every answer.",
    )

    incognito = models.BooleanField(
        "incognito conversations",
        default=False,
        db_default=False,
        help_text="Members may ask without being remembered: such a conversation is in no list, search or export, "
        "and is deleted an hour after its last question. Not while a legal hold stands on the person.",
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "data rules"
        verbose_name_plural = "data rules"
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="data_rules_once")]

    def __str__(self) -> str:
        return "Data rules"


class Kind(models.TextChoices):
    OWN = "own", "Own data"
    PERSON = "person", "A member's data"
    TENANT = "tenant", "The organisation"


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class DataExport(TenantModel):
    """A file that one person asked for and nobody else can fetch. It goes when it has expired, the row stays."""

    kind = models.CharField(max_length=10, choices=Kind)
    about = models.ForeignKey(
        User,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whose data; none: the organisation's.",
    )
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat = models.DateTimeField(default=timezone.now)
    file = models.CharField(max_length=200, blank=True, help_text="Its name in the storage.")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sources = models.JSONField(
        default=dict, help_text="By section: whose words are in it, asked again later."
    )
    problem = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "data export"
        indexes: ClassVar = [models.Index(fields=["tenant", "-created"], name="data_export_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "recipient", "kind", "about"],
                condition=Q(state__in=["queued", "working"], about__isnull=False),
                name="data_export_of_person_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "recipient"],
                condition=Q(state__in=["queued", "working"], about__isnull=True),
                name="data_export_of_tenant_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.about) if self.about else "The organisation"

    @property
    def unfinished(self) -> bool:
        return self.state in (State.QUEUED, State.WORKING)


class LegalHold(TenantModel):
    """While it stands, nothing of a person, or of the whole organisation, is deleted by age or on anybody's request."""

    # No person: the whole organisation. An account under a standing hold cannot be deleted by any way at all.
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=500, help_text="Such as the matter's name or number.")
    placed_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    released_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    released_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "legal hold"
        ordering: ClassVar = ["-placed_at"]
        indexes: ClassVar = [models.Index(fields=["person"], name="legal_hold_person")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "person"],
                condition=Q(released_at=None, person__isnull=False),
                name="legal_hold_of_person_once",
                violation_error_message=HELD_ALREADY,
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(released_at=None, person__isnull=True),
                name="legal_hold_of_tenant_once",
                violation_error_message=HELD_ALREADY,
            ),
        ]

    def __str__(self) -> str:
        return f"Hold on {self.person or 'the whole organisation'}"


class PersonErasure(TenantModel):
    """The deletion of a person from an organisation: what it removed, and the check that found nothing left.

    It names them by the id they had and the hash of their address, once they are gone.
    """

    person = models.UUIDField(help_text="The id they had.")
    name = models.CharField(max_length=400, blank=True, help_text="Until it is done.")
    email_sha256 = models.CharField(max_length=64)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=timezone.now)
    heartbeat = models.DateTimeField(default=timezone.now)
    progress = models.PositiveSmallIntegerField(default=0)
    account = models.CharField(max_length=200, blank=True, help_text="What became of the account.")
    removed = models.JSONField(default=dict, help_text="Counted before anything of it went.")
    check_found = models.JSONField(default=dict, help_text="Counted afterwards, and who said so.")
    problem = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "deletion of a person"
        verbose_name_plural = "deletions of people"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "person"], condition=Q(done_at=None), name="person_erasure_one_at_a_time"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "-asked_at"], name="person_erasure_newest")]

    def __str__(self) -> str:
        return self.name or f"Person {self.person}"


class TenantErasure(models.Model):
    """The deletion of an organisation, with its proof. Above the organisations, since it outlives one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.UUIDField(help_text="The id it had.")
    name = models.CharField(max_length=120)
    asked_by = models.CharField(max_length=400, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    heartbeat = models.DateTimeField(default=timezone.now)
    progress = models.PositiveSmallIntegerField(default=0)
    removed = models.JSONField(default=dict)
    check_found = models.JSONField(default=dict)
    audit_head = models.JSONField(default=dict, help_text="Number and hash of the last event of its log.")
    problem = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "deletion of an organisation"
        verbose_name_plural = "deletions of organisations"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(done_at=None), name="tenant_erasure_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.name
