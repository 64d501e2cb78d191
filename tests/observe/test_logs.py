"""Log lines hold ids, and never a word of content or a key."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from benchmarks.upstream import Script
from chat import runner
from ingestion import pipeline
from ingestion.models import Collection, DocumentVersion
from tenants.models import Tenant
from tenants.observe.ids import about
from tenants.observe.json_logs import JsonFormatter
from tenants.observe.logs import PLAIN, IdsFilter, SafeFormatter
from tenants.observe.safely import told, told_with_places
from tenants.scoping import tenant_scope

DOCUMENT, QUESTION, ANSWER = "zebrafish", "quokka", "ocelot"
FILE, KEY, PASSWORD, EMAIL = "narwhal", "sk-axolotl", "pangolin", "wombat"
CANARIES = (DOCUMENT, QUESTION, ANSWER, FILE, KEY, PASSWORD, EMAIL)
OURS = ("assistant", "chat", "ingestion", "tenants")


class Lines:
    """What both kinds of log say, ours from DEBUG on and others' from INFO on."""

    def __init__(self) -> None:
        self.json, self.plain = io.StringIO(), io.StringIO()

    @property
    def text(self) -> str:
        return self.json.getvalue() + self.plain.getvalue()

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.json.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    found = Lines()
    handlers = []
    for stream, formatter in ((found.json, JsonFormatter()), (found.plain, SafeFormatter(PLAIN))):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        handler.addFilter(IdsFilter())
        handlers.append(handler)
    loggers = [logging.getLogger(name) for name in OURS]
    levels = [logger.level for logger in loggers]
    for handler in handlers:
        logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield found
    for handler in handlers:
        logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def assert_silent(lines: Lines) -> None:
    said = lines.text.lower()
    assert said, "nothing was logged at all"
    assert [word for word in CANARIES if word in said] == []


@pytest.fixture
def secretive(installation, settings, alice, handbook, upload):
    """An installation in which every word that could leak is one of the canaries."""
    settings.LOG_FORMAT = "json"
    settings.CHAT_KEY = settings.EMBEDDING_KEY = KEY
    upload(alice, handbook, text=f"# Leave\n\nEvery {DOCUMENT} gets 16 weeks of leave.", name=f"{FILE}.md")
    return installation


async def test_a_question_and_its_answer_leave_ids_alone(secretive, bob, acme, tab, lines) -> None:
    secretive.enqueue(Script(text=f"The {ANSWER} has 16 weeks [1]."))
    async with tab(bob) as t:
        frames = await t.ask(f"How much leave has a {QUESTION}?")
    assert ANSWER in str(frames)
    [ended] = [r for r in lines.records if r["message"] == "answer ended: complete"]
    assert ended["outcome"] == "complete"
    assert (ended["tenant"], ended["user"]) == (str(acme.id), str(bob.id))
    assert (ended["conversation"], ended["answer"]) == (frames[0]["conversation"], frames[0]["message"])
    assert len(ended["request"]) == 32
    assert ended["ms"] >= 0
    assert_silent(lines)


async def test_a_refusing_provider_that_says_back_key_and_prompt(
    secretive, bob, tab, lines, parrot, settings
) -> None:
    settings.CHAT_URL = settings.EMBEDDING_URL = parrot
    async with tab(bob) as t:
        frames = await t.ask(f"How much leave has a {QUESTION}?")
    assert frames[-1]["code"] == "model_refused"
    assert any(r["logger"] == "assistant.stream" for r in lines.records)
    assert any(r["logger"] == "ingestion.embed" for r in lines.records)
    assert_silent(lines)


