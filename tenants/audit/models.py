"""Where each organisation's log begins and ends."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from tenants.scoping import TenantModel

LEAST_DAYS = 30


class AuditChain(TenantModel):
    """One row per organisation. Whoever adds an event locks it, so that events follow one another."""

    sequence = models.BigIntegerField("events recorded", default=0, editable=False)
    hash = models.CharField("hash of the newest event", max_length=64, default="", editable=False)
    anchor_sequence = models.BigIntegerField("events removed by age", default=0, editable=False)
    anchor_hash = models.CharField("hash of the last one removed", max_length=64, default="", editable=False)
    keep_days = models.PositiveIntegerField(
        "days to keep events",
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_DAYS)],
        help_text=f"Older events are removed every night. Empty: kept for ever. At least {LEAST_DAYS}.",
    )
    # {"syslog": 12}: how far each receiver has the log
    delivered = models.JSONField(default=dict, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "retention of the audit trail"
        verbose_name_plural = "retention of the audit trail"
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="audit_chain_once")]

    def __str__(self) -> str:
        return "Retention of the audit trail"
