"""A website: pages that link to each other or that a sitemap names, and the documents among them."""

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django import forms
from django.conf import settings

from ingestion.sources import safe_http
from ingestion.sources.connector import (
    Connector,
    Event,
    Item,
    Known,
    Note,
    Session,
    Settings,
    Unchanged,
    Unread,
    lines_of,
)  # fmt: skip
from ingestion.sources.errors import AddressRefused, SourceError, Stopped, Unreachable
from ingestion.sources.safe_http import Limits, Place, Response
from ingestion.sources.web.page import Page, obey_headers, read_page
from ingestion.sources.web.rules import Robots, robots_of, sitemap_addresses
from ingestion.sources.web.scope import Scope, folder_of, name_of, normal

IN_MEMORY = 1024 * 1024
HTML = {"text/html", "application/xhtml+xml"}
NO_DOCUMENT = ("image/", "audio/", "video/", "font/", "text/css", "text/javascript", "application/javascript")
GONE = {404, 410, 451}
FAULTS_IN_A_ROW = 10


class WebSettings(Settings):
    start = forms.URLField(
        label="Start page",
        assume_scheme="https",
        help_text="Pages below its folder are read, such as https://www.example.com/help/.",
    )
    follow_links = forms.BooleanField(
        required=False, initial=True, help_text="Otherwise only what the sitemap names."
    )
    sitemap = forms.BooleanField(
        required=False, initial=True, label="Use the sitemap", help_text="Of robots.txt, or /sitemap.xml."
    )
    documents = forms.BooleanField(
        required=False, initial=True, label="Linked documents too", help_text="PDF, Word and so on."
    )
    depth = forms.IntegerField(
        min_value=0, max_value=50, initial=5, help_text="How many links away from the start page."
    )
    most = forms.IntegerField(min_value=1, max_value=5000, initial=500, label="At most", help_text="Pages.")
    include = forms.CharField(
        required=False,
        widget=forms.Textarea,
        label="Only these",
        help_text="Beginnings of paths, one a line; * is any text. Example: /help/*.pdf. Empty: all.",
    )
    exclude = forms.CharField(
        required=False, widget=forms.Textarea, label="Not these", help_text="The same way: /help/archive/"
    )
    delay = forms.FloatField(
        min_value=0.5,
        max_value=60,
        initial=1.0,
        label="Seconds between requests",
        help_text="More where robots.txt asks for more.",
    )

    def clean_start(self) -> str:
        try:
            return normal(self.cleaned_data["start"])
        except AddressRefused as error:
            raise forms.ValidationError(error.sentence) from error


@dataclass(frozen=True)
class Fetched:
    """A page or document as it came, with what the crawl needs of it."""

    url: str
    status: int
    headers: Message
    body: BinaryIO | None = None
    digest: str = ""
    page: Page | None = None
    target: str = ""


