"""What travels between the worker and its parsing processes: JSON, checked field by field on arrival.

A parsing process may have been taken over by the document it read, so its answer is treated as hostile input.
"""

import json
from typing import Any

from ..errors import DOCUMENT_CODES, DocumentError
from .document import SECTION_KINDS, ParsedDocument, Section

NAME_LENGTH = 500
MAX_PARTS = 10_000  # however many are listed here, limits.parts decides how many are taken


class MalformedAnswerError(Exception):
    pass


def encode_document(parsed: ParsedDocument) -> bytes:
    headings: dict[tuple[str, ...], int] = {}
    sections = [
        (s.start, s.end, s.page, headings.setdefault(s.heading, len(headings)), s.kind)
        for s in parsed.sections
    ]
    answer = {
        "text": parsed.text,
        "sections": sections,
        "headings": list(headings),
        "title": parsed.title,
        "media_type": parsed.media_type,
        "pages": parsed.pages,
        "warnings": parsed.warnings,
        "parts": parsed.parts,
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def encode_error(error: DocumentError) -> bytes:
    return json.dumps({"code": error.code, "sentence": error.sentence}).encode()


def decode_answer(data: bytes) -> ParsedDocument:
    """The document; raises the DocumentError that was sent instead, MalformedAnswerError if it is neither."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError from error
    if not isinstance(answer, dict):
        raise MalformedAnswerError
    if "code" in answer:
        raise _error(answer)
    return _document(answer)


def _error(answer: dict[str, Any]) -> DocumentError:
    code, sentence = answer.get("code"), answer.get("sentence")
    if code not in DOCUMENT_CODES or not isinstance(sentence, str):
        raise MalformedAnswerError
    return DocumentError(str(code), sentence[:500])


def _document(answer: dict[str, Any]) -> ParsedDocument:
    text = _string(answer.get("text"))
    pages = answer.get("pages")
    parts = [_string(name)[:NAME_LENGTH] for name in _list(answer.get("parts"))[:MAX_PARTS]]
    if not (text or parts) or not (pages is None or _count(pages)):
        raise MalformedAnswerError
    headings = [
        tuple(_string(step)[:300] for step in _list(path)[:20]) for path in _list(answer.get("headings"))
    ]
    return ParsedDocument(
        text=text,
        sections=tuple(_sections(_list(answer.get("sections")), headings, len(text))),
        title=_string(answer.get("title"))[:500],
        media_type=_string(answer.get("media_type"))[:200],
        pages=pages,
        warnings=tuple(_string(words)[:500] for words in _list(answer.get("warnings"))[:50]),
        parts=tuple(parts),
    )


def _sections(items: list[Any], headings: list[tuple[str, ...]], length: int) -> list[Section]:
    sections = []
    position = 0
    for item in items:
        if len(_list(item)) != 5:
            raise MalformedAnswerError
        start, end, page, place, kind = item
        sound = _count(start) and _count(end) and _count(place) and (page is None or _count(page))
        if (
            not sound
            or not position <= start < end <= length
            or place >= len(headings)
            or kind not in SECTION_KINDS
        ):
            raise MalformedAnswerError
        sections.append(Section(start, end, page, headings[place], kind))
        position = end
    return sections


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedAnswerError
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedAnswerError
    return value


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40
