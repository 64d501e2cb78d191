"""The list of documents as its tenders look through it: filters, orders, pages by key, and what there is to choose.

A page is found by walking an index from where the last one ended, so that the thousandth costs what the first does.
"""

import base64
import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Lower, Replace
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from ingestion.access import tended_ids
from ingestion.errors import BadRequest
from ingestion.models import Collection, Document, DocumentVersion, Status
from tenants.access import Member

PAGE = 50
FEW = 900  # documents of a rare state that are named one by one
MOST_FOLDERS = 5000

BUSY = (Status.QUEUED, Status.PROCESSING)
STATES = {
    "busy": BUSY,
    "ready": (Status.READY,),
    "remarks": (Status.READY,),
    "failed": (Status.FAILED,),
    "canceled": (Status.CANCELED,),
}
KINDS = {
    "pdf": ("pdf",),
    "text": ("docx", "doc", "odt", "rtf", "txt", "md", "markdown"),
    "sheet": ("xlsx", "xls", "xlsm", "ods", "csv", "tsv"),
    "slides": ("pptx", "ppt", "odp"),
    "web": ("html", "htm", "xhtml", "xml", "json", "epub"),
    "mail": ("eml", "msg"),
    "image": ("png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif"),
    "archive": ("zip",),
}
# name -> (what rows are ordered by beside their id, backwards)
ORDERS: dict[str, tuple[Any, bool]] = {
    "newest": (F("created"), True),
    "oldest": (F("created"), False),
    "title": (Lower("title"), False),
    "name": (Lower("name"), False),
}


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. An empty field asks for nothing; `tended` is None for who tends all collections."""

    tended: frozenset[UUID] | None = None
    collection: UUID | None = None
    state: str = ""
    kind: str = ""
    folder: str = ""
    tag: str = ""
    text: str = ""
    order: str = "newest"
    after: str = ""


def wanted_from(query: QueryDict, member: Member) -> Wanted:
    """Raises BadRequest for what no page of ours asks."""
    text = {name: query.get(name, "") for name in ("state", "kind", "folder", "tag", "text", "after")}
    order = query.get("order") or "newest"
    if (text["state"] and text["state"] not in STATES) or (text["kind"] and text["kind"] not in KINDS):
        raise BadRequest("There is no such filter.")
    if order not in ORDERS:
        raise BadRequest("There is no such order.")
    if any("\x00" in value for value in text.values()):  # PostgreSQL knows no such character
        raise BadRequest("There is no such filter.")
    return Wanted(tended=tended_ids(member), collection=collection_id(query), order=order, **text)


def collection_id(query: QueryDict) -> UUID | None:
    wanted = query.get("collection") or ""
    try:
        return UUID(wanted) if wanted else None
    except ValueError as error:
        raise BadRequest("There is no such collection.") from error


def filtered(wanted: Wanted) -> QuerySet[Document]:
    rows = _in_collections(wanted)
    if wanted.kind:
        rows = rows.filter(reduce(or_, (Q(name__iendswith=f".{ending}") for ending in KINDS[wanted.kind])))
    if wanted.folder:
        rows = rows.filter(name__startswith=wanted.folder.rstrip("/") + "/")
    if wanted.tag:
        rows = _tagged(rows, wanted.tag)
    for word in wanted.text.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(name__icontains=word))
    return _in_state(rows, wanted.state) if wanted.state else rows


def _in_collections(wanted: Wanted) -> QuerySet[Document]:
    rows = Document.objects.live()
    if wanted.tended is not None:
        rows = rows.filter(collection__in=wanted.tended)
    return rows.filter(collection=wanted.collection) if wanted.collection else rows


def _tagged(rows: QuerySet[Document], tag: str) -> QuerySet[Document]:
    if connection.features.supports_json_field_contains:
        return rows.filter(tags__contains=[tag])
    return rows.annotate(tags_text=Cast("tags", TextField())).filter(tags_text__contains=json.dumps(tag))


def newest_versions() -> QuerySet[DocumentVersion]:
    """Of each live document the newest version, whose state is the document's."""
    newer = DocumentVersion.objects.filter(document=OuterRef("document"), number__gt=OuterRef("number"))
    return DocumentVersion.objects.filter(~Exists(newer), document__deleted_at=None, document__private=False)


def _in_state(rows: QuerySet[Document], state: str) -> QuerySet[Document]:
    if state == "remarks":
        rows = rows.filter(current_version__isnull=False).exclude(current_version__warnings=[])
    elif state != "ready":  # a state of few, whose documents are quicker named than searched for among all
        few = list(
            newest_versions().filter(status__in=STATES[state]).values_list("document", flat=True)[: FEW + 1]
        )
        if len(few) <= FEW:
            return rows.filter(pk__in=few)
    # By its number, which leads to the index of one document's versions and not to that of all in this state.
    newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    return rows.annotate(newest_status=Subquery(newest.values("status")[:1])).filter(
        newest_status__in=STATES[state]
    )