class Web(Connector):
    kind = "web"
    label = "Website"
    description = "Pages and linked documents of a website or an intranet, by links or sitemap."
    icon = "language"
    Settings = WebSettings
    seconds = 60.0  # for one request, all in all

    def check(self) -> str:
        scope, robots, start = self._begin()
        if not robots.allows(start):
            raise SourceError("The site's robots.txt forbids to read this page.")
        fetched = self._get(start, None)
        if fetched.status != 200:
            raise SourceError(f"The start page answers with HTTP {fetched.status}.")
        title = f" “{fetched.page.title}”" if fetched.page and fetched.page.title else ""
        links = {scope.spelt(link) for link in fetched.page.links} if fetched.page else set()
        count = sum(bool(link) and scope.admits(link) and robots.allows(link) for link in links)
        return f"The start page{title} can be read. It links to {count} pages or documents that would be too."

    def changes(self, session: Session) -> Iterator[Event]:
        scope, robots, start = self._begin()
        yield from Crawl(self, session, scope, robots, start)

    def _begin(self) -> tuple[Scope, Robots, str]:
        """Where the start leads decides the site: from http to https and to www is the same one, another is not."""
        entered = safe_http.place_of(self.options["start"])
        with safe_http.fetch(self.options["start"], limits=self._limits()) as response:
            final, status = response.place, response.status
        if final.host.removeprefix("www.") != entered.host.removeprefix("www."):
            raise SourceError(f"The start page leads to another site. Enter that one: {final.origin}")
        if status in GONE or status >= 400:
            raise SourceError(f"The start page answers with HTTP {status}. Nothing was changed.")
        scope = Scope(
            final.origin,
            folder_of(final if final.target == entered.target + "/" else entered),
            lines_of(self.options.get("include", "")),
            lines_of(self.options.get("exclude", "")),
        )
        return scope, robots_of(final.origin, seconds=self.seconds), normal(final.url)

    def _limits(self) -> Limits:
        return Limits(bytes=settings.UPLOAD_MAX_BYTES, seconds=self.seconds, silence=min(20.0, self.seconds))

    def _get(self, url: str, known: Known | None) -> Fetched:
        """One page, its redirect not followed: where it leads is a page of its own."""
        place = safe_http.place_of(url)
        with safe_http.request(place, limits=self._limits(), headers=_conditions(known)) as response:
            if response.status != 200:
                target = (
                    response.headers.get("Location", "") if response.status in safe_http.REDIRECTS else ""
                )
                return Fetched(url, response.status, response.headers, target=target)
            return _read(url, response, place)


def _conditions(known: Known | None) -> dict[str, str]:
    memo = known.memo if known else {}
    asked = {"If-None-Match": memo.get("etag", ""), "If-Modified-Since": memo.get("modified", "")}
    return {name: value for name, value in asked.items() if value} | {"Accept": "text/html, */*;q=0.8"}


def _read(url: str, response: Response, place: Place) -> Fetched:
    if response.headers.get_content_type().startswith(NO_DOCUMENT):
        return Fetched(url, response.status, response.headers)
    body: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed when the item has been taken in
    digest = hashlib.sha256()
    for block in response.blocks():
        digest.update(block)
        body.write(block)
    body.seek(0)
    page = Page()
    if response.headers.get_content_type() in HTML:
        page = read_page(body.read(), url=url, headers=response.headers)
        body.seek(0)
    else:
        obey_headers(page, response.headers)
    return Fetched(url, response.status, response.headers, body, digest.hexdigest(), page)


