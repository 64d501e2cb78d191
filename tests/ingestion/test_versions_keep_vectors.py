"""A new version, or a new reading, embeds what has changed and takes over the vectors of all else."""

import io
from textwrap import wrap

import pytest
from django.core.management import call_command
from django.db import models
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from benchmarks.upstream import Script
from ingestion import actions, index, pipeline
from ingestion.embed import TEXTS_PER_REQUEST
from ingestion.index import active_store, run_async
from ingestion.models import Collection, DocumentVersion, Passage
from tenants.access import Member, require_member
from tenants.scoping import tenant_scope

PAGES = 500
SENTENCE = "Every employee may take twenty days of leave in a calendar year. "


@pytest.fixture
def mia(own_index, manager, acme) -> Member:
    return require_member(manager.id, tenant=acme.id)


def upload(
    member: Member, collection: Collection, text: str | bytes, *, name: str = "report.txt"
) -> DocumentVersion:
    with tenant_scope(collection.tenant_id):
        file = io.BytesIO(text.encode() if isinstance(text, str) else text)
        version = actions.accept_upload(
            file, name=name, collection=collection, member=member, send=False
        ).version
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert version.status == "ready", version.error
        return version


def pages(count: int = 60, **changed: str) -> str:
    """Pages of different lengths, so that nothing falls into place by chance."""
    texts = [
        changed.get(f"page_{n}", f"Page {n} of the report. {rules(n, n % 14 + 2)}")
        for n in range(1, count + 1)
    ]
    return "\f".join(texts)


def as_pdf(text: str) -> bytes:
    """The pages with a running head, a page number, and a heading on every tenth."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4)
    for number, page in enumerate(text.split("\f"), start=1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 810, "Acme report of rules")
        canvas.drawString(500, 30, str(number))
        if number % 10 == 1:
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 780, f"Chapter {number // 10 + 1}")
        canvas.setFont("Helvetica", 10)
        for row, line in enumerate(wrap(page, 90)):
            canvas.drawString(72, 750 - 13 * row, line)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def rules(page: int, count: int) -> str:
    return "".join(f"Rule {k} of page {page}: {SENTENCE}" for k in range(count))


def sent(upstream) -> list[str]:
    """Every text that has reached the embedder."""
    return [text for request in upstream.embeddings for text in request.body["input"]]


def vectors(version: DocumentVersion) -> dict[str, list[float]]:
    with tenant_scope(version.tenant_id):
        hashes = dict(version.passages.values_list("id", "content_hash"))
    held = run_async(active_store().vectors_of(version.tenant_id, set(hashes)))
    assert set(held) == set(hashes)
    return {hashes[passage]: list(vector) for passage, vector in held.items()}


@pytest.mark.parametrize("kind", ["text", "pdf"])
def test_one_changed_page_of_five_hundred_embeds_only_its_passages(own_index, mia, handbook, kind) -> None:
    made = {"text": str, "pdf": as_pdf}[kind]
    first = upload(mia, handbook, made(pages(PAGES)), name=f"report.{kind}")
    assert kind == "text" or first.pages == PAGES
    assert len(sent(own_index)) == first.passage_count == first.embedded_count > PAGES
    before, old = len(sent(own_index)), vectors(first)

    changed = "This page is new. " + "".join(
        f"A rule that nobody has read before is number {n}. " for n in range(40)
    )
    second = upload(mia, handbook, made(pages(PAGES, page_250=changed)), name=f"report.{kind}")

    new = sent(own_index)[before:]
    with tenant_scope(handbook.tenant_id):
        own = second.passages.filter(page=250)
        assert len(new) == second.embedded_count == own.count() > 1
    assert all("nobody has read before" in " ".join(text.split()) for text in new)
    kept = vectors(second)
    assert len(old.keys() & kept.keys()) == second.passage_count - len(new)
    assert all(kept[each] == old[each] for each in old.keys() & kept.keys())


def test_an_inserted_page_moves_all_others_and_embeds_itself_alone(own_index, mia, handbook) -> None:
    upload(mia, handbook, pages())
    before = len(sent(own_index))
    upload(mia, handbook, f"A page that comes first. {SENTENCE * 3}\f{pages()}")
    assert [text.split("\n\n")[1][:24] for text in sent(own_index)[before:]] == ["A page that comes first."]


def test_reading_again_embeds_nothing_again_even_where_passages_have_moved(own_index, mia, handbook) -> None:
    version = upload(mia, handbook, pages())
    with tenant_scope(handbook.tenant_id):
        # As an earlier reading may have left them: the same texts in other places.
        version.passages.update(position=models.F("position") + 10_000)
        for passage in version.passages.all()[:20]:
            Passage.objects.filter(pk=passage.pk).delete()
        before = len(sent(own_index))
        actions.reindex_version(version, mia)
        pipeline.ingest(version.pk)
        version.refresh_from_db()
    assert version.status == "ready", version.error
    assert len(sent(own_index)) - before == version.embedded_count <= 20
    assert len(vectors(version)) == version.passage_count > 60


def test_another_document_with_the_same_text_is_embedded_for_itself(
    own_index, mia, handbook, carol, globex
) -> None:
    """Else the time that it takes would tell whether somebody else has the same text."""
    text = f"# Leave\n\n{SENTENCE * 3}"
    upload(mia, handbook, text, name="leave.md")
    with tenant_scope(globex.id):
        theirs = Collection.objects.create(name="Handbook", everyone=True)
    foreign = upload(require_member(carol.id, tenant=globex.id), theirs, text, name="leave.md")
    other = upload(mia, handbook, f"{text}\n", name="copy/leave.md")
    assert foreign.embedded_count == other.embedded_count == 1
    assert len(sent(own_index)) == 3


def test_a_changed_title_is_part_of_what_is_embedded(own_index, mia, handbook) -> None:
    upload(mia, handbook, f"# Leave\n\n{SENTENCE * 3}", name="leave.md")
    again = upload(mia, handbook, f"# Leave of absence\n\n{SENTENCE * 3}", name="leave.md")
    assert again.embedded_count == 1


def test_vectors_of_another_model_are_not_taken_over(own_index, mia, handbook, settings) -> None:
    upload(mia, handbook, f"# Leave\n\n{SENTENCE * 3}", name="leave.md")
    settings.EMBEDDING_MODEL = "another"
    index._open.cache_clear()
    call_command("reindex")
    asked = [request.body["model"] for request in own_index.embeddings]
    assert asked == ["instant", "another"]


def test_an_attempt_that_broke_off_is_taken_up_where_it_ended(own_index, mia, handbook) -> None:
    own_index.enqueue(Script(), Script(), Script(status=400), kind="embeddings")
    with tenant_scope(handbook.tenant_id):
        file = io.BytesIO(pages(200).encode())
        version = actions.accept_upload(
            file, name="report.txt", collection=handbook, member=mia, send=False
        ).version
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert version.status == "queued", version.status
        done = version.embedded_count
        assert done == 2 * TEXTS_PER_REQUEST
        pipeline.ingest(version.pk)
        version.refresh_from_db()
    assert version.status == "ready", version.error
    assert version.embedded_count == version.passage_count
