"""A protected document is given its password by those who tend it, and nobody is ever shown it."""

import io
import logging

import pytest
from django.core.management import call_command
from django.urls import reverse

from ingestion import pipeline
from ingestion.actions import accept_upload
from ingestion.errors import UploadRefused
from ingestion.models import DocumentVersion, Passage, Status
from ingestion.passwords import give_password, password_of
from tenants.access import require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.ingestion.test_parse_passwords import pdf

SECRET = "open, Sesame 7"


@pytest.fixture
def locked(own_index, acme, handbook, alice) -> DocumentVersion:
    """Uploaded and tried, and found to be protected."""
    with tenant_scope(acme.id):
        member = require_member(alice.id, tenant=acme.id)
        upload = accept_upload(
            io.BytesIO(pdf(SECRET)), name="a.pdf", collection=handbook, member=member, send=False
        )
        pipeline.ingest(upload.version.pk)
        upload.version.refresh_from_db()
        assert (upload.version.status, upload.version.error_code) == (Status.FAILED, "encrypted")
        yield upload.version


def again(version: DocumentVersion) -> DocumentVersion:
    pipeline.ingest(version.pk)
    version.refresh_from_db()
    return version


def test_a_wrong_password_says_so_and_the_right_one_opens(locked, alice, acme) -> None:
    member = require_member(alice.id, tenant=acme.id)
    assert give_password(locked, "guessed", member)
    assert "does not open" in again(locked).error
    assert give_password(locked, SECRET, member)
    assert again(locked).status == Status.READY
    assert "Twenty days" in Passage.objects.get(version=locked).text
    assert not give_password(locked, SECRET, member)


def test_it_is_kept_encrypted_and_neither_shown_nor_logged(locked, manager, acme, browser_of, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    mias = browser_of(manager)
    page = reverse("admin:ingestion_document_change", args=[locked.document_id])
    assert b'type="password"' in mias.get(page).content
    mias.post(reverse("admin:ingestion_document_password", args=[locked.document_id]), {"password": SECRET})
    assert again(locked).status == Status.READY
    assert SECRET not in locked.password
    assert password_of(locked) == SECRET
    assert SECRET not in caplog.text
    body = mias.get(page).content.decode()
    assert SECRET not in body
    assert 'type="password"' not in body
    [event] = AuditEvent.objects.filter(action="document.password_given")
    assert (event.actor, SECRET in str(event.detail)) == (manager, False)


def test_members_and_outsiders_give_none(locked, bob, carol, acme, browser_of) -> None:
    url = reverse("admin:ingestion_document_password", args=[locked.document_id])
    for who in (bob, carol):
        assert browser_of(who).post(url, {"password": SECRET}).status_code in (302, 403, 404)
    with pytest.raises(NotAllowed):
        give_password(locked, SECRET, require_member(bob.id, tenant=acme.id))
    locked.refresh_from_db()
    assert (locked.status, locked.password) == (Status.FAILED, "")


@pytest.mark.parametrize("password", ["", "x" * 1001])
def test_what_cannot_be_a_password_is_refused(locked, alice, acme, password) -> None:
    with pytest.raises(UploadRefused):
        give_password(locked, password, require_member(alice.id, tenant=acme.id))


def test_it_moves_to_the_newest_key(locked, alice, acme, settings) -> None:
    give_password(locked, SECRET, require_member(alice.id, tenant=acme.id))
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "the next one"
    call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    locked.refresh_from_db()
    assert password_of(locked) == SECRET
