"""A verified answer that is deleted leaves its last readers where it was quoted, as a document does."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from assistant.verified.models import VerifiedAnswer
from chat.models import AnswerPassage


@receiver(pre_delete, sender=VerifiedAnswer)
def keep_last_readers(sender: Any, instance: VerifiedAnswer, **kwargs: Any) -> None:
    """Else what was moved to fewer readers would open again to those who could read it before."""
    AnswerPassage.objects.filter(verified__answer=instance).update(collection=instance.collection_id)
