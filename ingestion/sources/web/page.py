"""What a crawler needs of a page: its links, its title, and what it tells crawlers.

Only tags are looked at, in one pass and without a parser: pages come from strangers, and this runs in the worker. Their
text is read later, in the parser's own confined process.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from html import unescape
from urllib.parse import urljoin

LOOKED_AT = 2 * 1024 * 1024
MOST_LINKS = 2000
# Bounded, so that no page makes them take longer than its length.
TAG = re.compile(r"<(a|area|base|frame|iframe|link|meta)\b([^<>]{0,4000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([a-z-]{1,30})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-z0-9_:.-]+)", re.IGNORECASE)
OURS = {"robots", "colloquy"}


@dataclass
class Page:
    title: str = ""
    links: list[str] = field(default_factory=list)
    canonical: str = ""
    noindex: bool = False
    nofollow: bool = False

    def obey(self, words: str) -> None:
        """What a robots directive says."""
        said = {word.strip() for word in words.lower().split(",")}
        self.noindex |= bool(said & {"noindex", "none"})
        self.nofollow |= bool(said & {"nofollow", "none"})


def read_page(body: bytes, *, url: str, headers: Message) -> Page:
    page = Page()
    obey_headers(page, headers)
    text = decoded(body[:LOOKED_AT], headers.get("Content-Type", ""))
    text = without(text, "<!--", "-->")
    page.title = _title(text)
    for tag in ("script", "style", "template", "textarea", "title"):
        text = without(text, f"<{tag}", f"</{tag}")
    _read_tags(page, text, url)
    return page


def obey_headers(page: Page, headers: Message) -> None:
    for line in headers.get_all("X-Robots-Tag", []):
        agent, colon, words = line.partition(":")
        if not colon:
            page.obey(line)
        elif agent.strip().lower() in OURS:
            page.obey(words)


def decoded(body: bytes, content_type: str) -> str:
    """Good enough for links and title, whatever the encoding: they are mostly ASCII."""
    found = CHARSET.search(content_type) or CHARSET.search(body[:2048].decode("latin-1"))
    try:
        return body.decode(found[1] if found else "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", errors="replace")


def without(text: str, begin: str, end: str) -> str:
    """The text without what lies between the two marks, in time that grows with its length alone."""
    lower, kept, here = text.lower(), [], 0
    if len(lower) != len(
        text
    ):  # a letter whose small form is longer: then marks are found as they are written
        lower = text
    while (start := lower.find(begin, here)) >= 0:
        kept.append(text[here:start])
        here = lower.find(end, start + len(begin))
        if here < 0:
            return "".join(kept)
        here += len(end)
    return "".join([*kept, text[here:]])


def _title(text: str) -> str:
    found = re.search(r"<title[^<>]*>([^<]*)", text, re.IGNORECASE)
    return " ".join(unescape(found[1]).split()) if found else ""


def _read_tags(page: Page, text: str, url: str) -> None:
    base = url
    for tag in TAG.finditer(text):
        attributes = {m[1].lower(): unescape(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(tag[2])}
        target = attributes.get("href") or attributes.get("src") or ""
        rel = attributes.get("rel", "").lower().split()
        match tag[1].lower():
            case "base":
                base = _joined(url, target) or url
            case "meta":
                if attributes.get("name", "").lower() in OURS:
                    page.obey(attributes.get("content", ""))
            case "link":
                if "canonical" in rel:
                    page.canonical = page.canonical or _joined(base, target)
            case _:
                if target and "nofollow" not in rel and len(page.links) < MOST_LINKS:
                    page.links.append(_joined(base, target))
    page.links = list(dict.fromkeys(filter(None, page.links)))


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target.strip())
    except ValueError:
        return ""
