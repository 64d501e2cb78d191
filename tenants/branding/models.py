"""One row an organisation. Without it, everything looks like Colloquy."""

from base64 import b64decode
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models

from tenants.scoping import TenantModel


class Branding(TenantModel):
    name = models.CharField(
        "name", max_length=40, blank=True, help_text="Stands beside the logo and in letters. Empty: Colloquy."
    )
    accent = models.CharField(
        "accent colour",
        max_length=7,
        blank=True,
        validators=[
            RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour as #0f766e: a # and six digits or a to f.")
        ],
        help_text="Of buttons and links, such as #0f766e. Made darker or lighter where it could not be read.",
    )
    # A small PNG in base64. Here it goes wherever the row goes: exports, back-ups, deletion.
    logo = models.TextField(blank=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "branding"
        verbose_name_plural = "branding"
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["tenant"], name="branding_once")]

    @property
    def picture(self) -> bytes:
        return b64decode(self.logo)

    def __str__(self) -> str:
        return "Branding"
