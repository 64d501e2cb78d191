"""Who belongs where. Tenant and User stand above the tenant scope; everything else is inside it."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from tenants.audit.chain import AppendOnly, append
from tenants.ids import new_id
from tenants.scoping import TenantManager, TenantModel


class Tenant(models.Model):
    """One organisation, sealed off from the others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    last_turn = models.DateTimeField(
        null=True, editable=False, help_text="When one of its documents was last preferred to another's."
    )
    last_used = models.DateTimeField(null=True, editable=False, help_text="To within some minutes.")

    class Meta:
        verbose_name = "organisation"

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalise(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=self.normalise(email or ""))

    @staticmethod
    def normalise(email: str) -> str:
        return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who signs in by e-mail address. What they may do in an organisation is in their Membership."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    session_epoch = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Counted up to end every session of this account."
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Empty: as the browser asks.",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Django keeps it in the session and ends the session when it changes."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{of_password}.{self.session_epoch}" if self.session_epoch else of_password

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this; tenants' managers are let in by `tenants.admin_site` through their role."""
        return self.is_superuser

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Role(models.TextChoices):
    """What a member may do, each role including those before it."""

    GUEST = "guest", "Guest: asks about what is shared with them, until a day"
    MEMBER = "member", "Member: asks questions"
    MANAGER = "manager", "Knowledge manager: tends documents"
    ADMIN = "admin", "Admin: also people, groups and models"


# Those that a person can have without an end.
LASTING = [(role.value, role.label) for role in Role if role != Role.GUEST]


class Membership(TenantModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    tends_chosen = models.BooleanField(
        "tends chosen collections only",
        default=False,
        db_default=False,
        help_text="Of a knowledge manager: those in which you name them, and else reads as a member does.",
    )
    expires = models.DateTimeField(
        "until",
        null=True,
        blank=True,
        help_text="Of a guest: the moment from which they are out.",
    )
    ended_at = models.DateTimeField(
        null=True, editable=False, help_text="When what was open for an expired guest was closed."
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "member"
        indexes: ClassVar = [
            models.Index(
                fields=["expires"],
                condition=models.Q(expires__isnull=False, ended_at=None),
                name="membership_expiring",
            )
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def tends_documents(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMIN)

    @property
    def administers(self) -> bool:
        return self.role == Role.ADMIN


class Group(TenantModel):
    """People of one organisation who may read the same collections."""

    name = models.CharField(max_length=120)
    members = models.ManyToManyField(User, blank=True, related_name="tenant_groups")
    inner: Any = models.ManyToManyField(
        "self",
        blank=True,
        symmetrical=False,
        related_name="outer",
        verbose_name="groups in it",
        help_text="Their members, and those of the groups in them, count as members of this group.",
    )

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="group_name_once")]

    def __str__(self) -> str:
        return self.name


class AppendOnlyQuerySet(models.QuerySet["AuditEvent"]):
    """Reads. What changes or deletes many at once raises, and so does what inserts past the chain."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnly("Audit events are only ever added, one by one.")

    update = delete = bulk_create = bulk_update = update_or_create = _refuse


class AuditManager(TenantManager["AuditEvent"]):
    _queryset_class = AppendOnlyQuerySet


class AuditEvent(TenantModel):
    """What happened, to what, by whom, from where. Rows are only ever added, each at the end of its tenant's chain.

    The actor's name is kept beside the account's id, which no constraint binds: both stay when the account goes.
    """

    action = models.CharField(max_length=60)
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    object_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    actor_name = models.CharField(max_length=400, default="", db_default="")
    address = models.CharField(max_length=45, default="", db_default="")
    agent = models.CharField(max_length=80, default="", db_default="")
    session = models.CharField(max_length=16, default="", db_default="")
    sequence = models.BigIntegerField(null=True)
    previous = models.CharField(max_length=64, default="", db_default="")
    hash = models.CharField(max_length=64, default="", db_default="")

    objects: AuditManager = AuditManager()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created"], name="audit_newest"),
            models.Index(fields=["object_id", "-created"], name="audit_of_object"),
            models.Index(fields=["tenant", "sequence"], name="audit_in_order"),
        ]

    def __str__(self) -> str:
        return self.words

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("An audit event cannot be changed.")
        self.claim_tenant()
        append(self)

    def insert(self) -> None:
        """For `append` alone, which has given it its place."""
        super().save(force_insert=True)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnly("An audit event cannot be deleted.")

    @property
    def words(self) -> str:
        """The action as people read it: "Document uploaded"."""
        return self.action.replace(".", " ").replace("_", " ").capitalize()

    @property
    def by(self) -> str:
        return self.actor_name or "the system"
