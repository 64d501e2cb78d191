"""Which language somebody chose."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from tenants.models import User


def language_of(user: Any) -> str:
    """The one kept with the account; "" of nobody, and of who follows the browser."""
    language: str = getattr(user, "language", "") if user.is_authenticated else ""
    return language if language in dict(settings.LANGUAGES) else ""


def speaking_to(user: Any) -> Any:
    """Inside it texts are in the person's language: for e-mails and what else is worded outside a request."""
    return translation.override(language_of(user) or settings.LANGUAGE_CODE)


def language_of_socket(user: Any, cookies: Mapping[str, str], headers: Iterable[tuple[bytes, bytes]]) -> str:
    """As the middleware decide it for a request."""
    if kept := language_of(user):
        return kept
    accepts = dict(headers).get(b"accept-language", b"").decode("latin-1")[:1000]
    preferred = [code for code, _weight in parse_accept_lang_header(accepts) if code != "*"]
    for wanted in (cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), *preferred):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def keep(user: User, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])
