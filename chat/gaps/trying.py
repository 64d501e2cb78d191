"""Tries the questions of a gap again, each with its asker's own rights, and keeps nothing but how many are answered.

Answered means: a sentence good enough for quoting, from a document that was added after the question was asked.
"""

from datetime import timedelta
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from assistant.errors import AnswerError
from assistant.quote import best_sentences
from assistant.retrieve import retrieve
from assistant.verified.index import find_verified
from chat.gaps.models import GapQuestion, GapState, KnowledgeGap
from ingestion.models import DocumentVersion, Status
from tenants.access import Member, member_of
from tenants.scoping import every_tenant, tenant_scope

QUESTIONS = 10  # of a gap, the newest
GAPS_AT_ONCE = 5
AGAIN_AFTER = timedelta(minutes=5)  # while many documents come one after the other


def try_waiting() -> int:
    """Those in work for whose collection a document has become ready since; returns how many were tried."""
    since = Coalesce(OuterRef("tried_at"), OuterRef("updated"))
    newer = DocumentVersion.objects
    with every_tenant():
        ready = newer.filter(
            document__collection=OuterRef("collection"), status=Status.READY, ready_at__gt=since
        )
        rows = KnowledgeGap.objects.filter(Exists(ready), state=GapState.WORKING)
        rows = rows.filter(Q(tried_at=None) | Q(tried_at__lt=timezone.now() - AGAIN_AFTER))
        found = list(rows.order_by("updated").values_list("tenant", "pk")[:GAPS_AT_ONCE])
    for tenant, gap in found:
        with tenant_scope(tenant):
            try_again(gap)
    return len(found)


def try_again(gap: UUID) -> None:
    """In the tenant's scope. One that is gone is let be."""
    rows = GapQuestion.objects.filter(gap=gap, question__conversation__deleted_at=None)
    tried = answered = 0
    for row in rows.select_related("question").order_by("-created")[:QUESTIONS]:
        member = member_of(row.user_id, tenant=row.tenant_id)
        if member is not None:
            tried += 1
            answered += now_answered(row, member)
    KnowledgeGap.objects.filter(pk=gap).update(tried=tried, now_answered=answered, tried_at=timezone.now())


def now_answered(row: GapQuestion, member: Member) -> bool:
    question = row.question.text
    try:
        found = async_to_sync(find_verified)(question, member)
        if found and found.sure:
            return True
        quoted = async_to_sync(_quoted)(question, member)
    except AnswerError:
        return False
    return DocumentVersion.objects.filter(pk__in=quoted, ready_at__gt=row.created).exists()


async def _quoted(question: str, member: Member) -> set[UUID]:
    """The versions that hold a sentence which would be quoted."""
    passages = await retrieve(question, member=member, limit=settings.PASSAGES_PER_ANSWER)
    return {each.passage.version for each in await best_sentences(question, passages)}
