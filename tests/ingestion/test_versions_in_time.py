"""Versions have dates: a question can be asked as of a day, and earlier versions never disturb today's answers."""

import asyncio
import io
from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from assistant.prompt import answer_messages
from assistant.retrieve import retrieve
from ingestion import index, pipeline
from ingestion.actions import accept_upload, move_document, reindex_version
from ingestion.days import end_of, today
from ingestion.earlier import archive_of
from ingestion.models import Collection, Document, DocumentVersion, Passage
from ingestion.reconciling import Differences, reconcile
from tenants.access import require_member
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

JANUARY, MARCH, MAY = date(2026, 1, 10), date(2026, 3, 10), date(2026, 5, 10)


@pytest.fixture(autouse=True)
def in_acme(own_index, acme):
    with tenant_scope(acme.id):
        yield


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def upload(mia, handbook):
    def put(text: str, name: str = "leave.md") -> DocumentVersion:
        taken = accept_upload(
            io.BytesIO(text.encode()), name=name, collection=handbook, member=mia, send=False
        )
        pipeline.ingest(taken.version.pk)
        taken.version.refresh_from_db()
        return taken.version

    return put


@pytest.fixture
def three(upload) -> list[DocumentVersion]:
    """Ten weeks of leave since January, twelve since March, fourteen since May."""
    versions = [upload(f"Parental leave lasts {weeks} weeks.") for weeks in ("ten", "twelve", "fourteen")]
    days = [JANUARY, MARCH, MAY, None]
    for version, since, until in zip(versions, days, days[1:], strict=False):
        DocumentVersion.objects.filter(pk=version.pk).update(
            effective_from=noon(since), effective_until=noon(until) if until else None
        )
        version.refresh_from_db()
    return versions


def noon(day: date) -> datetime:
    return end_of(day) - timedelta(hours=12)


def found(member, as_of: date | None = None) -> list[str]:
    passages = asyncio.run(retrieve("How long is parental leave?", member=member, limit=4, as_of=as_of))
    return [passage.text for passage in passages]


def places(acme) -> dict:
    store = index.active_store()

    async def everything():
        return {held.version: held.collection async for held in store.everything(acme.id)}

    return asyncio.run(everything())


def test_version_is_in_effect_from_its_publication_until_the_next(upload):
    before = timezone.now()
    first = upload("Ten weeks.")
    assert before < first.effective_from < timezone.now()
    assert first.effective_until is None
    second = upload("Twelve weeks.")
    first.refresh_from_db()
    assert first.effective_until == second.effective_from
    assert (first.status, second.status) == ("replaced", "ready")


def test_being_read_again_changes_no_date(upload, mia):
    version = upload("Ten weeks.")
    assert reindex_version(version, mia)
    pipeline.ingest(version.pk)
    again = DocumentVersion.objects.get(pk=version.pk)
    assert again.status == "ready"
    assert again.ready_at > version.ready_at
    assert again.effective_from == version.effective_from


def test_version_that_never_answered_has_no_dates_and_no_place(upload, mia, handbook, acme):
    late = accept_upload(io.BytesIO(b"Ten."), name="leave.md", collection=handbook, member=mia, send=False)
    upload("Twelve weeks.")
    pipeline.ingest(late.version.pk)
    late.version.refresh_from_db()
    assert (late.version.status, late.version.effective_from) == ("replaced", None)
    assert late.version.pk not in places(acme)


@pytest.mark.parametrize(
    ("day", "weeks"),
    [
        (date(2026, 1, 9), []),
        (JANUARY, ["ten"]),
        (date(2026, 3, 9), ["ten"]),
        (MARCH, ["twelve"]),
        (date(2026, 4, 1), ["twelve"]),
        (date(2026, 6, 1), ["fourteen"]),
        (None, ["fourteen"]),
    ],
)
def test_question_is_answered_from_the_version_of_its_day(three, mia, day, weeks):
    assert found(mia, day) == [f"Parental leave lasts {each} weeks." for each in weeks]


def test_search_of_today_never_meets_earlier_versions(three, mia, handbook, acme):
    assert places(acme) == {
        three[0].pk: archive_of(handbook.pk),
        three[1].pk: archive_of(handbook.pk),
        three[2].pk: handbook.pk,
    }


def test_outsider_and_reader_of_another_collection_find_no_earlier_version(
    three, bob, carol, handbook, acme, globex
):
    handbook.everyone = False
    handbook.save()
    assert found(require_member(bob.id, tenant=acme.id), MARCH) == []
    with tenant_scope(globex.id):
        assert found(require_member(carol.id, tenant=globex.id), MARCH) == []


def test_right_to_read_is_todays_whatever_day_is_asked_about(three, bob, mia, handbook, acme):
    reader = require_member(bob.id, tenant=acme.id)
    assert found(reader, JANUARY)
    move_document(three[0].document, collection=Collection.objects.create(name="Board"), member=mia)
    pipeline.move_index_entries(three[0].document_id)
    assert found(reader, JANUARY) == []
    assert found(mia, JANUARY) == ["Parental leave lasts ten weeks."]


def test_document_may_hold_from_before_its_upload(three, mia):
    Document.objects.update(valid_from=date(2025, 6, 1))
    assert found(mia, date(2025, 5, 31)) == []
    assert found(mia, date(2025, 6, 1)) == ["Parental leave lasts ten weeks."]
    assert found(mia, MARCH) == ["Parental leave lasts twelve weeks."]


def test_document_that_does_not_hold_yet_is_not_used(three, mia):
    Document.objects.update(valid_from=today() + timedelta(days=1))
    assert found(mia) == []
    Document.objects.update(valid_from=today())
    assert found(mia) == ["Parental leave lasts fourteen weeks."]


