"""Uploading in the admin: many files, each with its own answer in plain words."""

from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ingestion.models import Collection, Document, DocumentVersion
from tenants.scoping import tenant_scope

PAGE = "admin:ingestion_document_upload"
ONE = "admin:ingestion_document_upload_file"


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def file(name="notes.txt", content=b"Some words."):
    return SimpleUploadedFile(name, content)


def send(client, into, upload, **data):
    data = {"collection": into.pk if into else None, "file": upload} | data
    return client.post(reverse(ONE), {key: value for key, value in data.items() if value is not None})


def test_file_becomes_a_queued_document(mias, manager, handbook):
    response = send(mias, handbook, file())
    assert response.status_code == HTTPStatus.CREATED
    document = Document.objects.get()
    version = DocumentVersion.objects.get()
    answer = response.json()
    assert answer["document"] == str(document.pk)
    assert answer["version"] == str(version.pk)
    assert (answer["duplicate"], answer["status"]) == (False, "queued")
    assert (document.title, document.uploader) == ("notes", manager)
    assert version.file.read() == b"Some words."


def test_same_content_is_not_stored_twice(mias, handbook):
    first = send(mias, handbook, file()).json()
    response = send(mias, handbook, file("copy.txt"))
    assert response.status_code == HTTPStatus.OK
    assert response.json()["duplicate"] is True
    assert response.json()["document"] == first["document"]
    assert DocumentVersion.objects.count() == 1


def test_same_name_becomes_the_next_version(mias, handbook):
    send(mias, handbook, file())
    send(mias, handbook, file(content=b"Other words."))
    assert Document.objects.count() == 1
    assert list(DocumentVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_empty_file_is_refused_in_a_sentence(mias, handbook):
    response = send(mias, handbook, file(content=b""))
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (
        response.json()["error"]["text"]
        == "“notes.txt” is empty (0 bytes). Check the file and upload it again."
    )


def test_large_file_is_refused_in_a_sentence(mias, handbook, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    for size in (1024 * 1024 + 1, 2 * 1024 * 1024):
        response = send(mias, handbook, file(content=b"x" * size))
        assert response.json()["error"]["code"] == "too_large"
        assert "larger than 1 MB" in response.json()["error"]["text"]
    assert not Document.objects.exists()


def test_full_quota_is_said_in_a_sentence(mias, handbook, settings):
    settings.TENANT_QUOTA_BYTES = 4
    assert send(mias, handbook, file()).json()["error"]["code"] == "quota"


def test_full_disk_is_said_in_a_sentence_and_leaves_no_document(mias, handbook, monkeypatch):
    def no_space(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingestion.admin_views.accept_upload", no_space)
    response = send(mias, handbook, file())
    assert response.status_code == HTTPStatus.INSUFFICIENT_STORAGE
    assert "disk may be full" in response.json()["error"]["text"]


@pytest.mark.parametrize("collection", [None, "", "nonsense", "0192f0c1-2b3c-7def-8000-000000000000"])
def test_collection_must_be_one_of_the_organisation(mias, handbook, collection):
    response = send(mias, handbook, file(), collection=collection)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.json()["error"]["code"] == "collection"


def test_upload_without_a_file_is_an_answer_and_not_a_crash(mias, handbook):
    assert send(mias, handbook, None).json()["error"]["code"] == "no_file"
    assert send(mias, handbook, "just text").json()["error"]["code"] == "no_file"


def test_only_posts_upload(mias):
    assert mias.get(reverse(ONE)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_uploads_need_the_forms_token(manager, handbook, browser_of):
    client = browser_of(manager)
    client.handler.enforce_csrf_checks = True
    assert send(client, handbook, file()).status_code == HTTPStatus.FORBIDDEN
    assert not Document.objects.exists()


def test_members_cannot_upload(bob, handbook, browser_of):
    send(browser_of(bob), handbook, file())
    assert not Document.objects.exists()


def test_path_in_a_file_name_is_dropped(mias, handbook):
    send(mias, handbook, file("../../etc/passwd.txt"))
    assert Document.objects.get().name == "passwd.txt"


def test_new_version_keeps_the_documents_name(mias, handbook, add_document):
    document = add_document(handbook, "Travel policy")
    response = send(mias, None, file("draft 7.txt"), document=str(document.pk))
    assert response.status_code == HTTPStatus.CREATED
    assert [v.number for v in document.versions.order_by("number")] == [1, 2]
    document.refresh_from_db()
    assert document.current_version.number == 1  # until the new one is ready


def test_new_version_must_be_of_the_same_kind(mias, handbook, add_document):
    document = add_document(handbook, "Travel policy")
    response = send(mias, None, file("policy.pdf"), document=str(document.pk))
    assert response.json()["error"]["text"].startswith(
        "“Travel policy.txt” can only be followed by another .txt."
    )


@pytest.mark.parametrize("document", ["nonsense", "0192f0c1-2b3c-7def-8000-000000000000"])
def test_new_version_of_nothing_is_not_found(mias, handbook, document):
    assert send(mias, handbook, file(), document=document).status_code == HTTPStatus.NOT_FOUND


def test_page_offers_the_organisations_collections(mias, handbook, globex):
    with tenant_scope(globex.id):
        Collection.objects.create(name="Of Globex")
    body = mias.get(reverse(PAGE)).content.decode()
    assert "Handbook" in body
    assert "Of Globex" not in body


def test_adding_leads_to_the_upload_page(mias):
    assert mias.get(reverse("admin:ingestion_document_add")).headers["Location"] == reverse(PAGE)


def test_plain_form_takes_several_files_without_script(mias, handbook):
    data = {
        "collection": handbook.pk,
        "files": [file("a.txt", b"A"), file("b.txt", b"B"), file("c.txt", b"")],
    }
    page = mias.post(reverse(PAGE), data, follow=True).content.decode()
    assert "2 documents are being read." in page
    assert "“c.txt” is empty" in page
    assert set(Document.objects.values_list("name", flat=True)) == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [({}, "Choose a collection first."), ({"collection": True}, "Choose at least one file.")],
)
def test_plain_form_says_what_is_missing(mias, handbook, data, sentence):
    if data:
        data = {"collection": handbook.pk}
    assert sentence in mias.post(reverse(PAGE), data, follow=True).content.decode()
