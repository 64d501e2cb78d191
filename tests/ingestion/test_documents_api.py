"""The JSON of the documents page: what its tenders find, page by page, and each change through an action."""

import json
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from ingestion import listing
from ingestion.models import Collection, Document, DocumentVersion, ExtractedText, Passage, Status
from tenants.crypto import decrypt
from tenants.ids import new_id
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

LIST = reverse("documents-list")


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def titles(client, **query):
    answer = client.get(LIST, query)
    assert answer.status_code == HTTPStatus.OK, answer.content
    return [item["title"] for item in answer.json()["items"]]


def act(client, action, *documents, **more):
    body = {"action": action, "documents": [str(getattr(d, "pk", d)) for d in documents]} | more
    return client.post(reverse("documents-act"), json.dumps(body), content_type="application/json")


def named(document, name, **fields):
    Document.objects.filter(pk=document.pk).update(name=name, **fields)
    return document


def test_list_is_given_page_by_page_without_gaps_or_repeats(mias, handbook, add_document, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 3)
    for n in range(8):
        add_document(handbook, f"Plan {n}")
    Document.objects.update(created=timezone.now())  # a key alone does not tell them apart
    for order in listing.ORDERS:
        found, after, pages = [], "", 0
        while pages == 0 or after:
            page = mias.get(LIST, {"order": order, "after": after}).json()
            found += [item["title"] for item in page["items"]]
            after, pages = page["next"], pages + 1
        assert sorted(found) == [f"Plan {n}" for n in range(8)]
        assert pages == 3


def test_list_is_ordered_as_people_read(mias, handbook, add_document):
    for title in ("banana", "Apple", "cherry"):
        add_document(handbook, title)
    assert titles(mias, order="title") == ["Apple", "banana", "cherry"]
    assert titles(mias) == ["cherry", "Apple", "banana"]
    assert titles(mias, order="oldest") == ["banana", "Apple", "cherry"]


def test_filters_cut_the_list(mias, handbook, add_document):
    other = Collection.objects.create(name="Other")
    add_document(other, "Elsewhere")
    add_document(handbook, "Good")
    add_document(handbook, "Half", warnings=["Page 3 is a picture."])
    add_document(handbook, "Bad", status="failed")
    add_document(handbook, "Stopped", status="canceled")
    add_document(handbook, "Slow", status="queued")
    named(Document.objects.get(title="Good"), "Policies/2026/good.pdf", tags=["Grün", "hr"])
    named(Document.objects.get(title="Half"), "Policies/half.docx", tags=["hr2"])
    named(Document.objects.get(title="Bad"), "Policies-old/bad.txt")
    assert titles(mias, collection=other.pk) == ["Elsewhere"]
    assert set(titles(mias, state="ready")) == {"Elsewhere", "Good", "Half"}
    for state, title in (("remarks", "Half"), ("failed", "Bad"), ("canceled", "Stopped"), ("busy", "Slow")):
        assert titles(mias, state=state) == [title]
    assert titles(mias, kind="pdf") == ["Good"]
    assert set(titles(mias, folder="Policies")) == {"Good", "Half"}
    assert titles(mias, folder="Policies/2026/") == ["Good"]
    assert titles(mias, tag="hr") == titles(mias, tag="Grün") == ["Good"]
    assert titles(mias, text="2026 GOOD") == ["Good"]
    assert titles(mias, text="2026 half") == []


def test_a_state_of_many_is_filtered_like_one_of_few(mias, handbook, add_document, monkeypatch):
    monkeypatch.setattr(listing, "FEW", 1)
    for n in range(3):
        add_document(handbook, f"Bad {n}", status="failed")
    add_document(handbook, "Good")
    assert sorted(titles(mias, state="failed")) == ["Bad 0", "Bad 1", "Bad 2"]


def test_the_newest_version_decides_the_state(mias, handbook, add_document):
    document = add_document(handbook)
    DocumentVersion.objects.create(document=document, number=2, sha256="x", size=1, status="failed")
    assert titles(mias, state="failed") == ["Travel policy"]
    assert titles(mias, state="ready") == []
    assert mias.get(reverse("documents-summary")).json()["counts"] == {
        "all": 1, "busy": 0, "failed": 1, "canceled": 0, "ready": 0, "remarks": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        {"state": "odd"}, {"kind": "odd"}, {"order": "odd"}, {"collection": "odd"}, {"text": "a\x00"},
        {"after": "odd"}, {"after": "WzEsMl0="}, {"after": "WyJ4IiwgIngiXQ=="}, {"after": "bnVsbA=="},
    ],
)  # fmt: skip
def test_what_no_page_asks_is_refused_in_words(mias, handbook, query):
    answer = mias.get(LIST, query)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"]["text"].endswith(".")


