"""The pictures inside a document's version: taken from the stored original when they are first wanted, then kept.

Most documents are never asked for theirs, so taking them while a document is read would make every upload slower for
little. All pictures of a version lie in one file beside the original, one after the other, and go with it; the row
tells where each begins. Both can be lost: they are taken again.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from kombu.exceptions import OperationalError

from ingestion.models import Document, DocumentVersion, PictureSet
from ingestion.parse import Picture, detect, take_pictures
from ingestion.passwords import password_of
from ingestion.pipeline import local_copy
from ingestion.scan import withheld

log = logging.getLogger(__name__)

MOST_BYTES = 48 * 2**20  # of all pictures of a version
NEAR = 400  # characters between a passage and a picture that stands in the text
MOST_NEAR = 6
ASKED_AGAIN = timedelta(minutes=2)  # after which a task that did not come back counts as lost
IN_MEMORY = 4 * 2**20
HOLD_PICTURES = frozenset(
    {
        *(detect.PDF, detect.PPTX, detect.DOCX),
        *(detect.PNG, detect.JPEG, detect.TIFF, detect.BMP, detect.GIF, detect.WEBP),
    }
)


@dataclass(frozen=True)
class Shown:
    """A picture by its number in its version, from 1, as readers are told of it."""

    number: int
    page: int | None
    width: int
    height: int
    words: str


def may_hold_pictures(version: DocumentVersion) -> bool:
    return version.media_type in HOLD_PICTURES and version.ready_at is not None and not withheld(version)


def near(taken: PictureSet, *, page: int | None, start: int, end: int) -> list[Shown]:
    """Those on the page of a passage or, where the format has no pages of its own, those within or beside it."""
    found = [
        Shown(number, item["page"], item["width"], item["height"], item["words"])
        for number, item in enumerate(taken.items, start=1)
        if (item["page"] == page if item["start"] is None else start - NEAR <= item["start"] <= end + NEAR)
    ]
    return found[:MOST_NEAR]


def want_pictures(versions: Iterable[DocumentVersion]) -> None:
    """Have them taken. Those of a version are asked for once in a while, however many people look at it."""
    from ingestion.tasks import pictures

    for version in versions:
        if cache.add(f"pictures-wanted-{version.pk}", 1, ASKED_AGAIN.total_seconds()):
            try:
                pictures.delay(str(version.tenant_id), str(version.pk))
            except OperationalError:  # the broker is away, and whoever looks later asks again
                log.warning("the pictures of %s could not be asked for", version.pk)


def keep_pictures(version_id: UUID) -> None:
    """Take and keep the pictures of a version; quiet when that is done, or when it is gone. Can be run again."""
    version = DocumentVersion.objects.select_related("document").filter(pk=version_id).first()
    if (
        version is None
        or PictureSet.objects.filter(version=version).exists()
        or not may_hold_pictures(version)
    ):
        return
    with SpooledTemporaryFile(IN_MEMORY) as pack:
        try:
            items = list(_packed(version, pack))
        except FileNotFoundError:  # the original is lost, which `reconcile` tells
            return
        pack.seek(0)
        name = default_storage.save(f"{version.file.name}.pictures", File(pack)) if items else ""
    try:
        kept = _commit(version, items, name)
    except BaseException:
        _delete(name)
        raise
    if not kept:
        _delete(name)


def _packed(version: DocumentVersion, pack: Any) -> Iterator[dict[str, Any]]:
    """What is known of each picture, once both its sizes are in the file."""
    with local_copy(version) as path:
        taken = take_pictures(path, name=version.document.file_name, password=password_of(version))
        for picture in taken:
            at = pack.tell()
            if at + len(picture.small) + len(picture.large) > MOST_BYTES:
                break
            pack.write(picture.small)
            pack.write(picture.large)
            yield _item(picture, at)


def _item(picture: Picture, at: int) -> dict[str, Any]:
    return {
        "page": picture.page,
        "start": picture.start,
        "width": picture.width,
        "height": picture.height,
        "words": picture.words,
        "at": at,
        "small": len(picture.small),
        "large": len(picture.large),
    }


def _commit(version: DocumentVersion, items: list[dict[str, Any]], name: str) -> bool:
    """False when another task was quicker, or the document was deleted meanwhile."""
    with transaction.atomic():
        live = Document.with_private.live().select_for_update(of=("self",)).filter(pk=version.document_id)
        if not live.exists() or not DocumentVersion.objects.filter(pk=version.pk).exists():
            return False
        _, made = PictureSet.objects.get_or_create(version=version, defaults={"items": items, "file": name})
        return made


def _delete(name: str) -> None:
    if name:
        default_storage.delete(name)


def picture_bytes(version: DocumentVersion, number: int, *, small: bool) -> bytes:
    """One of the two sizes. Raises FileNotFoundError for a picture that there is not, and StorageUnavailable."""
    taken = PictureSet.objects.filter(version=version).first()
    if taken is None or not taken.file or not 1 <= number <= len(taken.items):
        raise FileNotFoundError(number)
    item = taken.items[number - 1]
    first, length = (item["at"], item["small"]) if small else (item["at"] + item["small"], item["large"])
    try:
        data = _part(str(taken.file.name), first, length)
    except FileNotFoundError:
        taken.delete()  # and so taken again
        raise
    if len(data) != length:
        raise FileNotFoundError(number)
    return data


def _part(name: str, first: int, length: int) -> bytes:
    storage: Any = default_storage
    if hasattr(storage, "part"):  # object storage, which would else fetch the whole file first
        body = storage.part(name, first, first + length - 1)
        try:
            return bytes(body.read())
        finally:
            body.close()
    with storage.open(name) as file:
        file.seek(first)
        return bytes(file.read(length))
