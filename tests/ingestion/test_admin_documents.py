"""Documents in the admin: states in plain words, and every change through an action."""

from http import HTTPStatus

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from ingestion.models import Collection, Document, DocumentVersion, ExtractedText, Passage, Status
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

LIST = "admin:ingestion_document_changelist"
ENCRYPTED = "This file is protected by a password. Remove the password and upload it again."


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def told(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_list_says_in_plain_words_how_each_document_is(mias, handbook, add_document):
    add_document(handbook, "Good", warnings=["Page 3 is a picture."])
    add_document(handbook, "Secret", status="failed", error=ENCRYPTED)
    add_document(handbook, "Long", status="processing", stage="embed", progress=50)
    body = mias.get(reverse(LIST)).content.decode()
    for words in ("Ready", "1 remark", ENCRYPTED, "Understanding the passages", "60 %"):
        assert words in body


@pytest.mark.parametrize(("state", "title"), [("busy", "Long"), ("ready", "Good"), ("failed", "Secret")])
def test_list_is_filtered_by_the_newest_versions_state(mias, handbook, add_document, state, title):
    add_document(handbook, "Good")
    add_document(handbook, "Secret", status="failed")
    add_document(handbook, "Long", status="queued")
    rows = mias.get(reverse(LIST), {"status": state}).context["cl"].result_list
    assert [row.title for row in rows] == [title]


def test_failed_new_version_says_that_the_old_one_answers(mias, handbook, add_document):
    document = add_document(handbook)
    DocumentVersion.objects.create(
        document=document, number=2, sha256="x", size=1, status=Status.FAILED, error=ENCRYPTED
    )
    item = progress(mias, document)[0]
    assert item["state"] == "failed"
    assert item["error"] == ENCRYPTED
    assert "answered from the earlier text" in item["note"]


def progress(client, *documents):
    ids = ",".join(str(document.pk) for document in documents)
    return client.get(reverse("admin:ingestion_document_progress"), {"ids": ids}).json()["items"]


def test_progress_grows_from_stage_to_stage(mias, handbook, add_document):
    document = add_document(handbook, status="queued")
    seen = []
    for status, stage, percent in [
        ("queued", "", 0), ("processing", "", 0), ("processing", "parse", 0), ("processing", "chunk", 0),
        ("processing", "embed", 10), ("processing", "embed", 90), ("processing", "publish", 0), ("ready", "", 100),
    ]:  # fmt: skip
        DocumentVersion.objects.update(status=status, stage=stage, progress=percent)
        seen.append(progress(mias, document)[0]["percent"])
    assert seen == sorted(set(seen))
    assert progress(mias, document)[0]["busy"] is False


def test_progress_ignores_rubbish(mias, handbook, add_document):
    add_document(handbook)
    response = mias.get(reverse("admin:ingestion_document_progress"), {"ids": "x,,1' or '1'='1,\x00"})
    assert response.json() == {"items": []}


def test_retry_queues_a_failed_document_again(mias, handbook, add_document):
    document = add_document(handbook, status="failed", error=ENCRYPTED, attempts=3)
    mias.post(reverse("admin:ingestion_document_retry", args=[document.pk]))
    version = DocumentVersion.objects.get()
    assert (version.status, version.error, version.attempts) == (Status.QUEUED, "", 0)
    assert AuditEvent.objects.filter(action="document.retried", object_id=document.pk).exists()


def test_retry_leaves_what_has_not_failed(mias, handbook, add_document):
    document = add_document(handbook)
    response = mias.post(reverse("admin:ingestion_document_retry", args=[document.pk]))
    assert DocumentVersion.objects.get().status == Status.READY
    assert "None of them had failed" in told(response)


def test_reading_again_takes_a_ready_document(mias, handbook, add_document):
    document = add_document(handbook)
    mias.post(reverse("admin:ingestion_document_reindex", args=[document.pk]))
    assert DocumentVersion.objects.get().status == Status.QUEUED
    document.refresh_from_db()
    assert document.current_version is not None


@pytest.mark.parametrize("view", ["retry", "reindex"])
def test_nothing_changes_by_following_a_link(mias, handbook, add_document, view):
    document = add_document(handbook, status="failed")
    address = reverse(f"admin:ingestion_document_{view}", args=[document.pk])
    assert mias.get(address).status_code == HTTPStatus.NOT_FOUND
    assert DocumentVersion.objects.get().status == Status.FAILED


def test_deletion_hides_at_once_and_leaves_the_rest_to_the_purge(mias, handbook, add_document):
    document = add_document(handbook)
    address = reverse("admin:ingestion_document_delete", args=[document.pk])
    assert "Travel policy" in mias.get(address).content.decode()
    mias.post(address, {"post": "yes"})
    assert Document.objects.get().deleted_at is not None
    assert mias.get(reverse(LIST)).context["cl"].result_count == 0
    assert AuditEvent.objects.filter(action="document.deleted", object_id=document.pk).exists()


def test_several_are_deleted_after_a_confirmation(mias, handbook, add_document):
    documents = [add_document(handbook, title) for title in ("One", "Two")]
    data = {"action": "delete_selected", "_selected_action": [d.pk for d in documents]}
    assert "One" in mias.post(reverse(LIST), data).content.decode()
    assert Document.objects.live().count() == 2
    mias.post(reverse(LIST), data | {"post": "yes"})
    assert Document.objects.live().count() == 0
    assert Document.objects.count() == 2


def test_several_are_moved_to_a_chosen_collection(mias, handbook, add_document):
    target = Collection.objects.create(name="Archive")
    documents = [add_document(handbook, title) for title in ("One", "Two")]
    data = {"action": "move", "_selected_action": [d.pk for d in documents]}
    assert "Move to" in mias.post(reverse(LIST), data).content.decode()
    page = mias.post(reverse(LIST), data | {"apply": "1"}).content.decode()
    assert "Choose a collection first." in page
    mias.post(reverse(LIST), data | {"apply": "1", "collection": target.pk})
    assert set(Document.objects.values_list("collection", flat=True)) == {target.pk}


def test_move_onto_the_same_file_name_is_refused_in_words(mias, handbook, add_document):
    target = Collection.objects.create(name="Archive")
    add_document(target, "One")
    document = add_document(handbook, "One")
    data = {"action": "move", "_selected_action": document.pk, "apply": "1", "collection": target.pk}
    response = mias.post(reverse(LIST), data)
    assert "“Archive” already holds a file named “One.txt”" in told(response)
    address = reverse("admin:ingestion_document_change", args=[document.pk])
    page = mias.post(address, {"title": "One", "collection": target.pk}).content.decode()
    assert "already holds a file named" in page
    document.refresh_from_db()
    assert document.collection == handbook


def test_title_and_collection_are_changed_on_the_page(mias, handbook, add_document):
    target = Collection.objects.create(name="Archive")
    document = add_document(handbook)
    address = reverse("admin:ingestion_document_change", args=[document.pk])
    mias.post(address, {"title": "Trips", "collection": target.pk})
    document.refresh_from_db()
    assert (document.title, document.collection) == ("Trips", target)
    actions = set(AuditEvent.objects.filter(object_id=document.pk).values_list("action", flat=True))
    assert {"document.renamed", "document.moved"} <= actions


def test_page_shows_versions_and_buttons_that_fit_the_state(mias, handbook, add_document):
    document = add_document(handbook, status="failed", error=ENCRYPTED)
    address = reverse("admin:ingestion_document_change", args=[document.pk])
    body = mias.get(address).content.decode()
    assert ENCRYPTED in body
    assert reverse("admin:ingestion_document_retry", args=[document.pk]) in body
    assert reverse("admin:ingestion_document_reindex", args=[document.pk]) not in body


def test_extracted_text_is_escaped_and_paged(mias, handbook, add_document):
    document = add_document(handbook)
    text = "<script>alert(1)</script>" + "ä" * 19_990 + "the second page"
    ExtractedText.objects.create(version=document.current_version, text=text)
    address = reverse("admin:ingestion_document_text", args=[document.pk])
    first = mias.get(address).content.decode()
    assert "&lt;script&gt;alert(1)" in first
    assert "<script>alert(1)" not in first
    assert "the second page" not in first
    assert "the second page" in mias.get(address, {"page": 2}).content.decode()


def test_passages_are_listed_with_page_and_headings(mias, handbook, add_document):
    document = add_document(handbook)
    for position in range(25):
        Passage.objects.create(
            version=document.current_version, position=position, text=f"Passage <{position}>", start=0, end=1,
            page=position + 1, heading=["Travel", "Trains & trams"], tokens=3, content_hash="x",
        )  # fmt: skip
    address = reverse("admin:ingestion_document_passages", args=[document.pk])
    first = mias.get(address).content.decode()
    assert "Passage &lt;0&gt;" in first
    assert "Trains &amp; trams" in first
    assert "Passage &lt;24&gt;" not in first
    assert "Passage &lt;24&gt;" in mias.get(address, {"page": 2}).content.decode()


@pytest.mark.parametrize("number", ["9", "x", "-1"])
def test_unknown_version_is_not_found(mias, handbook, add_document, number):
    document = add_document(handbook)
    address = reverse("admin:ingestion_document_text", args=[document.pk])
    assert mias.get(address, {"version": number}).status_code == HTTPStatus.NOT_FOUND


def test_original_of_each_version_is_downloaded_in_the_admin(mias, handbook, add_document):
    document = add_document(handbook)
    response = mias.get(reverse("admin:ingestion_document_file", args=[document.pk, 1]))
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_documents_history_comes_from_the_audit_trail(mias, manager, handbook, add_document):
    document = add_document(handbook, status="failed")
    mias.post(reverse("admin:ingestion_document_retry", args=[document.pk]))
    body = mias.get(reverse("admin:ingestion_document_history", args=[document.pk])).content.decode()
    assert "Document retried" in body
    assert "Mia Moss" in body


def test_title_with_markup_is_shown_as_text(mias, handbook, add_document):
    document = add_document(handbook)
    Document.objects.update(title="<img src=x onerror=alert(1)>")
    for address in (reverse(LIST), reverse("admin:ingestion_document_change", args=[document.pk])):
        assert "<img src=x" not in mias.get(address).content.decode()
