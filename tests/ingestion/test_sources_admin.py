"""Sources in the admin: set up, tested, run, deleted; by those who tend documents alone."""

from http import HTTPStatus
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Collection, Document
from ingestion.sources import sync
from ingestion.sources.models import RunStatus, Source, SourceItem, SourceRun
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope
from tests.ingestion.listening import listening

ADD = "admin:sources_source_add"
SECRET = "bucket-secret-4711"


@pytest.fixture(autouse=True)
def in_acme(acme, monkeypatch):
    for task in ("sync_source", "remove_source"):
        monkeypatch.setattr(f"ingestion.sources.tasks.{task}.delay", lambda *_: None)
    with tenant_scope(acme.id):
        yield


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


def url(view: str, source: Source | None = None) -> str:
    return reverse(f"admin:sources_source_{view}", args=[source.pk] if source else [])


def folder_form(collection, folder, **more) -> dict:
    return {
        "name": "Share", "collection": collection.pk, "every": 60, "active": "on",
        "option_folder": str(folder), "option_below": "on",
    } | more  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.WATCHED_FOLDERS = [str(tmp_path)]
    (tmp_path / "a.txt").write_text("words")
    return tmp_path


@pytest.fixture
def source(handbook, folder, manager) -> Source:
    return Source.objects.create(
        name="Share",
        kind="folder",
        collection=handbook,
        keeper=manager,
        options={"folder": str(folder), "below": True},
    )


@pytest.fixture
def bucket(handbook) -> Source:
    options = {
        "bucket": "docs",
        "key_prefix": "",
        "endpoint": "https://s3.example.com",
        "region": "",
        "access_key": "k",
    }
    row = Source(name="Bucket", kind="s3", collection=handbook, options=options)
    row.secret = SECRET
    row.save()
    return row


def test_manager_chooses_a_kind_and_sets_a_source_up(mias, handbook, folder, manager) -> None:
    page = mias.get(url("add")).content.decode()
    for label in ("Website", "Watched folder", "S3 bucket", "Mailbox", "Git repository"):
        assert label in page
    page = mias.get(url("add") + "?kind=folder").content.decode()
    assert f"At or below one of these: {folder}" in page
    reply = mias.post(url("add") + "?kind=folder", folder_form(handbook, folder))
    row = Source.objects.get()
    assert reply.headers["Location"] == url("change", row)
    assert (row.kind, row.options, row.keeper) == ("folder", {"folder": str(folder), "below": True}, manager)
    assert row.next_run is not None
    assert AuditEvent.objects.filter(action="source.added", object_id=row.pk).exists()


@pytest.mark.parametrize("kind", ["web", "folder", "s3", "imap", "git"])
def test_form_of_each_kind_is_shown_and_names_what_is_missing(kind, mias) -> None:
    address = url("add") + f"?kind={kind}"
    assert mias.get(address).status_code == HTTPStatus.OK
    reply = mias.post(address, {"name": "X"})
    assert reply.status_code == HTTPStatus.OK
    assert "This field is required" in reply.content.decode()
    assert not Source.objects.exists()


def test_kind_that_the_operator_switched_off_is_not_offered(mias, settings, handbook, folder) -> None:
    settings.SOURCES = ["web"]
    page = mias.get(url("add")).content.decode()
    assert "Website" in page
    assert "Watched folder" not in page
    mias.post(url("add") + "?kind=folder", folder_form(handbook, folder))
    assert not Source.objects.exists()


def test_options_are_shown_again_and_changed(mias, source, handbook, folder) -> None:
    Source.objects.update(state={"old": 1})
    assert str(folder) in mias.get(url("change", source)).content.decode()
    mias.post(url("change", source), folder_form(handbook, folder / "inner", every=0))
    source.refresh_from_db()
    assert (source.options["folder"], source.next_run, source.state) == (str(folder / "inner"), None, {})


def bucket_form(collection, **more) -> dict:
    return {
        "name": "Bucket", "collection": collection.pk, "every": 60, "active": "on", "option_bucket": "docs",
        "option_endpoint": "https://s3.example.com", "option_access_key": "k", "option_secret_key": "",
    } | more  # fmt: skip


def test_secret_goes_in_and_never_comes_out(mias, bucket, handbook) -> None:
    assert SECRET not in bucket.encrypted_secret
    page = mias.get(url("change", bucket)).content.decode()
    assert SECRET not in page
    assert bucket.encrypted_secret not in page
    mias.post(url("change", bucket), bucket_form(handbook, option_key_prefix="x/"))
    bucket.refresh_from_db()
    assert (bucket.secret, bucket.options["key_prefix"]) == (SECRET, "x/")
    mias.post(url("change", bucket), bucket_form(handbook, option_secret_key="another"))
    bucket.refresh_from_db()
    assert bucket.secret == "another"
    assert "secret_key" not in bucket.options
    assert not any(SECRET in str(event.detail) for event in AuditEvent.objects.all())


@pytest.mark.parametrize(
    "change", [{"option_endpoint": "https://evil.example.com"}, {"option_access_key": "other"}]
)
def test_secret_never_follows_a_changed_address(change, mias, bucket, handbook) -> None:
    page = mias.post(url("change", bucket), bucket_form(handbook, **change)).content.decode()
    assert "enter it again" in page
    bucket.refresh_from_db()
    assert bucket.options["endpoint"] == "https://s3.example.com"


