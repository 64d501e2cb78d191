"""What an organisation asks of those who sign in."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

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
