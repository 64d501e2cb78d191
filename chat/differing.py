"""Sources of an answer that contradict each other, as the browser shows them side by side.

Stored are places and no words: what a side says is read again, for who may read both sides now.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.events import FoundPassage, Side, SourcesDiffer
from chat.models import AnswerPassage, Message
from chat.sources import may_read
from ingestion.access import Reach
from ingestion.validity import Standing, standing_of
from tenants.access import Member

Item = dict[str, Any]


def stored(differ: SourcesDiffer) -> Item:
    sides = [{"number": s.number, "start": s.start, "end": s.end} for s in (differ.first, differ.second)]
    return {"how": differ.how, "sides": sides}


def live_item(differ: SourcesDiffer, passages: Sequence[FoundPassage]) -> Item:
    return _item(differ.how, [_of_found(side, passages) for side in (differ.first, differ.second)])


def _of_found(side: Side, passages: Sequence[FoundPassage]) -> Item:
    passage = passages[side.number - 1]
    return _side(
        side.number, side.quote, passage.title, passage.page, list(passage.heading), passage.standing
    )


def stored_items(answer: Message, member: Member, reach: Reach) -> list[Item]:
    """Those of which both sides are still there, in documents that the member may read."""
    if not answer.differs:
        return []
    numbers = {side["number"] for differ in answer.differs for side in differ["sides"]}
    rows = AnswerPassage.objects.filter(message=answer, number__in=numbers).select_related(
        "passage", "version__document__owner", "version__document__current_version"
    )
    readable = {row.number: row for row in rows if may_read(row, reach)}
    items = []
    for differ in answer.differs:
        sides = [_of_row(side, readable.get(side["number"]), answer, member) for side in differ["sides"]]
        if all(sides):
            items.append(_item(differ["how"], [side for side in sides if side]))
    return items


def _of_row(side: Item, row: AnswerPassage | None, answer: Message, member: Member) -> Item | None:
    if row is None or row.passage is None or row.version is None or row.version.document.deleted_at:
        return None
    quote = row.passage.text[side["start"] - row.passage.start : side["end"] - row.passage.start]
    standing = standing_of(row.version, member, as_of=answer.as_of)
    return _side(row.number, quote, row.title, row.page, row.heading, standing)


def _side(
    number: int, quote: str, title: str, page: int | None, heading: list[str], standing: Standing | None
) -> Item:
    return {
        "number": number,
        "quote": quote,
        "title": title,
        "page": page,
        "heading": heading,
        "version": standing.version if standing else None,
        "updated": standing.updated.isoformat() if standing else None,
        "owner": standing.owner if standing else "",
        "marks": [asdict(mark) for mark in standing.marks] if standing else [],
        "newer": False,
    }


def _item(how: str, sides: list[Item]) -> Item:
    """The side from the later day is marked as the newer one; of two from one day neither."""
    days = [(side["updated"] or "")[:10] for side in sides]
    if all(days) and days[0] != days[1]:
        sides[days.index(max(days))]["newer"] = True
    return {"how": how, "sides": sides}