async def test_an_error_that_nobody_foresaw_while_answering(secretive, bob, tab, lines, monkeypatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise ValueError(f"{QUESTION} {KEY}") from LookupError(DOCUMENT)

    monkeypatch.setattr(runner, "in_database", breaks)
    async with tab(bob) as t:
        await t.ask(f"How much leave has a {QUESTION}?")
    assert [r for r in lines.records if "LookupError\nwhich led to\n" in r.get("exception", "")]
    assert_silent(lines)


def test_an_upload_by_the_browser_and_a_file_that_cannot_be_read(
    secretive, alice, handbook, browser_of, lines
):
    client = browser_of(alice)
    for name, content in ((f"{FILE}.txt", DOCUMENT), (f"{FILE}.pdf", f"%PDF-1.7 {DOCUMENT}")):
        body = {"collection": handbook.pk, "file": SimpleUploadedFile(name, content.encode())}
        answer = client.post(reverse("admin:ingestion_document_upload_file"), body, HTTP_X_REQUEST_ID="r-1")
        assert (answer.status_code, answer["X-Request-ID"]) == (201, "r-1")
        with tenant_scope(handbook.tenant_id):
            pipeline.ingest(answer.json()["version"])
    with tenant_scope(handbook.tenant_id):
        assert set(DocumentVersion.objects.values_list("status", flat=True)) == {"ready", "failed"}
    [first, _] = [r for r in lines.records if r["logger"] == "assistant.access"]
    assert (first["method"], first["status"], first["request"]) == ("POST", 201, "r-1")
    assert (first["tenant"], first["user"]) == (str(handbook.tenant_id), str(alice.id))
    assert first["route"].startswith("/admin/ingestion/document/")
    assert_silent(lines)


def test_a_failing_disk_does_not_tell_the_files_name(
    secretive, alice, handbook, browser_of, lines, tmp_path, settings
):
    (tmp_path / f"{FILE}.d").write_text("")
    settings.MEDIA_ROOT = tmp_path / f"{FILE}.d" / "below"
    body = {"collection": handbook.pk, "file": SimpleUploadedFile(f"{FILE}.txt", b"Words.")}
    answer = browser_of(alice).post(reverse("admin:ingestion_document_upload_file"), body)
    assert answer.status_code == 507
    assert any("NotADirectoryError: Not a directory" in r.get("exception", "") for r in lines.records)
    assert_silent(lines)


def test_a_failing_embedding_endpoint_leaves_no_text(
    secretive, alice, handbook, upload, lines, parrot, settings
):
    settings.EMBEDDING_URL = parrot
    document = upload(alice, handbook, text=f"Of the {DOCUMENT}.", name=f"{FILE}-2.md")
    with tenant_scope(handbook.tenant_id):
        assert document.latest.status == "queued"
    assert_silent(lines)


def test_signing_in_and_addresses_that_people_type(secretive, alice, lines) -> None:
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": f"{EMAIL}@acme.example", "password": PASSWORD})
    client.get(f"/chat/{QUESTION}/?q={QUESTION}")
    client.get("/chat/", HTTP_REFERER=f"https://x.example/{QUESTION}")
    assert [r["status"] for r in lines.records if r["logger"] == "assistant.access"][1] == 404
    assert_silent(lines)


def test_a_row_that_cannot_be_written_is_told_by_its_type(acme) -> None:
    with tenant_scope(acme.id), pytest.raises(IntegrityError) as raised:
        for _ in range(2):
            Collection.objects.create(id=acme.id, name=DOCUMENT)
            Tenant.objects.create(id=acme.id, name=DOCUMENT)
    said = told_with_places(raised.value)
    assert said.endswith("django.db.utils.IntegrityError")
    assert "test_logs.py" in said
    assert DOCUMENT not in said


def test_what_the_system_says_is_told() -> None:
    from django.db import OperationalError

    assert told(FileNotFoundError(2, "x", FILE)) == "FileNotFoundError: No such file or directory"
    assert told(OperationalError(f"database is locked\nDETAIL: {DOCUMENT}")).endswith(": database is locked")
    assert told(ValueError(DOCUMENT)) == "ValueError"


def test_groups_and_circles_of_exceptions_are_told() -> None:
    one, two = ValueError(DOCUMENT), KeyError(DOCUMENT)
    one.__cause__, two.__cause__ = two, one
    said = told_with_places(ExceptionGroup(DOCUMENT, [one]))
    assert "KeyError" in said
    assert DOCUMENT not in said


@pytest.mark.parametrize(
    ("name", "message", "arguments", "error"),
    [
        ("asyncio", f"Task exception was never retrieved\nfuture: ValueError('{DOCUMENT}')", (), None),
        ("django.security.SuspiciousFileOperation", DOCUMENT, (), ValueError(DOCUMENT)),
        (
            "celery.app.trace",
            "Task %(name)s: %(exc)s",
            ({"name": "x", "exc": DOCUMENT},),
            ValueError(DOCUMENT),
        ),
        ("django.request", "%s: %s", ("Not Found", f"/{DOCUMENT}"), None),
    ],
)
def test_what_libraries_write_into_the_message_is_taken_out(lines, name, message, arguments, error) -> None:
    logging.getLogger(name).error(message, *arguments, exc_info=error)
    assert DOCUMENT not in lines.text
    assert lines.records


def test_what_a_library_hangs_on_a_record_is_not_written(lines) -> None:
    logging.getLogger("other").warning("Said.", extra={"body": DOCUMENT, "prompt": DOCUMENT})
    [record] = lines.records
    assert set(record) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a","admin":"yes', "a\nb", "é"])
def test_an_odd_request_id_is_replaced(db, given) -> None:
    answer = Client().get("/accounts/login/", HTTP_X_REQUEST_ID=given)
    assert answer["X-Request-ID"] != given
    assert len(answer["X-Request-ID"]) == 32


async def test_ids_end_with_the_work_they_are_of(lines) -> None:
    with about(request="r-1", user=None):
        await sync_to_async(logging.getLogger("tenants").info)("inside")
    logging.getLogger("tenants").info("outside")
    inside, outside = lines.records
    assert inside["request"] == "r-1"
    assert "user" not in inside
    assert "request" not in outside
