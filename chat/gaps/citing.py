"""Verified answers as sources of answers: kept when they are given, and read again for whoever looks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from assistant.events import FoundPassage
from assistant.verified.standing import VerifiedStanding, at_midday
from chat.errors import NotFound
from chat.gaps.models import VerifiedCitation
from chat.models import AnswerPassage
from chat.protocol import standing_item
from ingestion.models import Collection, Document
from tenants.access import Member


def keep_verified(answer: UUID, passages: Sequence[FoundPassage], *, linked: bool) -> None:
    """In the transaction that keeps the passages of an answer."""
    for passage in passages:
        if mark := passage.verified:
            VerifiedCitation.objects.create(
                passage=AnswerPassage.objects.get(message=answer, number=passage.number),
                answer_id=mark.answer if linked else None,
                version=mark.version,
                author=mark.author,
                verified_on=mark.verified_on,
            )


def standing_of_cited(row: AnswerPassage, member: Member) -> VerifiedStanding | None:
    """Of a passage without a document: as it was given, and what has become of it since. None of one that is gone."""
    cited = getattr(row, "verified", None)
    if cited is None:
        return None
    now = cited.answer
    newer = now is not None and now.version > cited.version
    return VerifiedStanding(
        version=cited.version,
        updated=at_midday(cited.verified_on),
        owner="" if member.is_guest else cited.author,
        review_on=now.review_on if now and not newer else None,
        newer=now.version if newer else None,
        newer_since=at_midday(now.verified_on) if newer else None,
        retired_on=now.retired_at.date() if now and now.retired_at else None,
    )


def verified_source(row: AnswerPassage, member: Member) -> dict[str, Any] | None:
    """What the source panel shows of a verified answer, in the version that was given; None for any other source.

    Raises NotFound for who may not read it now.
    """
    cited = VerifiedCitation.objects.filter(passage=row).select_related("answer__collection").first()
    if cited is None:
        return None
    answer = cited.answer
    if answer is None or answer.collection is None or not _readable(answer.collection, member):
        raise NotFound("This source has been deleted, or you can no longer read it.")
    standing = standing_of_cited(row, member)
    assert standing
    documents = Document.objects.readable_by(member).filter(pk__in=answer.sources.values("pk"))
    return {
        "number": row.number,
        "title": row.title,
        "collection": answer.collection.name,
        "page": None,
        "heading": [],
        "before": "",
        "quote": answer.revisions.get(number=cited.version).text,
        "after": "",
        "document_url": None,
        "view_url": None,
        "unit": "page",
        "around": 1,
        "more_before": False,
        "more_after": False,
        "added": standing.updated.isoformat(),
        "current": answer.version == cited.version,
        "verified": True,
        "documents": [
            {"title": each.title, "url": f"/documents/{each.current_version_id}/file/"}
            for each in documents.exclude(current_version=None).order_by("title")
        ],
        **standing_item(standing),
    }


def _readable(collection: Collection, member: Member) -> bool:
    return Collection.objects.readable_by(member).filter(pk=collection.pk).exists()