def page_of(wanted: Wanted) -> tuple[list[Document], str]:
    """The documents of a page, and what to ask for as `after` to get the next; "" when this is the last."""
    key, backwards = ORDERS[wanted.order]
    rows: QuerySet[Any] = filtered(wanted).annotate(key=key)
    if wanted.after:
        rows = _after(rows, wanted.after, backwards=backwards, dates=wanted.order in ("newest", "oldest"))
    order = ("-key", "-pk") if backwards else ("key", "pk")
    found = list(rows.select_related("collection", "uploader").order_by(*order)[: PAGE + 1])
    more = len(found) > PAGE
    last = found[:PAGE][-1] if more else None
    return found[:PAGE], cursor_of(last.key, last.pk) if last else ""


def cursor_of(key: Any, pk: UUID) -> str:
    words = key if isinstance(key, str) else key.isoformat()
    return base64.urlsafe_b64encode(json.dumps([words, str(pk)]).encode()).decode()


def _after(rows: QuerySet[Any], cursor: str, *, backwards: bool, dates: bool) -> QuerySet[Any]:
    try:
        words, pk = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        key = parse_datetime(words) if dates else str(words)
        last = UUID(pk)
        if key is None or "\x00" in str(key):
            raise ValueError(words)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadRequest("This page of the list does not exist. Load the list again.") from error
    step = "lt" if backwards else "gt"
    # The first condition says nothing new: it tells the database where in the index to begin.
    beyond = Q(**{f"key__{step}": key}) | Q(key=key, **{f"pk__{step}": last})
    return rows.filter(Q(**{f"key__{step}e": key}) & beyond)


def newest_of(documents: list[Document]) -> dict[UUID, DocumentVersion]:
    """The newest version of each of these documents."""
    newest: dict[UUID, DocumentVersion] = {}
    for version in DocumentVersion.objects.filter(document__in=documents).order_by("number"):
        newest[version.document_id] = version
    return newest


def counts_of(wanted: Wanted) -> dict[str, int]:
    """How many documents there are, and in which states. Rare states are counted, the common one is the rest."""
    documents = _in_collections(wanted)
    versions = newest_versions()
    if wanted.tended is not None or wanted.collection:
        versions = versions.filter(document__in=documents)
    rare = versions.filter(status__in=(*BUSY, Status.FAILED, Status.CANCELED))
    by_state = dict(rare.values_list("status").annotate(count=Count("pk")))
    counts = {
        "all": documents.count(),
        "busy": sum(by_state.get(state, 0) for state in BUSY),
        "failed": by_state.get(Status.FAILED, 0),
        "canceled": by_state.get(Status.CANCELED, 0),
        "remarks": versions.filter(status=Status.READY).exclude(warnings=[]).count(),
    }
    counts["ready"] = max(0, counts["all"] - counts["busy"] - counts["failed"] - counts["canceled"])
    return counts


def folder_expression() -> Func:
    """The folders of a name, with a slash at the end: the name without what follows its last slash."""
    others = Replace(F("name"), Value("/"), Value(""))
    return Func(F("name"), others, function="RTRIM", output_field=CharField())


def choices(wanted: Wanted) -> dict[str, Any]:
    """Collections with how many documents they hold; folders and tags of one collection, or of all."""
    live = _in_collections(replace(wanted, collection=None))
    sizes = dict(live.values_list("collection").annotate(count=Count("pk")))
    rows = _in_collections(wanted)
    collections = Collection.objects.all()
    if wanted.tended is not None:
        collections = collections.filter(pk__in=wanted.tended)
    folders = (
        rows.filter(name__contains="/")
        .annotate(path=folder_expression())
        .values_list("path")
        .annotate(count=Count("pk"))
        .order_by("path")[:MOST_FOLDERS]
    )
    tags = Counter(
        tag
        for few in rows.exclude(tags=[]).values_list("tags", flat=True)
        for tag in few
        if isinstance(tag, str)
    )
    return {
        "collections": [
            {"id": str(pk), "name": name, "count": sizes.get(pk, 0)}
            for pk, name in collections.values_list("pk", "name")
        ],
        "folders": [{"path": path.rstrip("/"), "count": count} for path, count in folders],
        "tags": [{"name": name, "count": count} for name, count in sorted(tags.items())],
    }
