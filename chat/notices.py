"""Remarks under an answer, by code: what the reader should know about how it came about."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

ENDPOINTS_URL = "/admin/assistant/modelendpoint/"

_TEXTS = {
    "quote_mode": _("No language model is connected yet, so these are quotations from your documents."),
    "quote_none": _("No language model is connected yet, so only quotations could be looked for."),
    "unanswered": _("No source: nothing that was found in your documents answers this."),
    "cut_short": _("The answer reached its length limit. Ask for the rest."),
    "files_left_out": _("A file of your question could not be read, so the answer does without it."),
    "content_filter": _("The model's provider cut this answer off."),
}


def notice_item(code: str, *, administers: bool) -> dict[str, Any] | None:
    """Text for everyone, and where to act for those who can; None for an unknown or empty code."""
    if code not in _TEXTS:
        return None
    url = ENDPOINTS_URL if code in ("quote_mode", "quote_none") and administers else None
    return {"code": code, "text": gettext(_TEXTS[code]), "url": url}
