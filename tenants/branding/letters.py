"""What letters look like: their plain words, in the name and the accent of an organisation.

Mail programs that show no HTML get the words as they are. Nothing is loaded from anywhere, so nobody learns when a
letter is read, and only addresses of this installation become links: a document's title may hold any other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.branding import colour
from tenants.branding.brand import PRODUCT, row_of, sender

ACCENT = "#0f766e"  # that of static/css/tokens.css


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, or an address that stands alone and becomes a button."""

    words: str = ""  # HTML
    items: Sequence[SafeString] = ()
    address: str = ""


def letter(subject: str, body: str, to: str, *, tenant: UUID | None = None) -> EmailMultiAlternatives:
    """Without a tenant it comes from the installation."""
    message = EmailMultiAlternatives(
        " ".join(subject.split()), body, sender(tenant) if tenant else None, [to]
    )
    dress(message, tenant=tenant)
    return message


def dress(message: EmailMultiAlternatives, *, tenant: UUID | None = None, origin: str = "") -> None:
    """Adds the HTML of its words. Addresses under `origin`, such as http://localhost:8000, are ours too."""
    row = row_of(tenant)
    accent = (row and row.accent) or ACCENT
    shown = {
        "subject": message.subject,
        "heading": message.subject.rpartition(" · ")[0] or message.subject,
        "name": (row and row.name) or PRODUCT,
        "blocks": list(blocks(str(message.body), (own_origin(), *filter(None, [origin])))),
        "light": colour.for_light(accent),
        "dark": colour.for_dark(accent),
    }
    message.attach_alternative(render_to_string("letter.html", shown), "text/html")


def own_origin() -> str:
    base: str = settings.PUBLIC_URL or f"http://{settings.HOST}:{settings.PORT}"
    return base


def blocks(body: str, origins: Sequence[str]) -> Iterator[Block]:
    ours = re.compile(f"((?:{'|'.join(re.escape(each.rstrip('/')) for each in origins)})/\\S*)")
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = part.strip().splitlines()
        if any(line.startswith("- ") for line in lines):
            yield from _with_list(lines, ours)
        else:
            yield from _paragraphs(lines, ours)


def _paragraphs(lines: list[str], ours: re.Pattern[str]) -> Iterator[Block]:
    for alone, together in groupby(lines, lambda line: bool(ours.fullmatch(line.strip()))):
        if alone:
            yield from (Block(address=line.strip()) for line in together)
        else:
            yield Block(words=_lines(together, ours))


def _with_list(lines: list[str], ours: re.Pattern[str]) -> Iterator[Block]:
    """Lines of which some begin with a dash; those that follow an entry, indented, belong to it."""
    items: list[list[str]] = []
    for line in lines:
        if line.startswith("- "):
            items.append([line[2:]])
        elif items and line.startswith(" "):
            items[-1].append(line.strip())
        else:
            yield Block(words=_linked(line, ours))
    yield Block(items=[_item(item, ours) for item in items])


def _item(lines: list[str], ours: re.Pattern[str]) -> SafeString:
    """One that ends in an address leads there by its words."""
    *words, last = lines
    if words and ours.fullmatch(last):
        return format_html('<a href="{}">{}</a>', last, " ".join(words))
    return _lines(lines, ours)


def _lines(lines: Iterable[str], ours: re.Pattern[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((_linked(line, ours),) for line in lines))


def _linked(line: str, ours: re.Pattern[str]) -> SafeString:
    """Every second piece is an address."""
    pieces = ours.split(line)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="{0}">{0}</a>', piece) if n % 2 else piece,)
            for n, piece in enumerate(pieces)
        ),
    )
