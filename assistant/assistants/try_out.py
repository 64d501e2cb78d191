"""Trying an assistant out beside its editor: one question, answered as the form stands, by the admin's own rights.

Nothing of it is kept but the audit event. Each event of the answer is a line of JSON, as `docs/protocol.md` spells it.
"""

import asyncio
import contextvars
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.forms import modelform_factory
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from redis.exceptions import RedisError

from assistant.answer import Question, answer_question
from assistant.assistants.forms import TryOutForm
from assistant.assistants.models import Assistant
from assistant.errors import AnswerError
from assistant.events import (
    Cited,
    Event,
    Finished,
    FoundPassage,
    Notice,
    PassagesFound,
    Searching,
    SourcesDiffer,
    TextDelta,
)
from assistant.setup import Setup
from ingestion.models import DocumentVersion
from tenants.access import Member
from tenants.actions import record
from tenants.db import in_database

if TYPE_CHECKING:
    from assistant.assistants.admin import AssistantAdmin

log = logging.getLogger(__name__)

MOST_SECONDS = 180.0
FIELDS = TryOutForm.Meta.tried
NOTICES = {
    "quote_mode": "No language model is connected yet: these are quotations, and instructions have no effect.",
    "cut_short": "The answer reached its length limit.",
    "content_filter": "The model's provider cut this answer off.",
}
TOO_LONG = "It took longer than three minutes and was stopped here."

Line = dict[str, Any]


def try_out_view(page: "AssistantAdmin", request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    if request.method != "POST" or not page.has_change_permission(request):
        raise Http404
    member = page.acting(request)
    form: Any = modelform_factory(Assistant, form=TryOutForm, fields=FIELDS)(request.POST)
    if not form.is_valid():
        return refused(form.problems(), HTTPStatus.BAD_REQUEST)
    if asked_too_often(member):
        words = "You have asked many questions in a short time. Wait a minute, then try again."
        return refused(words, HTTPStatus.TOO_MANY_REQUESTS)
    question = Question(form.cleaned_data["question"], member, setup=setup_in(form.cleaned_data))
    record(
        "assistant.tried",
        actor=member.user,
        subject=None,
        name=request.POST.get("name", "")[:60],
        question=question.text[:500],
        instructions=question.setup.instructions[:500],
    )
    # What is written into the audit trail later names the same request.
    lines = answered(question, contextvars.copy_context())
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def refused(text: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": {"code": "refused", "text": text}}, status=status)


def asked_too_often(member: Member) -> bool:
    """Counted together with the person's questions in the chat."""
    key = f"questions.{member.user}"
    try:
        cache.add(key, 0, timeout=60)
        return bool(cache.incr(key) > settings.QUESTIONS_PER_MINUTE)
    except (RedisError, OSError, ValueError):
        return False


def setup_in(data: dict[str, Any]) -> Setup:
    chosen = None if data["every_collection"] else frozenset(each.pk for each in data["collections"])
    return Setup(
        instructions=data["instructions"],
        collections=chosen,
        endpoint=data["endpoint"].pk if data["endpoint"] else None,
        model=data["model"],
        temperature=data["temperature"],
    )


async def answered(question: Question, context: contextvars.Context) -> AsyncIterator[bytes]:
    """Lines as they come. Whoever stops reading stops the answer, and so the model."""
    lines: asyncio.Queue[Line | None] = asyncio.Queue()
    task = asyncio.create_task(_answer(question, lines), context=context)
    try:
        while (line := await lines.get()) is not None:
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _answer(question: Question, lines: asyncio.Queue[Line | None]) -> None:
    told = Telling()
    events = answer_question(question)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for event in events:
                if isinstance(event, PassagesFound):
                    await in_database(note_shown, question.member, event.passages)
                if line := told.line(event):
                    lines.put_nowait(line)
    except AnswerError as error:
        lines.put_nowait({"type": "failed", "code": error.code, "text": error.sentence, "retryable": True})
    except TimeoutError:
        lines.put_nowait({"type": "failed", "code": "too_long", "text": TOO_LONG, "retryable": True})
    except Exception:
        log.exception("an assistant could not be tried out")
        failed = AnswerError()
        lines.put_nowait({"type": "failed", "code": failed.code, "text": failed.sentence, "retryable": True})
    finally:
        await events.aclose()
        lines.put_nowait(None)


def note_shown(member: Member, passages: tuple[FoundPassage, ...]) -> None:
    """Which passages were shown to whom, as for answers in the chat."""
    if not passages:
        return
    versions = DocumentVersion.objects.filter(pk__in={p.version for p in passages})
    record(
        "assistant.sources",
        actor=member.user,
        subject=None,
        passages=[p.id for p in passages],
        documents=sorted(set(versions.values_list("document", flat=True))),
    )


class Telling:
    """Events as lines; it remembers what later ones refer to."""

    def __init__(self) -> None:
        self.passages: tuple[FoundPassage, ...] = ()
        self.length = 0

    def line(self, event: Event) -> Line | None:
        match event:
            case Searching():
                return {"type": "searching"}
            case PassagesFound(passages):
                self.passages = passages
                return {"type": "passages", "items": [_place(p) | {"number": p.number} for p in passages]}
            case TextDelta(text):
                self.length += len(text)
                return {"type": "delta", "offset": self.length - len(text), "text": text}
            case Cited(number, quote):
                return {
                    "type": "cited",
                    "marker": number,
                    "quote": quote,
                    **_place(self.passages[number - 1]),
                }
            case Notice(code):
                return {"type": "notice", "code": code, "text": NOTICES[code]} if code in NOTICES else None
            case SourcesDiffer():
                return None
            case Finished(usage, model):
                return {"type": "finished", "status": "complete", "usage": asdict(usage), "model": model}


def _place(passage: FoundPassage) -> Line:
    return {
        "title": passage.title,
        "page": passage.page,
        "heading": list(passage.heading),
        "collection": passage.collection_name,
    }
