"""Pictures of a document that stand near a cited passage, for who may read that document now."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from chat.errors import NotFound
from chat.models import AnswerPassage, Message
from chat.sources import may_read, with_sources
from ingestion.access import reach_of
from ingestion.models import DocumentVersion
from ingestion.parse.detect import PPTX
from ingestion.pictures import Shown, may_hold_pictures, near, want_pictures
from tenants.access import Member


def pictures_beside(row: AnswerPassage) -> list[dict[str, Any]] | None:
    """Of a source that its reader may read; None while the document's pictures have not been taken."""
    version = row.version
    if version is None or version.document.deleted_at or not may_hold_pictures(version):
        return []
    taken = getattr(version, "pictures", None)
    if taken is None:
        return None
    found = near(taken, page=row.page, start=row.start, end=row.end)
    return [_item(version, picture) for picture in found]


def _item(version: DocumentVersion, picture: Shown) -> dict[str, Any]:
    address = reverse("document-picture", args=[version.pk, picture.number])
    return {
        "url": address,
        "small": f"{address}?small",
        "width": picture.width,
        "height": picture.height,
        "page": picture.page,
        "unit": "slide" if version.media_type == PPTX else "page",
        "words": picture.words,
    }


def answer_pictures(message: UUID, member: Member) -> dict[str, Any]:
    """Beside each source that an answer of one's own cites. Those not taken yet are on their way. Raises NotFound."""
    answer = Message.objects.owned_by(member).filter(pk=message).prefetch_related(with_sources()).first()
    if answer is None:
        raise NotFound(_("This answer does not exist (any more)."))
    reach = reach_of(member)
    cited = [row for row in answer.passages.all() if row.quote and may_read(row, reach)]
    found = {row.number: pictures_beside(row) for row in cited}
    missing = {row.version_id: row.version for row in cited if row.version and found[row.number] is None}
    want_pictures(missing.values())
    items = [{"number": number, "pictures": pictures or []} for number, pictures in found.items()]
    return {"items": items, "pending": bool(missing)}