def test_deleted_document_is_not_found_as_of_any_day(three, mia):
    Document.objects.update(deleted_at=timezone.now())
    assert found(mia, MARCH) == []


def test_only_so_many_earlier_versions_are_kept(upload, settings, acme):
    settings.EARLIER_VERSIONS_KEPT = 1
    versions = [upload(f"Leave lasts {number} weeks.") for number in range(4)]
    kept = DocumentVersion.objects.order_by("number")
    assert list(kept.values_list("pk", flat=True)) == [versions[2].pk, versions[3].pk]
    assert set(places(acme)) == {versions[2].pk, versions[3].pk}
    assert [default_storage.exists(v.file.name) for v in versions] == [False, False, True, True]
    assert AuditEvent.objects.filter(action="document.earlier_version_removed").count() == 2


def test_lowered_limit_takes_effect_with_the_nightly_comparison(three, settings, acme):
    settings.EARLIER_VERSIONS_KEPT = 0
    reconcile(tenant=acme.id, mend=False, say=print)
    assert DocumentVersion.objects.count() == 3, "only looked"
    reconcile(tenant=acme.id, say=print)
    assert [v.pk for v in DocumentVersion.objects.all()] == [three[2].pk]
    assert set(places(acme)) == {three[2].pk}


def test_comparison_with_the_database_knows_the_archive(three, acme, handbook):
    store = index.active_store()
    assert reconcile(tenant=acme.id, say=print) == Differences()
    asyncio.run(store.delete_version(acme.id, three[0].pk))
    asyncio.run(store.move_version(acme.id, three[1].pk, collection=handbook.pk))
    assert reconcile(tenant=acme.id, say=print) == Differences(missing_passages=1, misplaced_documents=1)
    assert places(acme)[three[0].pk] == places(acme)[three[1].pk] == archive_of(handbook.pk)
    Passage.objects.filter(version=three[0]).delete()
    assert reconcile(tenant=acme.id, say=print) == Differences(stray_passages=1)


def test_index_built_anew_has_the_archive(three, mia, acme, handbook):
    call_command("reindex", "--fresh")
    assert places(acme)[three[0].pk] == archive_of(handbook.pk)
    assert found(mia, MARCH) == ["Parental leave lasts twelve weeks."]


def test_versions_of_before_get_their_dates(three):
    """By the migration, from when they were ready; one that was ready after its successor never answered."""
    late = DocumentVersion.objects.create(
        document=three[0].document,
        number=9,
        sha256="x",
        size=1,
        status="replaced",
        ready_at=noon(date(2026, 7, 1)),
    )
    last = DocumentVersion.objects.create(
        document=three[0].document,
        number=10,
        sha256="y",
        size=1,
        status="ready",
        ready_at=noon(date(2026, 6, 1)),
    )
    for version, day in zip(three, (JANUARY, MARCH, MAY), strict=True):
        DocumentVersion.objects.filter(pk=version.pk).update(
            ready_at=noon(day), effective_from=None, effective_until=None, status="replaced"
        )
    for _ in range(2):
        import_module("ingestion.migrations.0010_fill_effective_dates").fill(apps, None)
    rows = {v.pk: (v.effective_from, v.effective_until) for v in DocumentVersion.objects.all()}
    assert rows[three[0].pk] == (noon(JANUARY), noon(MARCH))
    assert rows[three[2].pk] == (noon(MAY), noon(date(2026, 6, 1)))
    assert rows[late.pk] == (None, None)
    assert rows[last.pk] == (noon(date(2026, 6, 1)), None)


def test_model_is_told_of_the_day_and_of_what_is_outdated(three, mia):
    Document.objects.update(valid_until=date(2026, 3, 31))
    expired = asyncio.run(retrieve("parental leave", member=mia, limit=4))
    [system, _] = answer_messages("?", tenant="Acme", passages=expired, history=(), budget=4000)
    boundary = system["content"].rsplit("\n", 1)[1]
    inside = system["content"].split(f"\n{boundary}\n")[1]
    assert "(outdated: this document held until 31 March 2026)" in inside
    as_of = asyncio.run(retrieve("parental leave", member=mia, limit=4, as_of=MARCH))
    [system, _] = answer_messages("?", tenant="Acme", passages=as_of, history=(), budget=4000, as_of=MARCH)
    assert "as of 10 March 2026" in system["content"]
    assert "(outdated" not in system["content"], "it held on that day"


def ask(capsys, *options: str) -> str:
    call_command(
        "ask", "How long is parental leave?", "--tenant", "Acme", "--user", "mia@acme.example", *options
    )
    return capsys.readouterr().out


def test_command_answers_as_of_a_day(three, settings, capsys):
    settings.CHAT_URL, settings.CHAT_MODEL, settings.CHAT_KEY = settings.EMBEDDING_URL, "cite", "key"
    said = ask(capsys, "--as-of", "2026-04-01")
    assert "twelve weeks" in said
    assert "A newer version exists: version 3, since 10 May 2026" in said
    assert "As of 1 April 2026" in said
    assert "fourteen weeks" in ask(capsys)
    assert "as they were on 1 January 2020" in ask(capsys, "--as-of", "2020-01-01")


@pytest.mark.parametrize(("day", "words"), [("2999-01-01", "has not come yet"), ("soon", "is not a day")])
def test_command_refuses_a_day_in_words(three, capsys, day, words):
    with pytest.raises(CommandError, match=words):
        ask(capsys, "--as-of", day)