def test_choices_count_collections_folders_and_tags(mias, handbook, add_document):
    Collection.objects.create(name="Empty")
    for title, name, tags in (
        ("a", "Policies/2026/a.txt", ["hr"]),
        ("b", "Policies/2026/b.txt", ["hr", "Grün"]),
        ("c", "Policies/c.txt", []),
        ("d", "d.txt", []),
    ):
        named(add_document(handbook, title), name, tags=tags)
    found = mias.get(reverse("documents-choices")).json()
    assert [(each["name"], each["count"]) for each in found["collections"]] == [("Empty", 0), ("Handbook", 4)]
    assert found["folders"] == [{"path": "Policies", "count": 1}, {"path": "Policies/2026", "count": 2}]
    assert found["tags"] == [{"name": "Grün", "count": 1}, {"name": "hr", "count": 2}]


def test_progress_tells_stage_time_left_and_what_can_be_done(mias, handbook, add_document):
    began = timezone.now() - timedelta(seconds=60)
    slow = add_document(
        handbook, "Slow", status="processing", stage="embed", stage_began=began, progress=25, attempts=1
    )
    bad = add_document(handbook, "Bad", status="failed", error="It is empty.", error_code="empty")
    query = {"ids": f"{slow.pk},{bad.pk},x,{new_id()}"}
    answer = mias.get(reverse("documents-progress"), query)
    by_title = {item["title"]: item for item in answer.json()["items"]}
    assert by_title["Slow"]["label"] == "Understanding the passages"
    assert by_title["Slow"]["percent"] == 42
    assert 175 <= by_title["Slow"]["seconds_left"] <= 190
    assert (by_title["Slow"]["cancelable"], by_title["Slow"]["retryable"]) == (True, False)
    assert (by_title["Bad"]["error"], by_title["Bad"]["code"]) == ("It is empty.", "empty")
    assert (by_title["Bad"]["cancelable"], by_title["Bad"]["retryable"]) == (False, True)


def test_nothing_new_is_told_in_a_word(mias, handbook, add_document):
    document = add_document(handbook)
    address = reverse("documents-progress") + f"?ids={document.pk}"
    tag = mias.get(address).headers["ETag"]
    assert mias.get(address, headers={"If-None-Match": tag}).status_code == HTTPStatus.NOT_MODIFIED


def test_those_who_wait_are_told_a_time_by_what_was_read_lately(mias, handbook, add_document):
    waiting = add_document(handbook, "Waiting", status="queued", heartbeat=timezone.now())
    address = reverse("documents-progress") + f"?ids={waiting.pk}"
    assert mias.get(address).json()["items"][0]["seconds_left"] is None
    now = timezone.now()
    for n in range(4):
        done = now - timedelta(seconds=30 - 10 * n)
        add_document(handbook, f"Done {n}", heartbeat=done, ready_at=done)
    assert mias.get(address).json()["items"][0]["seconds_left"] in (10, 11)
    summary = mias.get(reverse("documents-summary"), {"collection": str(handbook.pk)}).json()
    assert summary["seconds_left"] in (10, 11)


def test_upload_keeps_folders_and_cleans_them(mias, handbook):
    def send(path, content):
        data = {"collection": handbook.pk, "path": path, "file": SimpleUploadedFile("a.txt", content)}
        return mias.post(reverse("documents-upload"), data)

    assert send("Policies/2026/a.txt", b"One.").status_code == HTTPStatus.CREATED
    assert send("../../etc/./b\u202e.txt", b"Two.").status_code == HTTPStatus.CREATED
    assert set(Document.objects.values_list("name", flat=True)) == {"Policies/2026/a.txt", "etc/b.txt"}
    again = send("Policies/2026/a.txt", b"One.")
    assert (again.status_code, again.json()["duplicate"]) == (HTTPStatus.OK, True)
    assert send("Policies/2026/a.txt", b"Three.").status_code == HTTPStatus.CREATED
    assert Document.objects.get(name="Policies/2026/a.txt").versions.count() == 2
    assert send("c.txt", b"").json()["error"]["code"] == "empty"


def test_a_canceled_upload_can_be_sent_again(mias, handbook):
    def send():
        data = {"collection": handbook.pk, "path": "a.txt", "file": SimpleUploadedFile("a.txt", b"One.")}
        return mias.post(reverse("documents-upload"), data)

    document = Document.objects.get(pk=send().json()["document"])
    assert act(mias, "cancel", document).json()["done"] == [str(document.pk)]
    assert send().status_code == HTTPStatus.CREATED


