"""Writes of verified answers. Who may write one is decided before; what it said before is kept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assistant.verified.models import VerifiedAnswer, VerifiedRevision, VerifiedWording
from tenants.actions import record


@transaction.atomic
def publish(answer: VerifiedAnswer, wordings: Sequence[str], *, author: UUID) -> None:
    """Save it as a new version, which its author stands for from today on. The caller records why."""
    answer.author_id = author
    answer.verified_on = timezone.localdate()
    answer.version += 1
    answer.save()
    kept = {row.text: row for row in answer.wordings.all()}
    answer.wordings.exclude(text__in=wordings).delete()
    for position, text in enumerate(wordings):
        if row := kept.get(text):
            VerifiedWording.objects.filter(pk=row.pk).update(position=position)
        else:
            VerifiedWording.objects.create(answer=answer, position=position, text=text)
    VerifiedRevision.objects.create(
        answer=answer, number=answer.version, text=answer.text, wordings=list(wordings), author_id=author
    )


@transaction.atomic
def retire(answer: VerifiedAnswer, *, actor: UUID, back: bool = False) -> None:
    """It answers nobody any more; what it has answered stays, marked. `back` undoes it."""
    answer.retired_at = None if back else timezone.now()
    answer.save(update_fields=["retired_at"])
    record(
        "verified_answer.restored" if back else "verified_answer.retired",
        actor=actor,
        subject=answer.pk,
        name=str(answer),
    )


def restore_version(answer: VerifiedAnswer, number: int, *, author: UUID) -> Any:
    """What it said once, as a new version; None when there was no such version."""
    row = answer.revisions.filter(number=number).first()
    if row is None:
        return None
    answer.text = row.text
    publish(answer, row.wordings, author=author)
    return row
