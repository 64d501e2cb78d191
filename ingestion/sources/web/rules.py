"""robots.txt as RFC 9309 has it, and the sitemaps that it or the site names."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from protego import Protego

from ingestion.sources import safe_http
from ingestion.sources.errors import SourceError, TooMuch, Unreachable
from ingestion.sources.safe_http import Limits

AGENT = "Colloquy"
ROBOTS_BYTES = 512 * 1024
SITEMAP_BYTES = 50 * 1024 * 1024
MOST_SITEMAPS = 50
LONGEST_DELAY = 60.0
# Bounded, so that no file makes them take longer than its length.
LOC = re.compile(r"<loc>\s{0,20}(?:<!\[CDATA\[)?([^<>]{1,2000})", re.IGNORECASE)


class Robots:
    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        rate = self._rules.request_rate(AGENT)
        apart = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return min(LONGEST_DELAY, max(self._rules.crawl_delay(AGENT) or 0.0, apart))

    @property
    def sitemaps(self) -> list[str]:
        return list(self._rules.sitemaps)[:MOST_SITEMAPS]


def robots_of(origin: str, *, seconds: float) -> Robots:
    """None there: everything is allowed. Not to be had: nothing is, and the crawl has to wait."""
    sentence = (
        "The site's robots.txt cannot be read now, so nothing of the site may be. It is tried again later."
    )
    limits = Limits(bytes=ROBOTS_BYTES, seconds=seconds)
    try:
        with safe_http.fetch(f"{origin}/robots.txt", limits=limits) as response:
            if response.status >= 500 or response.status == 429:
                raise SourceError(sentence)
            return Robots(beginning(response) if response.status == 200 else "")
    except Unreachable as error:
        raise SourceError(f"{sentence} ({error.sentence})") from error


def beginning(response: safe_http.Response) -> str:
    """As much as the limit allows: the rest of a longer file is not read."""
    kept = b""
    try:
        for block in response.blocks():
            kept += block
    except TooMuch:
        pass
    return kept.decode("utf-8-sig", errors="replace")


def sitemap_addresses(starts: Iterable[str], *, seconds: float) -> Iterator[str]:
    """Every page that the sitemaps name, through indexes and compressed ones. One that cannot be read is left out."""
    waiting, read = list(dict.fromkeys(starts)), 0
    while waiting and read < MOST_SITEMAPS:
        read += 1
        try:
            text = _sitemap(waiting.pop(0), seconds=seconds)
        except SourceError:
            continue
        found = [unescape(address.strip().removesuffix("]]").strip()) for address in LOC.findall(text)]
        if "<sitemapindex" in text[:4096]:
            waiting += found[:MOST_SITEMAPS]
        else:
            yield from found


def _sitemap(url: str, *, seconds: float) -> str:
    limits = Limits(bytes=SITEMAP_BYTES, seconds=seconds)
    with safe_http.fetch(url, limits=limits) as response:
        if response.status != 200:
            return ""
        body = response.read()
    if body.startswith(b"\x1f\x8b"):
        plain, count = [], 0
        for block in safe_http.inflated(iter([body])):
            count += len(block)
            if count > SITEMAP_BYTES:
                raise TooMuch("A sitemap is larger than 50 MB.")
            plain.append(block)
        body = b"".join(plain)
    return body.decode("utf-8-sig", errors="replace")
