"""One source of an answer, as the source panel shows it: the passage among its neighbours, the quote marked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chat import protocol
from chat.errors import NotFound
from chat.gaps.citing import verified_source
from chat.models import AnswerPassage, Message
from chat.pictures import pictures_beside
from ingestion.models import Document, DocumentVersion, ExtractedText, Passage
from ingestion.parse.detect import CSV, ODP, ODS, PPT, PPTX, XLS, XLSX
from ingestion.scan import withheld
from ingestion.validity import standing_of
from tenants.access import Member

MOST_AROUND = 64  # passages on each side
CONTEXT_CHARACTERS = 600  # where the passages themselves are gone
UNITS = {PPTX: "slide", PPT: "slide", ODP: "slide", XLSX: "sheet", XLS: "sheet", ODS: "sheet", CSV: "sheet"}


def source_item(message: UUID, number: int, member: Member, *, around: int = 1) -> dict[str, Any]:
    """A source of an answer of one's own. Raises NotFound."""
    answer = Message.objects.owned_by(member).filter(pk=message).first()
    if answer is None:
        raise NotFound(_("This source does not exist."))
    return stored_source(answer, number, member, around=around)


def stored_source(answer: Message, number: int, member: Member, *, around: int = 1) -> dict[str, Any]:
    """A cited or found passage in its context, from the version that the answer was given. Raises NotFound."""
    rows = AnswerPassage.objects.filter(message=answer, number=number).select_related(
        *("version__document__collection", "version__document__owner", "version__document__current_version")
    )
    row = rows.first()
    if row is None:
        raise NotFound(_("This source does not exist."))
    if row.version is None and (verified := verified_source(row, member)):
        return verified
    if (
        row.version is None
        or not Document.objects.readable_by(member, own=True).filter(pk=row.version.document_id).exists()
    ):
        raise NotFound(_("This source has been deleted, or you can no longer read it."))
    version, document = row.version, row.version.document
    text = ExtractedText.objects.get(version=version).text
    start = row.start if row.quote_start is None else row.quote_start
    end = row.end if row.quote_end is None else row.quote_end
    context = context_of(version, start, end, length=len(text), around=min(max(1, around), MOST_AROUND))
    return {
        "number": number,
        "title": document.title,
        "collection": document.collection.shown_name,
        "page": row.page,
        "unit": UNITS.get(version.media_type, "page"),
        "heading": row.heading,
        "before": whole_words(text[context.first : start], cut_start=context.ragged and context.first > 0),
        "quote": text[start:end],
        "after": whole_words(text[end : context.last], cut_end=context.ragged and context.last < len(text)),
        "around": around,
        "more_before": context.first > 0 and around < MOST_AROUND and not context.ragged,
        "more_after": context.last < len(text) and around < MOST_AROUND and not context.ragged,
        "document_url": f"/documents/{version.pk}/file/",
        "view_url": f"/documents/{version.pk}/view/" if can_be_drawn(version, row.page) else None,
        "pictures": pictures_beside(row) or [],
        "added": version.created.isoformat(),
        "current": document.current_version_id == version.pk,
        **protocol.standing_item(standing_of(version, member, as_of=answer.as_of)),
    }


def can_be_drawn(version: DocumentVersion, page: int | None) -> bool:
    """Whether the page can be shown as it looks."""
    return version.is_pdf and bool(page) and not withheld(version)


@dataclass(frozen=True)
class Context:
    """What is shown around a quote, `first` to `last`; ragged when it does not end where passages do."""

    first: int
    last: int
    ragged: bool = False


def context_of(version: DocumentVersion, start: int, end: int, *, length: int, around: int) -> Context:
    """From the passage that holds the quote and so many on each side of it."""
    passages = Passage.objects.filter(version=version)
    holding = passages.filter(start__lte=start, end__gte=start).order_by("position").first()
    if holding is None:
        return Context(max(0, start - CONTEXT_CHARACTERS), min(length, end + CONTEXT_CHARACTERS), ragged=True)
    span = range(holding.position - around, holding.position + around + 1)
    shown = list(passages.filter(position__gte=span.start, position__lt=span.stop).order_by("position"))
    first = 0 if shown[0].position == 0 else shown[0].start
    more = passages.filter(position__gte=span.stop).exists()
    return Context(min(first, start), max(shown[-1].end, end) if more else length)


def whole_words(text: str, *, cut_start: bool = False, cut_end: bool = False) -> str:
    """Without the piece of a word that a cut has left."""
    if cut_start and " " in text:
        text = text.split(" ", 1)[1]
    if cut_end and " " in text:
        text = text.rsplit(" ", 1)[0]
    return text