class Crawl:
    """One walk through a site. Iterating gives its events."""

    def __init__(self, web: Web, session: Session, scope: Scope, robots: Robots, start: str) -> None:
        self.web, self.session, self.scope, self.robots = web, session, scope, robots
        self.options = web.options
        self.delay = max(float(self.options["delay"]), robots.delay)
        self.queue: deque[tuple[str, int]] = deque([(start, 0)])
        self.seen = {start}
        self.start = start
        self.room = int(self.options["most"])
        self.fetched = self.faults = 0

    def __iter__(self) -> Iterator[Event]:
        known = list(self.session.keys())
        self.room -= len(known)
        if self.options.get("sitemap"):
            named = self.robots.sitemaps or [f"{self.scope.origin}/sitemap.xml"]
            for url in sitemap_addresses(named, seconds=self.web.seconds):
                self._enqueue(url, 0)
        while self.queue and self.fetched < 5 * int(self.options["most"]) + 100:
            yield from self._visit(*self.queue.popleft())
        # What no link leads to any more is still there until the site says that it is not.
        for url in known:
            if url not in self.seen and self.scope.admits(url) and self.robots.allows(url):
                yield from self._visit(url, None)
        if self.room <= 0:
            yield Note(f"The site has more than the {self.options['most']} pages that this source takes.")

    def _enqueue(self, link: str, depth: int) -> None:
        url = self.scope.spelt(link)
        if url and url not in self.seen and self.scope.admits(url) and self.robots.allows(url):
            self.seen.add(url)
            self.queue.append((url, depth))

    def _visit(self, url: str, depth: int | None) -> Iterator[Event]:
        """With no depth, its links are left alone."""
        if not self.robots.allows(url):
            return
        known = self.session.known(url)
        self.session.pause(self.delay if self.fetched else 0)
        self.fetched += 1
        try:
            fetched = self.web._get(url, known)
        except SourceError as error:
            yield from self._fault(url, error)
            return
        if fetched.status == 429:
            raise Stopped("The site asks to be left alone for a while (HTTP 429). The next run goes on.")
        if fetched.status >= 500:
            yield from self._fault(url, Unreachable(f"The server had a fault (HTTP {fetched.status})."))
            return
        self.faults = 0
        yield from self._take(fetched, known, depth)

    def _fault(self, url: str, error: SourceError) -> Iterator[Event]:
        """Passing faults change nothing; many in a row mean that the site is away."""
        self.faults += isinstance(error, Unreachable)
        if self.faults >= FAULTS_IN_A_ROW:
            raise Stopped(f"The site failed {FAULTS_IN_A_ROW} times in a row. {error.sentence}") from error
        yield Unread(url, url, error.sentence)

    def _take(self, fetched: Fetched, known: Known | None, depth: int | None) -> Iterator[Event]:
        url = fetched.url
        if fetched.status == 304 and known:
            self._follow(known.memo.get("links", []), depth)
            yield Unchanged(url)
        elif fetched.target:
            self._redirected(fetched, depth)
        elif fetched.status == 200:
            yield from self._page(fetched, known, depth)
        elif fetched.status not in GONE and known:
            yield Unread(url, url, f"The server refused it (HTTP {fetched.status}).")

    def _redirected(self, fetched: Fetched, depth: int | None) -> None:
        try:
            self._enqueue(safe_http.joined(fetched.url, fetched.target), depth or 0)
        except AddressRefused:
            pass  # leads nowhere that sources may go

    def _page(self, fetched: Fetched, known: Known | None, depth: int | None) -> Iterator[Event]:
        page = fetched.page
        if fetched.body is None or page is None:
            return
        links = [] if page.nofollow else page.links
        self._follow(links, depth)
        canonical = self.scope.spelt(page.canonical) if page.canonical else ""
        is_html = fetched.headers.get_content_type() in HTML
        taken = is_html or self.options.get("documents")
        if page.noindex or not taken or not self.scope.admits(fetched.url):
            return
        if canonical and canonical != fetched.url and self.scope.admits(canonical):
            self._enqueue(canonical, depth or 0)
            return
        if known is None:
            if self.room <= 0:
                return
            self.room -= 1
        yield self._item(fetched, page, links, is_html=is_html)

    def _item(self, fetched: Fetched, page: Page, links: list[str], *, is_html: bool) -> Item:
        assert fetched.body is not None
        inside = [link for link in map(self.scope.spelt, links) if link and self.scope.admits(link)]
        memo = {
            "etag": fetched.headers.get("ETag", "")[:200],
            "modified": fetched.headers.get("Last-Modified", "")[:60],
            "links": inside if is_html else [],
        }
        return Item(
            key=fetched.url,
            name=name_of(fetched.url, suffix=".html" if is_html else ""),
            fingerprint=fetched.digest,
            open=partial(_closing, fetched.body),
            url=fetched.url,
            title=page.title,
            memo=memo,
        )

    def _follow(self, links: list[str], depth: int | None) -> None:
        if depth is None or not self.options.get("follow_links") or depth >= int(self.options["depth"]):
            return
        for link in links:
            self._enqueue(link, depth + 1)


@contextmanager
def _closing(body: BinaryIO) -> Iterator[BinaryIO]:
    try:
        yield body
    finally:
        body.close()