def test_documents_wait_again_after_a_retry_or_a_second_reading(mias, handbook, add_document):
    bad = add_document(handbook, "Bad", status="failed", error="It is empty.")
    stopped = add_document(handbook, "Stopped", status="canceled")
    good = add_document(handbook, "Good")
    answer = act(mias, "retry", bad, stopped, good).json()
    assert set(answer["done"]) == {str(bad.pk), str(stopped.pk)}
    assert {item["state"] for item in answer["items"]} == {"queued"}
    assert act(mias, "read_again", bad, good).json()["done"] == [str(good.pk)]


def test_several_are_moved_and_the_one_that_cannot_be_says_why(mias, handbook, add_document):
    target = Collection.objects.create(name="Archive")
    add_document(target, "One")
    one, two = add_document(handbook, "One"), add_document(handbook, "Two")
    answer = act(mias, "move", one, two, collection=str(target.pk)).json()
    assert answer["done"] == [str(two.pk)]
    assert answer["refused"][0]["id"] == str(one.pk)
    assert "already holds a file named “One.txt”" in answer["refused"][0]["text"]
    assert answer["items"][0]["collection"]["name"] == "Archive"
    assert act(mias, "move", one, collection=str(new_id())).status_code == HTTPStatus.NOT_FOUND


def test_a_deletion_hides_at_once_and_can_be_taken_back(mias, handbook, add_document):
    document = add_document(handbook)
    act(mias, "delete", document)
    assert titles(mias) == []
    assert act(mias, "restore", document).json()["done"] == [str(document.pk)]
    assert titles(mias) == ["Travel policy"]
    events = (
        AuditEvent.objects.filter(object_id=document.pk).order_by("created").values_list("action", flat=True)
    )
    assert list(events) == ["document.deleted", "document.restored"]
    assert act(mias, "restore", document).json()["done"] == []


def test_a_deletion_is_final_after_its_time(mias, handbook, add_document):
    document = add_document(handbook)
    act(mias, "delete", document)
    Document.objects.update(deleted_at=timezone.now() - timedelta(seconds=21))
    assert act(mias, "restore", document).json()["done"] == []
    assert titles(mias) == []


def test_a_deletion_elsewhere_whose_purge_may_have_begun_is_not_taken_back(mias, handbook, add_document):
    document = add_document(handbook)
    mias.post(reverse("admin:ingestion_document_delete", args=[document.pk]), {"post": "yes"})
    assert act(mias, "restore", document).json()["done"] == []


def test_taking_back_a_deletion_says_when_the_name_is_taken(mias, handbook, add_document):
    document = add_document(handbook)
    act(mias, "delete", document)
    add_document(handbook)
    assert "another file of the same name" in act(mias, "restore", document).json()["refused"][0]["text"]


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"action": "retry", "documents": ["x"]}', '{"action": "retry", "documents": 3}']
)
def test_a_malformed_change_is_refused(mias, body):
    answer = mias.post(reverse("documents-act"), body, content_type="application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_an_unknown_change_is_refused(mias, handbook, add_document):
    assert act(mias, "publish", add_document(handbook)).status_code == HTTPStatus.BAD_REQUEST


def test_title_is_changed_and_what_is_not_printable_dropped(mias, handbook, add_document):
    document = add_document(handbook)
    address = reverse("documents-rename", args=[document.pk])

    def rename(title):
        return mias.post(address, json.dumps({"title": title}), content_type="application/json")

    assert rename("  Trips\u202e\n<b>2026</b> ").json()["items"][0]["title"] == "Trips <b>2026</b>"
    refused = rename(" \u200b ")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "empty_title")


def test_a_password_is_kept_encrypted_and_the_file_read_again(mias, handbook, add_document):
    document = add_document(handbook, status="failed", error_code="encrypted", error="It has a password.")
    address = reverse("documents-password", args=[document.pk])

    def give(password):
        return mias.post(address, json.dumps({"password": password}), content_type="application/json")

    assert give("").status_code == HTTPStatus.BAD_REQUEST
    answer = give("Sesame 1")
    assert answer.json()["items"][0]["state"] == "queued"
    version = DocumentVersion.objects.get()
    assert "Sesame" not in version.password
    assert decrypt(version.password) == "Sesame 1"
    assert "Sesame" not in str(AuditEvent.objects.values_list("detail", flat=True))
    assert give("Sesame 2").json()["error"]["code"] == "no_password_needed"


