"""Remarks under an answer, by code: what the reader should know about how it came about."""

from typing import Any

ENDPOINTS_URL = "/admin/assistant/modelendpoint/"

_TEXTS = {
    "quote_mode": "No language model is connected yet, so these are quotations from your documents.",
    "cut_short": "The answer reached its length limit. Ask for the rest.",
    "files_left_out": "A file of your question could not be read, so the answer does without it.",
    "content_filter": "The model's provider cut this answer off.",
}


def notice_item(code: str, *, administers: bool) -> dict[str, Any] | None:
    """Text for everyone, and where to act for those who can; None for an unknown or empty code."""
    if code not in _TEXTS:
        return None
    url = ENDPOINTS_URL if code == "quote_mode" and administers else None
    return {"code": code, "text": _TEXTS[code], "url": url}
