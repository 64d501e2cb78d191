from typing import ClassVar

from django.db import models

from tenants.models import User
from tenants.scoping import TenantModel

LONGEST = 8_000
HELP = "What stands in {braces} is filled in by whoever uses it: {customer}, {date}."


class SavedPrompt(TenantModel):
    """A person's own. One that was deleted can be brought back for a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=LONGEST, help_text=HELP)
    created = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class OfferedPrompt(TenantModel):
    """One that the organisation's admins offer to everybody in it."""

    name = models.CharField(
        max_length=60, help_text="By this it is found: people type / and the beginning of it."
    )
    text = models.TextField(max_length=LONGEST, help_text=HELP)
    active = models.BooleanField("offered", default=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        verbose_name = "prompt for all"
        verbose_name_plural = "prompts for all"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="offered_prompt_name_once")
        ]

    def __str__(self) -> str:
        return self.name
