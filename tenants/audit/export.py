"""Events as a file: CSV for a spreadsheet, JSON Lines for a program. Read and sent bit by bit."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from tenants.audit.chain import moment, settled
from tenants.audit.receivers import as_json
from tenants.audit.words import subject_of
from tenants.db import in_database
from tenants.models import AuditEvent
from tenants.scoping import current_tenant, tenant_scope

PAGE = 1000
COLUMNS = (
    "number", "time", "event", "by", "actor", "what", "object", "address", "browser", "session", "detail", "hash",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def harmless(cell: str) -> str:
    """A spreadsheet takes what begins like this for a formula, and would run it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_page(events: list[AuditEvent]) -> str:
    return csv_lines(
        (
            str(event.sequence or ""), moment(event.created), event.action, event.by, str(event.actor_id or ""),
            subject_of(event), str(event.object_id or ""), event.address, event.agent, event.session,
            json.dumps(event.detail, ensure_ascii=False), event.hash,
        )
        for event in events
    )  # fmt: skip


def jsonl_page(events: list[AuditEvent]) -> str:
    return "".join(json.dumps(settled(as_json(event)), ensure_ascii=False) + "\n" for event in events)


WRITERS: dict[str, tuple[str, Callable[[list[AuditEvent]], str]]] = {
    "csv": (csv_lines([COLUMNS]), csv_page),
    "jsonl": ("", jsonl_page),
}


def export_response(request: HttpRequest, kind: str, events: QuerySet[AuditEvent]) -> StreamingHttpResponse:
    """The events in the order in which they happened."""
    first, page = WRITERS[kind]
    tenant = current_tenant()

    def after(last: UUID | None) -> tuple[str, UUID | None]:
        with tenant_scope(tenant):  # the request's own has ended when the first byte is sent
            rows = events.order_by("pk")
            found = list((rows.filter(pk__gt=last) if last else rows)[:PAGE])
        return page(found), found[-1].pk if found else None

    body = _async_pages(first, after) if isinstance(request, ASGIRequest) else _pages(first, after)
    headers = {
        "Content-Disposition": f'attachment; filename="audit-trail.{kind}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(body, content_type=TYPES[kind], headers=headers)


Next = Callable[[UUID | None], tuple[str, UUID | None]]


def _pages(first: str, after: Next) -> Iterator[bytes]:
    yield first.encode()
    text, last = after(None)
    while last:
        yield text.encode()
        text, last = after(last)


async def _async_pages(first: str, after: Next) -> AsyncIterator[bytes]:
    yield first.encode()
    text, last = await in_database(after, None)
    while last:
        yield text.encode()
        text, last = await in_database(after, last)