def test_details_text_and_passages_are_shown_in_parts(mias, handbook, add_document, monkeypatch):
    monkeypatch.setattr("ingestion.documents_api.TEXT_PAGE", 10)
    monkeypatch.setattr("ingestion.documents_api.PASSAGES_PAGE", 2)
    document = add_document(handbook, warnings=["Page 3 is a picture."])
    version = document.current_version
    ExtractedText.objects.create(version=version, text="<b>Ärger</b> 12")
    for position in range(3):
        Passage.objects.create(
            version=version, position=position, text=f"P{position}", start=0, end=2, page=1, heading=["A"],
            tokens=1, content_hash="x",
        )  # fmt: skip
    shown = mias.get(reverse("documents-show", args=[document.pk])).json()
    assert shown["item"]["remarks"] == ["Page 3 is a picture."]
    assert [(each["number"], each["answers"]) for each in shown["versions"]] == [(1, True)]
    text = reverse("documents-text", args=[document.pk])
    assert mias.get(text).json() == {"text": "<b>Ärger</", "next": 10, "length": 15}
    assert mias.get(text, {"from": 10, "version": 1}).json() == {"text": "b> 12", "next": None, "length": 15}
    passages = reverse("documents-passages", args=[document.pk])
    assert [each["text"] for each in mias.get(passages).json()["items"]] == ["P0", "P1"]
    assert mias.get(passages, {"from": 2}).json()["items"][0] == {
        "number": 3, "page": 1, "heading": ["A"], "text": "P2",
    }  # fmt: skip
    for query in ({"version": 9}, {"version": "x"}, {"from": "-1"}):
        assert mias.get(text, query).status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


def test_changes_need_the_pages_token(manager, handbook, add_document, browser_of):
    document = add_document(handbook)
    client = browser_of(manager)
    client.handler.enforce_csrf_checks = True
    assert act(client, "delete", document).status_code == HTTPStatus.FORBIDDEN
    assert Document.objects.live().exists()


def test_page_comes_with_its_first_documents_and_nothing_that_runs(mias, handbook, add_document):
    add_document(handbook, "</script><img src=x onerror=alert(1)>")
    body = mias.get(reverse("documents")).content.decode()
    assert "onerror=alert(1)" in body
    assert "<img src=x" not in body
    assert "unsafe-inline" not in mias.get(reverse("documents")).headers["Content-Security-Policy"]


def test_a_damaged_link_leads_to_the_whole_list(mias):
    assert mias.get(reverse("documents"), {"state": "odd"}).headers["Location"] == reverse("documents")


def test_members_are_told_who_tends_documents(bob, handbook, add_document, browser_of):
    document = add_document(handbook, status="failed")
    client = browser_of(bob)
    page = client.get(reverse("documents"))
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert "Only knowledge managers" in page.content.decode()
    refused = act(client, "retry", document)
    assert (refused.status_code, refused.json()["error"]["code"]) == (HTTPStatus.FORBIDDEN, "not_allowed")
    assert DocumentVersion.objects.get().status == Status.FAILED
    data = {"collection": handbook.pk, "file": SimpleUploadedFile("a.txt", b"One.")}
    assert client.post(reverse("documents-upload"), data).status_code == HTTPStatus.FORBIDDEN
    assert Document.objects.count() == 1


def test_carol_changes_and_finds_nothing_of_acme(carol, handbook, add_document, browser_of):
    document = add_document(handbook, status="failed")
    client = browser_of(carol)
    assert client.get(LIST).json()["items"] == []
    for query in ({"collection": handbook.pk}, {"text": "travel"}, {"state": "failed"}):
        assert client.get(LIST, query).json()["items"] == []
    assert client.get(reverse("documents-progress"), {"ids": str(document.pk)}).json()["items"] == []
    assert client.get(reverse("documents-summary"), {"collection": handbook.pk}).json()["counts"]["all"] == 0
    assert client.get(reverse("documents-choices"), {"collection": handbook.pk}).json()["folders"] == []
    for action in ("retry", "cancel", "read_again", "delete", "move"):
        answer = act(client, action, document, collection=str(handbook.pk))
        assert answer.status_code == HTTPStatus.NOT_FOUND
    data = {"collection": handbook.pk, "file": SimpleUploadedFile("a.txt", b"One.")}
    assert client.post(reverse("documents-upload"), data).status_code == 422
    assert DocumentVersion.objects.get().status == Status.FAILED


def test_carol_takes_back_no_deletion_of_acme(mias, carol, handbook, add_document, browser_of):
    document = add_document(handbook)
    act(mias, "delete", document)
    assert act(browser_of(carol), "restore", document).json()["done"] == []
    assert not Document.objects.live().exists()
