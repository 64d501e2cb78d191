"""A browser of a person of the cast before a running server, and PDFs as people upload them."""

import io
import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from ingestion import pipeline
from ingestion.actions import accept_upload
from ingestion.models import Collection, Document
from tenants.access import require_member
from tenants.models import User
from tenants.scoping import tenant_scope
from tests.services import chromium_path


@pytest.fixture
def aside(acme) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Runs a function of the database in a thread of its own, since the browser's loop holds the test's."""
    with ThreadPoolExecutor(1) as pool:

        def run(work: Callable[[], Any]) -> Any:
            def scoped() -> Any:
                with tenant_scope(acme.id):
                    return work()

            return pool.submit(scoped).result()

        yield run
        pool.submit(lambda: connection.close()).result()


@pytest.fixture
def browsing(installation, web) -> Callable[..., None]:
    """`browsing(bob, script)` walks a script through the person's browser, in a thread of its own."""

    def run(cookie: dict[str, str], script: Callable[[Page], None], path: str, size: tuple[int, int]) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            context.add_cookies([cookie])
            page = context.new_page()
            page.set_default_timeout(30_000)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda said: said.type == "error" and problems.append(said.text))
            page.goto(f"http://{web}{path}")
            script(page)
            problems = [p for p in problems if "status of 404" not in p]
            assert not problems, problems
            browser.close()

    def walk(
        person: User,
        script: Callable[[Page], None],
        *,
        path: str = "/chat/",
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": f"http://{web}"}
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run, cookie, script, path, size).result()

    return walk


KIDS = 8


def pdf_of(*pages: list[str], ballast: int = 0) -> bytes:
    """Pages of lines in a tree, as writers of long documents make it; before each page bytes that nothing refers to."""
    noise = random.Random(1)
    objects: dict[int, bytes] = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    numbers = itertools.count(4)
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    leaves, heavy = [], {}
    parents: dict[int, int] = {}
    for lines in pages:
        heavy[page := next(numbers)] = noise.randbytes(ballast)
        drawn = " ".join(f"1 0 0 1 72 {760 - 20 * n} Tm ({line}) Tj" for n, line in enumerate(lines))
        stream = f"BT /F 12 Tf {drawn} ET".encode()
        objects[content := next(numbers)] = stream_of(stream)
        objects[page] = (
            b"<< /Type /Page /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R"
            % content
        )
        leaves.append((page, 1))
    level = leaves
    while len(level) > 1 or level is leaves:
        groups = [level[n : n + KIDS] for n in range(0, len(level), KIDS)]
        above = []
        for group in groups:
            node = next(numbers) if len(groups) > 1 else 2
            count = sum(pages for _, pages in group)
            kids = " ".join(f"{kid} 0 R" for kid, _ in group)
            objects[node] = f"<< /Type /Pages /Kids [{kids}] /Count {count}".encode()
            parents |= dict.fromkeys((kid for kid, _ in group), node)
            above.append((node, count))
        level = above
    for number in objects.keys() - {1, 3}:
        if b"/Type /Page" in objects[number]:
            parent = b" /Parent %d 0 R" % parents[number] if number in parents else b""
            objects[number] += parent + b" >>"
    return written(objects, heavy)


def stream_of(content: bytes, about: bytes = b"") -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (about, len(content), content)


def written(objects: dict[int, bytes], heavy: dict[int, bytes] | None = None) -> bytes:
    """A PDF of these objects, the first of them its catalog."""
    target, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        if blank := (heavy or {}).get(number):
            target += b"%% %b\n" % blank.hex().encode()
        places[number] = len(target)
        target += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table, size = len(target), max(objects) + 1
    target += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        target += b"%010d 00000 n \n" % places[number]
    return bytes(target + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, table))


def ingest(user: User, collection: Collection, content: bytes, name: str) -> Document:
    """A document through the real pipeline."""
    with tenant_scope(collection.tenant_id):
        member = require_member(user.id, tenant=collection.tenant_id)
        accepted = accept_upload(
            io.BytesIO(content), name=name, collection=collection, member=member, send=False
        )
        pipeline.ingest(accepted.version.pk)
        accepted.document.refresh_from_db()
    return accepted.document


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(question)
    page.keyboard.press("Enter")
