"""The JSON of the documents page, for those who tend documents. Errors come as {"error": {"code", "text"}}.

Every change is a call of `ingestion.actions`; every row comes from the scope of the member's organisation.
"""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from time import perf_counter
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import TextField
from django.db.models.functions import Length, Substr
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_GET, require_POST

from ingestion import actions, admin_views, passwords
from ingestion.access import require_tender, tended_document, tended_documents, tended_ids
from ingestion.documents_items import details_of, item_of
from ingestion.errors import BadRequest, NotFound, UploadRefused
from ingestion.listing import Wanted, choices, collection_id, counts_of, newest_of, page_of, wanted_from
from ingestion.models import Collection, Document, DocumentVersion, ExtractedText
from ingestion.pace import current_pace
from tenants.access import Member
from tenants.errors import NotAllowed
from tenants.middleware import TenantRequest

View = Callable[..., HttpResponse]

AT_ONCE = 500  # documents of one request
TEXT_PAGE = 20_000  # code points
PASSAGES_PAGE = 30
REST = 20  # counting takes at most a twentieth of the time, however many look on


def for_tenders(view: View) -> View:
    @wraps(view)
    def wrapped(request: TenantRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return error("signed_out", _("You are signed out. Sign in again."), HTTPStatus.UNAUTHORIZED)
        if request.member is None:
            return error("not_allowed", _("You belong to no organisation yet."), HTTPStatus.FORBIDDEN)
        try:
            require_tender(request.member)
            return view(request, request.member, *args, **kwargs)
        except NotAllowed as refused:
            return error(refused.code, _(refused.sentence), HTTPStatus.FORBIDDEN)
        except NotFound as missing:
            return error(missing.code, _(missing.sentence), HTTPStatus.NOT_FOUND)
        except BadRequest as wrong:
            return error(wrong.code, _(wrong.sentence), HTTPStatus.BAD_REQUEST)
        except UploadRefused as refused:
            return error(refused.code, _(refused.sentence), HTTPStatus.UNPROCESSABLE_ENTITY)

    return wrapped


def error(code: str, text: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "text": text}}, status=status)


def answer(body: dict[str, Any]) -> JsonResponse:
    """Asked for again and again: a browser that has it already is told only that nothing changed."""
    return JsonResponse(body, headers={"Cache-Control": "private, no-cache"})


def items_of(documents: Sequence[Document]) -> list[dict[str, Any]]:
    newest = newest_of(list(documents))
    pace = current_pace() if any(not version.finished for version in newest.values()) else None
    return [item_of(row, newest[row.pk], pace) for row in documents if row.pk in newest]


# --- Looking --------------------------------------------------------------------------------------------------


@require_GET
@for_tenders
def list_documents(request: HttpRequest, member: Member) -> HttpResponse:
    documents, after = page_of(wanted_from(request.GET, member))
    return answer({"items": items_of(documents), "next": after})


@require_GET
@for_tenders
@conditional_page
def progress(request: HttpRequest, member: Member) -> HttpResponse:
    """Documents asked for by id. Those that are gone, or were never this organisation's, are left out."""
    wanted = admin_views.asked_ids(request)
    return answer({"items": items_of(list(_listed(member).filter(pk__in=wanted)))})


@require_GET
@for_tenders
@conditional_page
def summary(request: HttpRequest, member: Member) -> HttpResponse:
    """How many documents are in which state, and how long those take that wait or are being read."""
    return answer(remembered("summary", summary_of, request, member))


def summary_of(wanted: Wanted) -> dict[str, Any]:
    counts = counts_of(wanted)
    return {"counts": counts, "seconds_left": current_pace(queue=False).seconds_for(counts["busy"])}


def remembered(
    name: str, count: Callable[[Wanted], dict[str, Any]], request: HttpRequest, member: Member
) -> Any:
    """What takes long in a large organisation is counted once for all who look on, and the less often the longer."""
    wanted = Wanted(collection=collection_id(request.GET), tended=tended_ids(member))
    whose = "all" if wanted.tended is None else f"{member.user}:{sorted(wanted.tended)}"
    key = f"documents-{name}:{member.tenant}:{wanted.collection}:{sha256(whose.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        began = perf_counter()
        found = count(wanted)
        cache.set(key, found, (perf_counter() - began) * REST)
    return found


@require_GET
@for_tenders
@conditional_page
def list_choices(request: HttpRequest, member: Member) -> HttpResponse:
    return answer(remembered("choices", choices, request, member))


@require_GET
@for_tenders
def show(request: HttpRequest, member: Member, document: UUID) -> HttpResponse:
    row = tended_document(document, member)
    return answer(details_of(row, current_pace()))


@require_GET
@for_tenders
def show_text(request: HttpRequest, member: Member, document: UUID) -> HttpResponse:
    """A part of the extracted text, cut in the database so that a large document is never loaded whole."""
    version = chosen_version(request, tended_document(document, member))
    start = _number(request, "from", 0)
    texts = ExtractedText.objects.filter(version=version)
    part = Substr("text", start + 1, TEXT_PAGE, output_field=TextField())
    text, length = texts.values_list(part, Length("text")).first() or ("", 0)
    more = start + len(text) < length
    return answer({"text": text, "next": start + len(text) if more else None, "length": length})


