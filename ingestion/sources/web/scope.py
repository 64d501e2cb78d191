"""Which addresses belong to a crawl, and the one spelling in which each is known."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from ingestion.sources.errors import AddressRefused
from ingestion.sources.safe_http import Place, place_of

LONGEST = 500
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|phpsessid|jsessionid|sid", re.IGNORECASE)
ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
UNRESERVED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
# What links lead to besides pages and documents.
NEVER = re.compile(
    r"\.(png|jpe?g|gif|svg|webp|avif|ico|bmp|css|m?js|json|map|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[gv]|wav|avi|mov|"
    r"exe|msi|dmg|deb|rpm|apk|iso|tar|t?gz|bz2|xz|7z|rar|rss|atom)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    origin: str
    folder: str
    include: list[str] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)

    def admits(self, url: str) -> bool:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if not url.startswith(self.origin + "/") or not parts.path.startswith(self.folder):
            return False
        if len(url) > LONGEST or NEVER.search(parts.path) or _runs_in_circles(parts.path):
            return False
        if self.include and not any(matches(path, pattern) for pattern in self.include):
            return False
        return not any(matches(path, pattern) for pattern in self.exclude)

    def spelt(self, url: str) -> str:
        """The address as it is known here, "" when it is none to go to. Plain http is not left for an https site."""
        try:
            known = normal(url)
        except AddressRefused:
            return ""
        if self.origin.startswith("https://") and known.startswith("http://" + self.origin[8:] + "/"):
            return "https" + known[4:]
        return known


def normal(url: str) -> str:
    """One spelling for addresses that mean the same. Raises AddressRefused."""
    place = place_of(urljoin(url, "").partition("#")[0].strip())
    path, _, query = place.target.partition("?")
    path = urlsplit(urljoin(place.origin + "/", ESCAPE.sub(_plainly, path))).path or "/"
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not TRACKING.fullmatch(k)]
    if query and len(pairs) != len(parse_qsl(query, keep_blank_values=True)):
        query = urlencode(pairs)
    return place.origin + path + (f"?{query}" if query else "")


def _plainly(escape: "re.Match[str]") -> str:
    character = chr(int(escape[1], 16))
    return character if character in UNRESERVED else escape[0].upper()


def matches(path: str, pattern: str) -> bool:
    """“*” is any text; a pattern without one is the beginning of the path. Without regular expressions of strangers."""
    first, *rest = pattern.split("*")
    if not path.startswith(first):
        return False
    here = len(first)
    for piece in rest[:-1]:
        found = path.find(piece, here)
        if found < 0:
            return False
        here = found + len(piece)
    return not rest or (path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= here)


def _runs_in_circles(path: str) -> bool:
    """/a/b/a/b/a/b/…: relative links gone wrong."""
    steps = [step for step in path.split("/") if step]
    return len(steps) > 20 or any(steps.count(step) > 3 for step in set(steps))


def folder_of(place: Place) -> str:
    """The start's folder: everything below it belongs to the crawl."""
    path = place.target.partition("?")[0]
    return path[: path.rfind("/") + 1]


def name_of(url: str, *, suffix: str = "") -> str:
    """A file name with folders for an address, with `suffix` where it has no ending of its own."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/") or "index"
    if parts.path.endswith("/") and path != "index":
        path += "/index"
    if parts.query:
        stem = PurePosixPath(path)
        query = re.sub(r"[^\w.=-]+", "_", unquote(parts.query))[:80]
        path = str(stem.with_name(f"{stem.stem} {query}{stem.suffix}"))
    if suffix and PurePosixPath(path).suffix.lower() not in (suffix, ".htm", ".xhtml", ".html"):
        path += suffix
    return path
