"""What an operator has asked an organisation for, and what it said. The row is the organisation's own."""

from datetime import timedelta
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from tenants.models import User
from tenants.scoping import TenantModel

MOST_HOURS = 24
WAITS = timedelta(days=7)  # a request that nobody has answered by then is over


class SupportAccess(TenantModel):
    """One request. The hours begin when an admin approves; afterwards the row opens nothing, and none is reopened."""

    operator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    operator_name = models.CharField(max_length=400)
    reason = models.TextField(max_length=1000)
    documents = models.BooleanField("documents and their status", default=False)
    people = models.BooleanField("people and settings", default=False)
    hours = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)])
    requested = models.DateTimeField(default=timezone.now)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires = models.DateTimeField(null=True, help_text="Set when it is approved.")
    ended = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "support access"
        verbose_name_plural = "support access"
        indexes: ClassVar = [models.Index(fields=["tenant", "-requested"], name="support_newest")]

    def __str__(self) -> str:
        return f"Support access of {self.operator_name}"

    @property
    def waits(self) -> bool:
        return self.decided is None and self.ended is None and self.requested > timezone.now() - WAITS

    @property
    def is_open(self) -> bool:
        return self.expires is not None and self.ended is None and self.expires > timezone.now()

    @property
    def state(self) -> str:
        if self.is_open:
            return "Open"
        if self.waits:
            return "Waiting"
        if self.decided is None:
            return "Withdrawn" if self.ended else "Not answered"
        return "Ended" if self.expires else "Declined"

    @property
    def scope(self) -> str:
        names = [
            name
            for name, given in (("documents", self.documents), ("people and settings", self.people))
            if given
        ]
        return ", ".join(names)
