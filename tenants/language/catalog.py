"""The texts of static/js in another language, as a script that is fetched once and then kept by the browser."""

import gettext
import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

# The order in which gettext numbers a language's plural forms, under the names that Intl.PluralRules gives them.
CATEGORIES = {
    "de": ["one", "other"],
    "fr": ["one", "many", "other"],
    "ar": ["zero", "one", "two", "few", "many", "other"],
}
DIGEST = 12


@cache
def script(language: str) -> str:
    """What static/js/words.js reads; the same bytes in every process of one version."""
    texts: dict[str, str] = {}
    plurals: dict[str, dict[str, str]] = {}
    for key, text in _catalog(language).items():
        if isinstance(key, tuple):
            english, form = key
            plurals.setdefault(english, {})[CATEGORIES[language][form]] = text
        elif key:
            texts[key] = text
    words = json.dumps({"texts": texts, "plurals": plurals}, ensure_ascii=False, sort_keys=True)
    return f"globalThis.colloquyWords = {words};\n"


@cache
def digest(language: str) -> str:
    return hashlib.sha256(script(language).encode()).hexdigest()[:DIGEST]


def address(language: str) -> str:
    """Changes with the texts. "" for English, which needs no catalog."""
    if language not in CATEGORIES:
        return ""
    return reverse("words", kwargs={"language": language, "digest": digest(language)})


def _catalog(language: str) -> dict[str | tuple[str, int], str]:
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "djangojs.mo"
    with path.open("rb") as file:
        # Django's own JavaScriptCatalog reads it as well: there is no other way to all of a catalog.
        catalog: dict[str | tuple[str, int], str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return catalog
