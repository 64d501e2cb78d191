"""Follow-up questions of an answer: made when its reader looks at it, kept with it, shown while they may be.

With a language model they come from it. Without one they are headings beside the cited passages, or there are none.
"""

from collections.abc import Iterable
from uuid import UUID

from asgiref.sync import async_to_sync

from assistant.endpoints import current_endpoint
from assistant.follow_ups import MOST, follow_ups
from chat.gaps.models import FollowUps
from chat.gaps.rating import rateable
from chat.gaps.rules import rules
from chat.gaps.shown import shown_follow_ups
from chat.models import AnswerPassage, Message, MessageStatus
from chat.sources import with_sources
from ingestion.access import reach_of
from ingestion.models import Passage
from tenants.access import Member

NEIGHBOURS = 6  # passages before and after a cited one in which headings are looked for
LONGEST_HEADING = 8  # words


def follow_ups_of(answer: UUID, member: Member) -> list[str]:
    """Raises NotFound for an answer that is not the member's."""
    row = rateable(answer, member)
    if not rules().follow_ups or row.status != MessageStatus.COMPLETE:
        return []
    if not FollowUps.objects.filter(message=row).exists():
        FollowUps.objects.get_or_create(message=row, defaults={"items": _made(row, member)})
    fresh = Message.objects.select_related("follow_ups").prefetch_related(with_sources()).get(pk=row.pk)
    return shown_follow_ups(fresh, reach_of(member))


def _made(answer: Message, member: Member) -> list[str]:
    cited = list(AnswerPassage.objects.filter(message=answer).exclude(quote="").exclude(passage=None))
    readable = Passage.objects.readable_by(member)
    given = AnswerPassage.objects.filter(message=answer).values("passage")
    passages = list(readable.filter(pk__in=given).select_related("version__document"))
    if not cited or not passages or answer.question is None:
        return []
    endpoint = current_endpoint()
    if endpoint is None:
        return list(headings_beside(cited, member))[:MOST]
    told = [(passage.version.document.title, passage.text) for passage in passages]
    return async_to_sync(follow_ups)(answer.question.text, answer.text, told, endpoint)


def headings_beside(cited: Iterable[AnswerPassage], member: Member) -> Iterable[str]:
    """Questions about sections next to those that were cited, of documents as they are now."""
    readable = Passage.objects.readable_by(member).select_related("version__document")
    seen = {tuple(row.heading) for row in cited}
    for row in cited:
        here = row.passage_id and readable.filter(pk=row.passage_id).first()
        if not here:
            continue
        place = (here.position - NEIGHBOURS, here.position + NEIGHBOURS)
        for passage in readable.filter(version=here.version, position__range=place).order_by("position"):
            topic = passage.heading[-1].strip().rstrip(":.?") if passage.heading else ""
            if tuple(passage.heading) in seen or not 1 <= len(topic.split()) <= LONGEST_HEADING:
                continue
            seen.add(tuple(passage.heading))
            title = here.version.document.title
            if topic.casefold() != title.casefold():
                yield f"What does the {title} say about “{topic}”?"
