"""Originals: to readers as a download, to everybody else as if they did not exist."""

from http import HTTPStatus
from io import BytesIO

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Collection, Document, DocumentVersion
from ingestion.views import original
from tenants.scoping import tenant_scope


@pytest.fixture
def document(handbook, add_document):
    return add_document(handbook, "Travel policy")


def address(document):
    return reverse("document-file", args=[document.current_version_id])


def test_reader_downloads_the_original(document, bob, browser_of):
    response = browser_of(bob).get(address(document))
    assert b"".join(response.streaming_content) == b"The text of Travel policy"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Travel policy.txt"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_pdf_opens_in_the_browser_and_nothing_else_does(document, acme, bob, browser_of):
    opened = address(document) + "?open=1"
    assert browser_of(bob).get(opened).headers["Content-Disposition"].startswith("attachment")
    with tenant_scope(acme.id):
        DocumentVersion.objects.update(media_type="application/pdf")
    response = browser_of(bob).get(opened)
    assert response.headers["Content-Disposition"].startswith("inline")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert browser_of(bob).get(address(document)).headers["Content-Disposition"].startswith("attachment")


def test_an_outsider_opens_no_pdf(document, acme, carol, browser_of):
    with tenant_scope(acme.id):
        DocumentVersion.objects.update(media_type="application/pdf")
    assert browser_of(carol).get(address(document) + "?open=1").status_code == 404


def test_original_is_sent_in_blocks_over_asgi(document, acme, bob, monkeypatch):
    monkeypatch.setattr("ingestion.views.BLOCK", 10)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    with tenant_scope(acme.id):
        version = DocumentVersion.objects.select_related("document").get(pk=document.current_version_id)
        request = ASGIRequest(scope, BytesIO())
        request.user = bob
        response = original(request, version)

    async def lengths() -> list[int]:
        return [len(block) async for block in response.streaming_content]

    assert response.is_async
    assert async_to_sync(lengths)() == [10, 10, 5]
    assert response.headers["Content-Length"] == "25"
    response.close()


def test_hostile_name_stays_a_name(document, acme, bob, browser_of):
    with tenant_scope(acme.id):
        Document.objects.filter(pk=document.pk).update(name='a"; filename="evil.html\r\nSet-Cookie: x=1')
    header = browser_of(bob).get(address(document)).headers["Content-Disposition"]
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith("attachment;")


def test_stranger_signs_in_first(document, client):
    assert client.get(address(document)).headers["Location"].startswith("/accounts/login/")


def test_carol_finds_nothing(document, carol, browser_of):
    assert browser_of(carol).get(address(document)).status_code == HTTPStatus.NOT_FOUND


def test_person_without_an_organisation_finds_nothing(document, operator, browser_of):
    assert browser_of(operator).get(address(document)).status_code == HTTPStatus.NOT_FOUND


def test_member_outside_the_collections_readers_finds_nothing(document, acme, bob, browser_of):
    with tenant_scope(acme.id):
        Collection.objects.update(everyone=False)
    assert browser_of(bob).get(address(document)).status_code == HTTPStatus.NOT_FOUND


def test_deleted_document_is_gone_before_its_file_is(document, acme, bob, alice, browser_of):
    with tenant_scope(acme.id):
        Document.objects.filter(pk=document.pk).update(deleted_at=timezone.now())
    for person in (bob, alice):
        assert browser_of(person).get(address(document)).status_code == HTTPStatus.NOT_FOUND


def test_lost_file_is_not_found_rather_than_a_crash(document, bob, browser_of, settings):
    settings.MEDIA_ROOT = settings.MEDIA_ROOT / "elsewhere"
    assert browser_of(bob).get(address(document)).status_code == HTTPStatus.NOT_FOUND
