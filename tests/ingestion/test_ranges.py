"""A PDF for our own viewer, part by part: to readers only, from disk and from object storage."""

import io
from collections.abc import Callable
from http import HTTPStatus

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.urls import reverse

from ingestion.models import Collection, DocumentVersion
from ingestion.ranges import OutOfRange, Span, in_parts, wanted_span
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.ingestion.test_s3 import bucket  # noqa: F401

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 40


@pytest.fixture
def pdf(acme, handbook, add_document) -> DocumentVersion:
    document = add_document(handbook, "Travel policy", media_type="application/pdf", size=len(CONTENT))
    with tenant_scope(acme.id):
        version = DocumentVersion.objects.select_related("document").get(document=document)
        version.file.storage.delete(version.file.name)
        version.file.save("original", io.BytesIO(CONTENT), save=True)
        return version


@pytest.fixture
def part_of(pdf, browser_of) -> Callable:
    def ask(person, asked: str = ""):
        headers = {"Range": asked} if asked else {}
        return browser_of(person).get(reverse("document-view", args=[pdf.pk]), headers=headers)

    return ask


def content_of(response) -> bytes:
    return b"".join(response.streaming_content)


def test_only_a_reader_gets_a_part_and_nobody_learns_that_there_is_one(
    part_of, pdf, acme, bob, carol, operator, client
) -> None:
    asked = "bytes=100-199"
    assert content_of(part_of(bob, asked)) == CONTENT[100:200]
    for outsider in (carol, operator):
        assert part_of(outsider, asked).status_code == HTTPStatus.NOT_FOUND
    assert "login" in client.get(reverse("document-view", args=[pdf.pk])).headers["Location"]
    with tenant_scope(acme.id):
        Collection.objects.update(everyone=False)
    assert part_of(bob, asked).status_code == HTTPStatus.NOT_FOUND, "he has lost the right meanwhile"


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=10-", Span(10, 999)),
        ("bytes=-10", Span(990, 999)),
        ("bytes=-5000", Span(0, 999)),
        ("bytes=990-5000", Span(990, 999)),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("pages=1-2", None),
        ("", None),
    ],
)
def test_a_range_is_read_as_the_rfc_says(asked, span) -> None:
    assert wanted_span(asked, 1000) == span


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(asked) -> None:
    with pytest.raises(OutOfRange):
        wanted_span(asked, 1000)


def test_a_part_says_which_it_is_and_the_whole_says_that_parts_can_be_had(part_of, bob) -> None:
    part = part_of(bob, "bytes=-5")
    assert (part.status_code, content_of(part)) == (HTTPStatus.PARTIAL_CONTENT, CONTENT[-5:])
    size = len(CONTENT)
    assert part.headers["Content-Range"] == f"bytes {size - 5}-{size - 1}/{size}"
    assert part.headers["Content-Length"] == "5"
    whole = part_of(bob)
    assert (whole.status_code, content_of(whole)) == (HTTPStatus.OK, CONTENT)
    assert whole.headers["Accept-Ranges"] == "bytes"
    beyond = part_of(bob, f"bytes={size}-")
    assert beyond.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert beyond.headers["Content-Range"] == f"bytes */{size}"


def test_it_is_nothing_that_a_browser_would_show_as_a_page(part_of, bob) -> None:
    headers = part_of(bob).headers
    assert headers["Content-Disposition"] == "attachment"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


def test_what_is_no_pdf_or_has_lost_its_file_is_not_found(part_of, pdf, acme, bob) -> None:
    with tenant_scope(acme.id):
        pdf.file.storage.delete(pdf.file.name)
        assert part_of(bob).status_code == HTTPStatus.NOT_FOUND
        DocumentVersion.objects.update(media_type="text/html")
    assert part_of(bob).status_code == HTTPStatus.NOT_FOUND


def test_looking_at_a_document_is_recorded_once_and_not_once_a_part(part_of, acme, bob) -> None:
    for first in range(0, 500, 100):
        part_of(bob, f"bytes={first}-{first + 99}")
    with tenant_scope(acme.id):
        [event] = AuditEvent.objects.filter(action="document.viewed")
    assert event.actor_id == bob.pk


def test_over_asgi_a_part_is_sent_in_blocks_and_its_file_is_closed(pdf, monkeypatch) -> None:
    monkeypatch.setattr("ingestion.ranges.BLOCK", 40)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    headers = [(b"range", b"bytes=10-109")]
    response = in_parts(ASGIRequest(scope | {"headers": headers}, io.BytesIO()), pdf)

    async def blocks() -> list[bytes]:
        return [block async for block in response.streaming_content]

    sent = async_to_sync(blocks)()
    assert [len(block) for block in sent] == [40, 40, 20]
    assert b"".join(sent) == CONTENT[10:110]


def test_object_storage_is_asked_for_the_part_alone(bucket, pdf, part_of, bob) -> None:
    assert content_of(part_of(bob, "bytes=300-399")) == CONTENT[300:400]
    pdf.file.storage.delete(pdf.file.name)
    assert part_of(bob, "bytes=0-9").status_code == HTTPStatus.NOT_FOUND