@require_GET
@for_tenders
def show_passages(request: HttpRequest, member: Member, document: UUID) -> HttpResponse:
    version = chosen_version(request, tended_document(document, member))
    start = _number(request, "from", 0)
    rows = list(version.passages.filter(position__gte=start)[: PASSAGES_PAGE + 1])
    items = [
        {"number": row.position + 1, "page": row.page, "heading": row.heading, "text": row.text}
        for row in rows[:PASSAGES_PAGE]
    ]
    return answer({"items": items, "next": rows[-1].position if len(rows) > PASSAGES_PAGE else None})


def chosen_version(request: HttpRequest, document: Document) -> DocumentVersion:
    """The version asked for by number, else the one that answers, else the newest."""
    if "version" in request.GET:
        version = document.versions.filter(number=_number(request, "version", 0)).first()
    else:
        version = document.current_version or document.latest
    if version is None:
        raise NotFound
    return version


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequest(_("This part of the document does not exist."))
    return int(text)


# --- Changing -------------------------------------------------------------------------------------------------


@require_POST
@for_tenders
def upload(request: HttpRequest, member: Member) -> HttpResponse:
    """One file. Its folders come in `path`, since Django takes them off the name."""
    return admin_views.upload_file(request, member)


@require_POST
@for_tenders
def rename(request: HttpRequest, member: Member, document: UUID) -> HttpResponse:
    row = tended_document(document, member)
    actions.rename_document(row, _text(_body(request), "title"), member)
    return JsonResponse({"items": items_of([row])})


@require_POST
@for_tenders
def give_password(request: HttpRequest, member: Member, document: UUID) -> HttpResponse:
    row = tended_document(document, member)
    password = _text(_body(request), "password")
    if not password:
        raise BadRequest(_("Type the password of the file."), code="empty_password")
    if not passwords.give_password(_newest(row), password, member):
        raise BadRequest(_("This document waits for no password (any more)."), code="no_password_needed")
    return JsonResponse({"items": items_of([row])})


@require_POST
@for_tenders
def act(request: HttpRequest, member: Member) -> HttpResponse:
    """One change of several documents: `done` names those it was made to, `refused` says why it was not."""
    body = _body(request)
    verb, ids = _text(body, "action"), _ids(body)
    if verb == "restore":
        return JsonResponse(_each(ids, lambda pk: actions.restore_document(pk, member), {}, member))
    found = {row.pk: row for row in _listed(member).filter(pk__in=ids)}
    if not found:
        raise NotFound
    change = _change(verb, body, member)
    return JsonResponse(_each(ids, lambda pk: pk in found and change(found[pk]), found, member))


def _change(verb: str, body: dict[str, Any], member: Member) -> Callable[[Document], bool]:
    if verb == "move":
        target = _collection(body, member)
        return lambda row: _moved(row, target, member)
    alone = len(_ids(body)) == 1  # among many, what was set aside is not meant
    changes: dict[str, Callable[[Document], bool]] = {
        "retry": lambda row: actions.retry_version(_newest(row), member, set_aside=alone),
        "cancel": lambda row: actions.cancel_version(_newest(row), member),
        "read_again": lambda row: actions.reindex_version(_newest(row), member),
        "delete": lambda row: _deleted(row, member),
    }
    if verb not in changes:
        raise BadRequest("There is no such action.")
    return changes[verb]


def _moved(row: Document, target: Collection, member: Member) -> bool:
    if row.collection_id == target.pk:
        return False
    actions.move_document(row, collection=target, member=member)
    return True


def _deleted(row: Document, member: Member) -> bool:
    actions.delete_document(row, member, undo=True)
    return True


def _each(
    ids: list[UUID], change: Callable[[UUID], bool], found: dict[UUID, Document], member: Member
) -> dict[str, Any]:
    done: list[UUID] = []
    refused: list[dict[str, str]] = []
    for pk in ids:
        try:
            if change(pk):
                done.append(pk)
        except UploadRefused as reason:
            title = found[pk].title if pk in found else ""
            refused.append({"id": str(pk), "title": title, "text": _(reason.sentence)})
    changed = _listed(member).filter(pk__in=done)
    return {"done": [str(pk) for pk in done], "refused": refused, "items": items_of(list(changed))}


def _listed(member: Member) -> Any:
    return tended_documents(member).select_related("collection", "uploader")


def _newest(document: Document) -> DocumentVersion:
    version = document.latest
    if version is None:
        raise NotFound
    return version


def _collection(body: dict[str, Any], member: Member) -> Collection:
    try:
        return Collection.objects.tended_by(member).get(pk=UUID(_text(body, "collection")))
    except (Collection.DoesNotExist, ValueError) as missing:
        raise NotFound(_("This collection does not exist (any more). Choose another.")) from missing


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as malformed:
        raise BadRequest(_("The request could not be read.")) from malformed
    if not isinstance(body, dict):
        raise BadRequest(_("The request could not be read."))
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _ids(body: dict[str, Any]) -> list[UUID]:
    try:
        ids = list(dict.fromkeys(UUID(text) for text in body.get("documents", [])))
    except (ValueError, TypeError, AttributeError) as malformed:
        raise BadRequest(_("The request could not be read.")) from malformed
    if not 0 < len(ids) <= AT_ONCE:
        raise BadRequest(_("Choose between 1 and {most} documents.").format(most=AT_ONCE))
    return ids
