"""What an organisation asks of those who sign in, and whom it has asked to join."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from tenants.models import Group, Role, User
from tenants.scoping import TenantModel


class SignInPolicy(TenantModel):
    """One row an organisation. Without it, people stay signed in as long as the installation lets them."""

    idle_minutes = models.PositiveIntegerField(
        "sign out after minutes without use",
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(60 * 24 * 14)],
        help_text="At least 10. Leave empty for no such limit.",
    )
    absolute_hours = models.PositiveIntegerField(
        "sign out after hours in any case",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 365)],
        help_text="Counted from signing in, however much is being done. Leave empty for no such limit.",
    )
    second_factor = models.BooleanField(
        "require a second factor",
        default=False,
        help_text=(
            "Whoever signs in with a password sets up a passkey or an authenticator app first, you too. "
            "Those who sign in through your identity provider are asked there."
        ),
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "sign-in rules"
        verbose_name_plural = "sign-in rules"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="sign_in_policy_once")
        ]

    def __str__(self) -> str:
        return "Sign-in rules"


class Invitation(TenantModel):
    """A link by which one person may join once. Of its secret only the hash is kept."""

    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    guest_until = models.DateTimeField("until", null=True, editable=False, help_text="Of a guest.")
    secret_hash = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Neither accepted nor revoked; it may have expired."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def state(self) -> str:
        if self.accepted_at:
            return "Accepted"
        if self.revoked_at:
            return "Revoked"
        return "Expired" if self.expires <= timezone.now() else "Waiting"