def test_connection_is_tested_in_words(mias, source, folder, settings) -> None:
    page = mias.post(url("test", source), follow=True).content.decode()
    assert "The folder can be read." in page
    settings.WATCHED_FOLDERS = []
    page = mias.post(url("test", source), follow=True).content.decode()
    assert "not open to your organisation" in page


def test_connection_test_reaches_no_private_address(mias, handbook, settings) -> None:
    with listening() as server:
        settings.SOURCES_ALLOWED_PORTS = [server.server_port]
        row = Source.objects.create(
            name="Site",
            kind="web",
            collection=handbook,
            options={"start": f"{server.url}/", "delay": 1, "most": 5, "depth": 1},
        )
        page = mias.post(url("test", row), follow=True).content.decode()
        assert "private network" in page
        assert server.connections == 0


def test_run_from_the_button_to_the_document(mias, source) -> None:
    mias.post(url("sync", source))
    run = SourceRun.objects.get()
    assert run.status == RunStatus.QUEUED
    page = mias.get(url("change", source)).content.decode()
    assert "data-follow-run" in page
    assert "Sync now" not in page
    sync.run_source(run.pk)
    state = mias.get(url("state", source)).json()
    assert state["finished"]
    assert "1 added" in state["html"]
    assert "1 added" in mias.get(url("changelist")).content.decode()
    assert Document.objects.get().name == "Share/a.txt"


def test_run_is_canceled(mias, source) -> None:
    mias.post(url("sync", source))
    mias.post(url("cancel", source))
    assert SourceRun.objects.get().status == RunStatus.CANCELED


def test_held_removal_is_confirmed_by_a_person(mias, source) -> None:
    mias.post(url("confirm", source))
    assert not SourceRun.objects.exists()
    SourceRun.objects.create(source=source, status=RunStatus.HELD, sentence="7 of 12 are gone.")
    assert "Remove what is gone" in mias.get(url("change", source)).content.decode()
    mias.post(url("confirm", source))
    assert SourceRun.objects.filter(status=RunStatus.QUEUED, confirmed=True).exists()


def test_problems_are_listed_and_escaped(mias, source) -> None:
    SourceRun.objects.create(
        source=source, status=RunStatus.DONE, failed=1, problems=[["<script>x</script>.txt", "It is empty."]]
    )
    page = mias.get(url("change", source)).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;.txt" in page
    assert "It is empty." in page


def test_what_was_deleted_here_is_brought_back(mias, source, handbook, add_document) -> None:
    SourceItem.objects.create(source=source, key="a.txt", fingerprint="1", last_seen=timezone.now())
    assert "Bring back 1 deleted here" in mias.get(url("change", source)).content.decode()
    mias.post(url("bring_back", source))
    assert not SourceItem.objects.exists()
    assert SourceRun.objects.exists()


@pytest.mark.parametrize("choice", ["keep", "delete"])
def test_deleting_asks_what_becomes_of_the_documents(choice, mias, source) -> None:
    assert "What becomes of the" in mias.get(url("delete", source)).content.decode()
    assert "Choose one" in mias.post(url("delete", source), {"post": "yes"}).content.decode()
    mias.post(url("delete", source), {"documents": choice})
    source.refresh_from_db()
    assert source.deleted_at is not None
    assert source.keep_documents == (choice == "keep")
    assert mias.get(url("change", source)).status_code == HTTPStatus.FOUND


def test_collection_with_a_source_is_not_deleted(mias, source, handbook) -> None:
    address = reverse("admin:ingestion_collection_delete", args=[handbook.pk])
    page = mias.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "filled by the source “Share”" in page
    assert Collection.objects.filter(pk=handbook.pk).exists()


OWN_VIEWS = [
    ("test", "post"), ("sync", "post"), ("confirm", "post"), ("cancel", "post"), ("bring_back", "post"), ("state", "get"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "method"), OWN_VIEWS)
def test_bob_gets_nothing_and_carol_finds_nothing(
    view, method, source, bob, carol, browser_of, client
) -> None:
    for visitor, status in (
        (client, HTTPStatus.FOUND), (browser_of(bob), HTTPStatus.FOUND), (browser_of(carol), HTTPStatus.NOT_FOUND),
    ):  # fmt: skip
        reply = getattr(visitor, method)(url(view, source))
        assert reply.status_code == status
        assert "Share" not in reply.content.decode()
    assert not SourceRun.objects.exists()


def test_bob_may_not_even_see_the_list(source, bob, browser_of) -> None:
    for address in (url("changelist"), url("add"), url("change", source), url("delete", source)):
        reply = browser_of(bob).get(address, follow=True)
        assert "Share" not in reply.content.decode()


def test_carol_cannot_point_a_source_at_a_collection_of_acme(
    handbook, carol, browser_of, folder, globex
) -> None:
    reply = browser_of(carol).post(url("add") + "?kind=folder", folder_form(handbook, folder))
    assert "Select a valid choice" in reply.content.decode()
    with every_tenant():
        assert not Source.objects.exists()


@pytest.mark.parametrize("view", OWN_VIEWS)
def test_state_changes_only_by_post(view, source, mias) -> None:
    name, method = view
    other = "get" if method == "post" else "post"
    assert getattr(mias, other)(url(name, source)).status_code == HTTPStatus.NOT_FOUND
