"""What those who tend documents see of gaps: numbers always, words only as the organisation's rules allow.

A wording is shown when its asker sent it, or once enough people have asked alike (`AnswerRules.people`). Who asked is
never shown, nor the answer, nor anything else of the conversation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from chat.gaps.models import Feedback, GapQuestion, KnowledgeGap, Reason
from chat.gaps.rules import rules
from ingestion.models import Collection
from tenants.access import Member
from tenants.models import Membership, Role

EXAMPLES = 8
LISTED_COMMENTS = 20
SUMMARY_DAYS = 30


def countable(member: Member, of: str = "") -> Q:
    """Questions that count for this member, by a path to them: none of a conversation that was deleted."""
    rule = Q(**{f"{of}question__conversation__deleted_at": None})
    if not member.tends_all:
        rule &= Q(**{f"{of}collection__in": Collection.objects.tended_by(member)})
    return rule


def counted_gaps(member: Member) -> QuerySet[Any]:
    """Those the member tends, with their numbers."""
    of = countable(member, "questions__")
    rows = KnowledgeGap.objects.tended_by(member).annotate(
        times=Count("questions", filter=of, distinct=True),
        people=Count("questions__user", filter=of, distinct=True),
        unanswered=Count("questions", filter=of & Q(questions__unanswered=True), distinct=True),
        disliked=Count("questions", filter=of & Q(questions__disliked=True), distinct=True),
        since=Min("questions__created", filter=of),
        last=Max("questions__created", filter=of),
    )
    counted: QuerySet[Any] = rows
    return counted.filter(times__gt=0)


@dataclass(frozen=True)
class Wordings:
    """`shown` are newest first; `hidden` counts the others."""

    shown: list[GapQuestion]
    hidden: int

    @property
    def texts(self) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(" ".join(row.question.text.split()) for row in self.shown))


def wordings(gap: UUID, member: Member, *, limit: int = EXAMPLES) -> Wordings:
    rows = GapQuestion.objects.filter(countable(member), gap=gap)
    enough = rows.values("user").distinct().count() >= rules().people
    open_rows = rows if enough else rows.filter(sent=True)
    shown = list(open_rows.select_related("question").order_by("-created")[:limit])
    return Wordings(shown, rows.count() - open_rows.count())


@dataclass(frozen=True)
class Said:
    """What somebody wrote with a bad rating, for those who tend the documents."""

    reasons: str
    comment: str
    created: Any


def comments(gap: UUID, member: Member) -> list[Said]:
    questions = GapQuestion.objects.filter(countable(member), gap=gap).values("question")
    rows = Feedback.objects.filter(message__question__in=questions, helpful=False).order_by("-created")
    return [
        Said(", ".join(reason_words(row.reasons)), row.comment, row.created)
        for row in rows[:LISTED_COMMENTS]
        if row.reasons or row.comment
    ]


def reason_words(codes: Iterable[str]) -> list[str]:
    return [str(Reason(code).label) for code in codes if code in Reason.values]


def ratings_summary() -> dict[str, Any]:
    """Of the whole organisation, for those who tend all of it."""
    rows = Feedback.objects.filter(created__gte=timezone.now() - timedelta(days=SUMMARY_DAYS))
    bad = rows.filter(helpful=False).values_list("reasons", flat=True)
    counts = {code: sum(code in reasons for reasons in bad) for code in Reason.values}
    return {
        "days": SUMMARY_DAYS,
        "helpful": rows.filter(helpful=True).count(),
        "unhelpful": len(bad),
        "reasons": [(str(Reason(code).label), count) for code, count in counts.items() if count],
    }


def tenders_of(collection: Collection | None) -> list[str]:
    """Who tends the matter: those whom the collection names, else those who tend everything."""
    if collection is not None and (named := [str(user) for user in collection.managers.all()[:3]]):
        return named
    rows = Membership.objects.filter(role__in=[Role.MANAGER, Role.ADMIN], user__is_active=True)
    rows = rows.exclude(role=Role.MANAGER, tends_chosen=True).select_related("user").order_by("-role")
    return [str(row.user) for row in rows[:3]]
