#!/usr/bin/env python3
"""Keeps the catalogs of the interface's languages: `make messages` after texts have changed.

Finds every marked text in Python, templates and scripts, merges it into assistant/config/locale/*/LC_MESSAGES/*.po,
and compiles those to .mo files. It needs Babel, which is among the development packages, and no gettext programs.
The .mo files are committed, so that an installation has nothing to compile.
"""

import io
import json
import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "assistant" / "config" / "locale"
LANGUAGES = ("de", "fr", "ar")
HEADER = "# The interface of Colloquy. `make messages` keeps the list; people write the translations."
DOMAINS = ("django", "djangojs")
APPS = ("assistant", "chat", "ingestion", "tenants")
PYTHON = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
STRING = r'("(?:[^"\\]|\\.)*")'
SCRIPT = re.compile(rf"(?<![\w.$])(?:t\(\s*{STRING}|n\(\s*{STRING},\s*{STRING})")


def found(domain):
    """A catalog without translations: what stands in the source now."""
    catalog = Catalog()
    for path in sorted(_sources(domain)):
        name = path.relative_to(ROOT).as_posix()
        for _line, message, comments, context in _texts(path):
            catalog.add(message, locations=[(name, None)], auto_comments=comments, context=context)
    return catalog


def _sources(domain):
    if domain == "djangojs":
        scripts = (ROOT / "static" / "js").rglob("*.js")
        yield from (path for path in scripts if path.name != "words.js")  # it shows how to call it
        return
    for suffix in ("*.html", "*.txt"):
        yield from (ROOT / "templates").rglob(suffix)
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
        yield from (path for path in (ROOT / app).rglob("*.html") if "templates" in path.parts)


def _texts(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return _of_script(text)
    if path.suffix in (".html", ".txt"):
        text = _as_python(text, path)
    return extract("python", io.BytesIO(text.encode()), keywords=PYTHON, comment_tags=("Translators:",))


def _of_script(text):
    """`t("…")` and `n("…", "…", …)`, wherever they stand: in the places of template literals too."""
    for alone, one, many in SCRIPT.findall(text):
        message = json.loads(alone) if alone else (json.loads(one), json.loads(many))
        yield None, message, [], None


def _as_python(template, path):
    """A template's marked texts as calls of gettext, in lines that can be read as Python."""
    from django.utils.translation.template import templatize

    calls = r"""\b(?:n?p?gettext|_)\((?:[^()'"]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\([^()]*\))*\)"""
    return "\n".join(re.findall(calls, templatize(template, origin=str(path))))


def path_of(language, domain):
    return LOCALE / language / "LC_MESSAGES" / (domain + ".po")


def read(language, domain):
    path = path_of(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, header_comment=HEADER, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def compiled(catalog):
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(language, domain, template):
    catalog = read(language, domain)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    save(catalog, language, domain)
    return [message.id for message in catalog if message.id and not is_complete(message)]


def save(catalog, language, domain):
    path = path_of(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, ignore_obsolete=True)
    path.with_suffix(".mo").write_bytes(compiled(catalog))


def is_complete(message):
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")
    sys.path.insert(0, str(ROOT))
    for domain in DOMAINS:
        template = found(domain)
        for language in LANGUAGES:
            missing = update(language, domain, template)
            print(f"{language} {domain}: {len(template)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
