"""Crawling a real site on loopback: what is taken, what is left alone, what is noticed the next time."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

import pytest

from ingestion.sources.connector import Item, Known, Note, Unchanged, Unread
from ingestion.sources.connectors.web import Web, WebSettings
from ingestion.sources.errors import SourceError, Stopped
from ingestion.sources.web.page import read_page
from ingestion.sources.web.rules import Robots
from ingestion.sources.web.scope import Scope, matches, name_of, normal
from tests.ingestion.listening import Listener, listening

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass
class Memory:
    """A session as the engine keeps it, in memory."""

    taken: dict[str, Known] = field(default_factory=dict)
    state: dict = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)

    def known(self, key):
        return self.taken.get(key)

    def keys(self):
        return list(self.taken)

    def pause(self, seconds=0):
        self.pauses.append(seconds)


@dataclass
class Result:
    items: dict[str, bytes] = field(default_factory=dict)
    found: dict[str, Item] = field(default_factory=dict)
    unchanged: set[str] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def there(self) -> set[str]:
        return set(self.items) | self.unchanged | set(self.unread)


def run(connector, memory: Memory) -> Result:
    """One run, as the engine does it: what ends by itself and was not named is gone."""
    result = Result()
    for event in connector.changes(memory):
        match event:
            case Item():
                with event.open() as file:
                    result.items[short(event.key)] = file.read()
                result.found[short(event.key)] = event
                memory.taken[event.key] = Known(event.fingerprint, event.memo)
            case Unchanged():
                result.unchanged.add(short(event.key))
            case Unread():
                result.unread[short(event.key)] = event.sentence
            case Note():
                result.notes.append(event.sentence)
    memory.taken = {key: known for key, known in memory.taken.items() if short(key) in result.there}
    return result


def short(key: str) -> str:
    return "/" + key.split("/", 3)[3] if key.startswith("http") else key


@pytest.fixture
def site(settings) -> Iterator[Listener]:
    with listening() as server:
        settings.SOURCES_ALLOWED_PORTS = [server.server_port]
        settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        yield server


def page(*links: str, title: str = "A page", head: str = "", words: str = "") -> tuple[int, dict, bytes]:
    body = "".join(f'<a href="{link}">to {link}</a>' for link in links)
    return 200, HTML, f"<html><head><title>{title}</title>{head}</head><body>{words}{body}".encode()


def web(site: Listener, start: str = "/", **options) -> Web:
    defaults = {
        "follow_links": True, "sitemap": False, "documents": True, "depth": 5, "most": 100, "delay": 0,
    }  # fmt: skip
    connector = Web({"start": site.url + start} | defaults | options)
    connector.seconds = 5.0
    return connector


def test_pages_and_documents_are_found_by_their_links(site) -> None:
    site.pages |= {
        "/": page(
            "/about", "docs/plan.pdf", "#top", "mailto:a@b.c", "javascript:x()", title="Home &amp; hearth"
        ),
        "/about": page("/", "/missing", "/logo.png"),
        "/docs/plan.pdf": (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 plan"),
    }
    result = run(web(site), Memory())
    assert set(result.items) == {"/", "/about", "/docs/plan.pdf"}
    assert result.items["/docs/plan.pdf"] == b"%PDF-1.7 plan"
    home = result.found["/"]
    assert (home.title, home.name, home.url) == ("Home & hearth", "index.html", site.url + "/")
    assert result.found["/about"].name == "about.html"
    assert result.unread == {}
    assert "/logo.png" not in {path for path, _ in site.asked}


def test_each_page_is_fetched_once_however_it_is_spelt(site) -> None:
    site.pages |= {
        "/": page("/a", "/a#part", "/./a", "/b/../a", "/%61", "/a?utm_source=x", site.url.upper() + "/a"),
        "/a": page(),
    }
    run(web(site), Memory())
    assert [path for path, _ in site.asked].count("/a") == 1


def test_other_hosts_and_folders_are_left_alone(site, settings) -> None:
    with listening("127.0.0.2", site.server_port) as other:
        site.pages |= {
            "/help/": page("/help/a", "/other", f"{other.url}/b", "/help/leads-away", "/help/leads-out"),
            "/help/a": page(),
            "/help/leads-away": (302, {"Location": f"{other.url}/c"}, b""),
            "/help/leads-out": (302, {"Location": "/other"}, b""),
        }
        result = run(web(site, "/help/"), Memory())
        assert other.connections == 0
    assert set(result.items) == {"/help/", "/help/a"}
    assert "/other" not in {path for path, _ in site.asked}


def test_include_exclude_depth_and_limit(site) -> None:
    site.pages |= {f"/{n}": page(f"/{n + 1}") for n in range(10)} | {"/": page("/0", "/x/1", "/x/2.pdf")}
    site.pages |= {"/x/1": page(), "/x/2.pdf": (200, {"Content-Type": "application/pdf"}, b"%PDF")}
    assert set(run(web(site, exclude="/x/*.pdf\n/0"), Memory()).items) == {"/", "/x/1"}
    assert set(run(web(site, include="/x/"), Memory()).items) == {"/x/1", "/x/2.pdf"}
    assert set(run(web(site, depth=2), Memory()).items) == {"/", "/0", "/1", "/x/1", "/x/2.pdf"}
    limited = run(web(site, most=3), Memory())
    assert len(limited.items) == 3
    assert "more than the 3 pages" in limited.notes[0]


def test_robots_txt_is_kept(site) -> None:
    robots = b"User-agent: *\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 7\n\nUser-agent: Other\nDisallow: /\n"
    site.pages |= {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, robots),
        "/": page("/private/a", "/private/open", "/b"),
        "/private/open": page(),
        "/private/a": page(),
        "/b": page(),
    }
    memory = Memory()
    result = run(web(site), memory)
    assert set(result.items) == {"/", "/private/open", "/b"}
    assert "/private/a" not in {path for path, _ in site.asked}
    assert memory.pauses == [0, 7, 7]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_without_its_rules_nothing_of_a_site_is_read(status, site) -> None:
    site.pages |= {"/robots.txt": (status, {}, b""), "/": page()}
    with pytest.raises(SourceError, match=r"robots\.txt cannot be read"):
        run(web(site), Memory())
    with pytest.raises(SourceError, match=r"robots\.txt"):
        web(site).check()


def test_page_that_says_so_is_not_taken_or_its_links_are_not_followed(site) -> None:
    site.pages |= {
        "/": page("/hidden", "/dead-end", "/header", '/x" rel="nofollow'),
        "/hidden": page("/behind", head='<meta name="robots" content="noindex">'),
        "/behind": page(),
        "/dead-end": page("/never", head="<META content='NoFollow' name='ROBOTS'>"),
        "/header": (200, {**HTML, "X-Robots-Tag": "noindex"}, b"<p>words"),
        "/never": page(),
        "/x": page(),
    }
    assert set(run(web(site), Memory()).items) == {"/", "/behind", "/dead-end"}


def test_canonical_and_redirected_pages_are_taken_once_under_their_own_address(site) -> None:
    site.pages |= {
        "/": page("/print?id=1", "/old"),
        "/print?id=1": page(head='<link rel="canonical" href="/article">'),
        "/article": page(head='<link rel="canonical" href="/article">'),
        "/old": (301, {"Location": "/new"}, b""),
        "/new": page(),
    }
    assert set(run(web(site), Memory()).items) == {"/", "/article", "/new"}


def test_second_run_asks_only_whether_something_changed(site) -> None:
    site.pages |= {
        "/": (200, {**HTML, "ETag": '"1"'}, page("/a")[2]),
        "/a": (200, {**HTML, "ETag": '"2"'}, page("/b")[2]),
        "/b": page(words="no tag of its own"),
    }
    memory = Memory()
    first = run(web(site), memory)
    again = run(web(site), memory)
    assert again.unchanged == {"/", "/a"}
    assert again.found["/b"].fingerprint == first.found["/b"].fingerprint
    site.pages["/a"] = (200, {**HTML, "ETag": '"3"'}, page("/c")[2])
    site.pages["/c"] = page()
    changed = run(web(site), memory)
    assert (set(changed.items), changed.unchanged) == ({"/a", "/c", "/b"}, {"/"})


def test_missing_page_is_gone_and_one_that_fails_is_kept(site) -> None:
    site.pages |= {"/": page("/a", "/b", "/c", "/d"), **{f"/{n}": page(words=n) for n in "abcd"}}
    memory = Memory()
    run(web(site), memory)
    site.pages |= {"/a": (404, {}, b""), "/b": (500, {}, b""), "/c": (410, {}, b""), "/d": (403, {}, b"")}
    result = run(web(site), memory)
    assert result.there == {"/", "/b", "/d"}
    assert "HTTP 500" in result.unread["/b"]


def test_page_that_nothing_links_to_any_more_stays_until_it_is_gone(site) -> None:
    site.pages |= {"/": page("/a"), "/a": page()}
    memory = Memory()
    run(web(site), memory)
    site.pages["/"] = page()
    assert run(web(site), memory).there == {"/", "/a"}
    del site.pages["/a"]
    assert run(web(site), memory).there == {"/"}


def test_page_that_became_forbidden_or_out_of_scope_is_gone(site) -> None:
    site.pages |= {"/": page("/a", "/b"), "/a": page(), "/b": page()}
    memory = Memory()
    run(web(site), memory)
    site.pages["/robots.txt"] = (200, {}, b"User-agent: Colloquy\nDisallow: /a\n")
    assert run(web(site, exclude="/b"), memory).there == {"/"}


@pytest.mark.parametrize("status", [404, 500])
def test_start_page_that_is_away_ends_the_run(status, site) -> None:
    site.pages["/"] = (status, {}, b"")
    with pytest.raises(SourceError, match=f"HTTP {status}"):
        run(web(site), Memory())


def test_failing_site_is_left_alone_after_some_pages(site) -> None:
    site.pages["/"] = page(*(f"/{n}" for n in range(30)))
    site.pages |= {f"/{n}": (502, {}, b"") for n in range(30)}
    with pytest.raises(Stopped, match="in a row"):
        run(web(site), Memory())
    site.pages |= {"/0": (429, {}, b"")}
    with pytest.raises(Stopped, match="left alone"):
        run(web(site), Memory())


def test_sitemap_index_compressed_and_plain(site) -> None:
    def sitemap(*paths: str, kind: str = "urlset") -> bytes:
        inside = "".join(f"<x><loc> {site.url}{path} </loc></x>" for path in paths)
        return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</{kind}>'.encode()

    site.pages |= {
        "/robots.txt": (200, {}, f"Sitemap: {site.url}/maps.xml".encode()),
        "/maps.xml": (200, {}, sitemap("/one.xml", "/two.xml.gz", "/lost.xml", kind="sitemapindex")),
        "/one.xml": (200, {}, sitemap("/a", "/missing")),
        "/two.xml.gz": (200, {"Content-Type": "application/gzip"}, gzip.compress(sitemap("/b?x=1&amp;y=2"))),
        "/": page("/linked"),
        "/a": page("/linked"), "/b?x=1&y=2": page(), "/linked": page(),
    }  # fmt: skip
    result = run(web(site, sitemap=True, follow_links=False), Memory())
    assert set(result.items) == {"/", "/a", "/b?x=1&y=2"}


def test_hostile_sitemap_is_left_out(site, settings) -> None:
    with listening("127.0.0.2", site.server_port) as other:
        settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.1/32"]
        entity = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><loc>&f;</loc>'
        inside = f"<loc>{other.url}/a</loc><loc>file:///etc/passwd</loc></urlset>".encode()
        site.pages |= {
            "/": page(),
            "/sitemap.xml": (200, {}, entity + inside),
            "/robots.txt": (200, {}, f"Sitemap: {other.url}/s.xml\nSitemap: {site.url}/sitemap.xml".encode()),
        }
        assert set(run(web(site, sitemap=True), Memory()).items) == {"/"}
        assert other.connections == 0


def test_one_page_without_end_is_named_and_the_others_are_taken(site, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10_000
    bomb = gzip.compress(bytes(10_000_000))
    site.pages |= {
        "/": page("/bomb", "/large", "/fine"),
        "/bomb": (200, {**HTML, "Content-Encoding": "gzip"}, bomb),
        "/large": (200, HTML, bytes(20_000)),
        "/fine": page(),
    }
    result = run(web(site), Memory())
    assert set(result.items) == {"/", "/fine"}
    assert set(result.unread) == {"/bomb", "/large"}


def test_address_that_turns_private_is_not_followed(site) -> None:
    site.pages |= {
        "/": page(
            "/metadata", "http://169.254.169.254/latest/", "file:///etc/passwd", "http://127.0.0.1:22/"
        ),
        "/metadata": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
    }
    assert set(run(web(site), Memory()).items) == {"/"}


def test_connection_test_says_what_is_there(site) -> None:
    site.pages |= {"/": page("/a", "/b", title="Help")}
    assert web(site).check() == (
        "The start page “Help” can be read. It links to 2 pages or documents that would be too."
    )


def test_start_that_leads_to_another_site_is_named(site) -> None:
    with listening("127.0.0.2", site.server_port) as other:
        other.pages["/"] = page()
        site.pages["/"] = (302, {"Location": f"{other.url}/"}, b"")
        with pytest.raises(SourceError, match=rf"another site.*{other.url}"):
            web(site).check()


@pytest.mark.parametrize(
    "start", ["ftp://example.com/", "http://user:x@example.com/", "http://example.com:22/"]
)
def test_form_refuses_addresses_that_sources_never_read(start) -> None:
    form = WebSettings({"start": start, "depth": 1, "most": 1, "delay": 1})
    assert "start" in form.errors


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://e.com/", "index.html"),
        ("https://e.com/a/", "a/index.html"),
        ("https://e.com/a/b.htm", "a/b.htm"),
        ("https://e.com/a/b%20c?x=1", "a/b c x=1.html"),
        ("https://e.com/%C3%BCber", "über.html"),
    ],
)
def test_name_keeps_the_folders_of_the_address(url, name) -> None:
    assert name_of(url, suffix=".html") == name


def test_patterns_take_no_longer_than_what_they_look_at() -> None:
    assert matches("/a/b/c.pdf", "/a/*.pdf")
    assert not matches("/a.pdf", "/a.pdf*.pdf")
    assert not matches("/" + "a" * 5000, "/" + "*a" * 200 + "*b")


def test_circles_of_relative_links_are_cut() -> None:
    scope = Scope("https://e.com", "/")
    assert scope.admits("https://e.com/a/b/a/b/a/b/")
    assert not scope.admits("https://e.com/a/b/a/b/a/b/a/b/")
    assert normal("https://e.com/a/../../b") == "https://e.com/b"


@pytest.mark.parametrize(
    "body",
    [
        b"<!--" * 300_000,
        b"<a " * 500_000,
        b'<a href="' * 200_000,
        b"<script>" * 200_000,
        b"<a " + b"x" * 2_000_000,
    ],
)
def test_hostile_page_is_looked_at_in_one_pass(body) -> None:
    """Quadratic work would take minutes here, and the suite's time limit would end it."""
    read_page(body, url="https://e.com/", headers=Message())


def test_rules_as_rfc_9309_has_them() -> None:
    robots = Robots(
        "User-agent: *\nDisallow: /\n\nUser-agent: colloquy\nDisallow: /*.pdf$\nDisallow: /a\nAllow: /a/b\n"
    )
    allowed = {
        path: robots.allows(f"https://e.com{path}") for path in ("/", "/a", "/a/b", "/x.pdf", "/x.pdf?y")
    }
    assert allowed == {"/": True, "/a": False, "/a/b": True, "/x.pdf": False, "/x.pdf?y": True}
