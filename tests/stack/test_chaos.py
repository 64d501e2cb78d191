"""kill -9, again and again: nothing accepted is lost, nothing comes twice, and nobody has to mend anything."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.processes import upstream
from benchmarks.services import NotInstalled
from chat.protocol import RECONNECT
from deploy.smoke import Failed, Visitor
from tests.services import missing
from tests.stack.compose import Stack, compose_stack
from tests.stack.containers import Container
from tests.stack.using import (
    begin_answer,
    in_weaviate,
    make_collection,
    nothing_is_doubled_or_left,
    rows,
    snapshot,
    states_of,
    upload,
    wait_for,
    wait_until_ready,
)

pytestmark = pytest.mark.timeout(900)

# A worker that writes that it enters the stage which its document is named after waits there, and is killed there.
TRAP = """
CREATE FUNCTION wait_in_stage() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM ingestion_document WHERE id = NEW.document_id AND name = COALESCE(NULLIF(NEW.stage, ''), NEW.status) || '.md')
    THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER trap BEFORE UPDATE OF stage ON ingestion_documentversion FOR EACH ROW EXECUTE FUNCTION wait_in_stage();
"""
CAUGHT = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
PLACES = ["parse", "chunk", "embed", "publish", "ready"]


@pytest.fixture(scope="module")
def stack(server_folder: Path) -> Iterator[Stack]:
    """Two web and two worker processes whose model writes slowly enough to be interrupted."""
    with upstream() as model:
        variables = {
            "CHAT_URL": model.url, "CHAT_MODEL": "scripted:tokens=400,rate=40", "CHAT_KEY": "key",
            "EMBEDDING_URL": model.url, "EMBEDDING_MODEL": "instant", "WORKER_CONCURRENCY": "3",
            "QUESTIONS_PER_MINUTE": "10000",
        }  # fmt: skip
        try:
            with compose_stack(server_folder / "chaos", variables=variables) as running:
                yield running
        except NotInstalled as error:
            missing(str(error))


@pytest.fixture
def admin(stack: Stack) -> Visitor:
    return signed_in(stack)


def signed_in(stack: Stack, number: int | None = None) -> Visitor:
    """Through the proxy, or straight to one of the web processes."""
    visitor = stack.visitor(to=None if number is None else stack.web[number])
    visitor.sign_in(*stack.sign_in)
    return visitor


@pytest.fixture(scope="module")
def collection(stack: Stack) -> str:
    """With a document to answer from."""
    admin = signed_in(stack)
    made = make_collection(admin, "Chaos")
    wait_until_ready(admin, upload(admin, made, "rules.md", document("rules")))
    return made


def document(name: str, rules: int = 400) -> bytes:
    return "\n\n".join(f"## Rule {n}\n\nRule {n} of {name} says: keep calm." for n in range(rules)).encode()


def test_worker_killed_in_each_stage_loses_and_doubles_nothing(stack, admin, collection) -> None:
    with psycopg.connect(stack.postgres.url, autocommit=True) as trap:
        trap.execute(TRAP)
        trap.execute("SELECT pg_advisory_lock(4711)")
        # Too large to be taken several at a time, so that each has a worker of its own to be caught.
        documents = [upload(admin, collection, f"{place}.md", document(place, 1600)) for place in PLACES]
        wait_for(lambda: rows(stack, CAUGHT) == [(len(PLACES),)])
        for worker in stack.worker:
            worker.kill()
        trap.execute("SELECT pg_advisory_unlock(4711)")
        trap.execute("DROP TRIGGER trap ON ingestion_documentversion")
    for worker in stack.worker:
        worker.start()
    wait_until_ready(admin, *documents)
    nothing_is_doubled_or_left(stack)
    counts = "SELECT DISTINCT passage_count FROM ingestion_documentversion WHERE size > 65536"
    assert len(rows(stack, counts)) == 1, "all of them hold as many rules"


def test_worker_killed_with_several_small_documents_loses_and_doubles_none(stack, admin) -> None:
    """As they are about to be published: their passages and vectors are there, and none of them answers yet."""
    inbox = make_collection(admin, "Small ones")
    for worker in stack.worker:
        worker.kill()
    names = ["publish.md", *(f"note-{number}.md" for number in range(6))]
    documents = [upload(admin, inbox, name, document(name, 2)) for name in names]
    with psycopg.connect(stack.postgres.url, autocommit=True) as trap:
        trap.execute("DROP FUNCTION IF EXISTS wait_in_stage")
        trap.execute(TRAP)
        trap.execute("SELECT pg_advisory_lock(4711)")
        for worker in stack.worker:
            worker.start()
        wait_for(lambda: rows(stack, CAUGHT) == [(1,)])
        claims = (
            "SELECT count(DISTINCT claim), count(*) FROM ingestion_documentversion WHERE claim IS NOT NULL"
        )
        assert rows(stack, claims) == [(1, len(names))]
        for worker in stack.worker:
            worker.kill()
        trap.execute("SELECT pg_advisory_unlock(4711)")
        trap.execute("DROP TRIGGER trap ON ingestion_documentversion")
    for worker in stack.worker:
        worker.start()
    wait_until_ready(admin, *documents)
    nothing_is_doubled_or_left(stack)


def test_web_process_killed_in_mid_answer_leaves_what_it_wrote_and_the_other_offers_to_try_again(
    stack, collection
) -> None:
    first, second = signed_in(stack, 0), signed_in(stack, 1)
    socket, ids = begin_answer(first, "What does rule 7 say?")
    wait_for(lambda: rows(stack, "SELECT text FROM chat_message WHERE id = %s", ids["message"])[0][0])
    assert snapshot(second, ids["conversation"])["status"] == "streaming"
    stack.web[0].kill()
    socket.close()
    stack.web[0].start()
    seen = wait_for(lambda: (s := snapshot(second, ids["conversation"]))["status"] != "streaming" and s)
    assert seen["status"] == "interrupted"
    assert seen["text"].startswith("t0000@")
    assert ended(second, {"type": "retry", "client_id": "again", "message": ids["message"]}) == "complete"
    nothing_is_doubled_or_left(stack)


def ended(visitor: Visitor, request: dict[str, str]) -> str:
    """How the answer ended. As a browser does, it reconnects and sends its request again when it is told to."""
    while True:
        try:
            with visitor.open_socket() as socket:
                socket.send(json.dumps(request))
                while True:
                    frame = json.loads(socket.recv(timeout=60))
                    if frame["type"] in ("finished", "snapshot") and frame["status"] != "streaming":
                        return frame["status"]
                    assert frame["type"] != "failed", frame
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code == RECONNECT


def test_question_follows_its_conversation_to_another_process(stack, collection) -> None:
    first, second = signed_in(stack, 0), signed_in(stack, 1)
    socket, ids = begin_answer(first, "What does rule 8 say?")
    with socket, second.open_socket() as other:
        other.send(json.dumps({"type": "follow", "conversation": ids["conversation"], "have": None}))
        while (frame := json.loads(other.recv(timeout=60)))["type"] != "delta":
            pass
        other.send(json.dumps({"type": "stop", "message": ids["message"]}))
        while (frame := json.loads(socket.recv(timeout=60)))["type"] not in ("finished", "failed"):
            pass
    assert frame["status"] == "stopped"


@contextmanager
def load(stack: Stack, collection: str) -> Iterator[list[str]]:
    """People who ask and upload all the while; what they were told goes into the list, as do accepted documents."""
    outcomes: list[str] = []
    over = threading.Event()

    def ask(number: int) -> None:
        visitor = signed_in(stack, number)
        while not over.is_set():
            try:
                outcomes.append(f"answer {visitor.ask('What does rule 9 say?').status}")
            except (Failed, ConnectionClosed, InvalidHandshake, OSError, TimeoutError) as error:
                outcomes.append(f"line {type(error).__name__}")
            over.wait(0.2)

    def send() -> None:
        visitor = signed_in(stack)
        for number in range(12):
            try:
                name = f"load-{id(over)}-{number}.md"
                outcomes.append(f"document {upload(visitor, collection, name, document(name, 60))}")
            except (Failed, AssertionError):
                outcomes.append("upload refused")
            over.wait(0.3)

    people = [threading.Thread(target=ask, args=(n % 2,)) for n in range(4)] + [threading.Thread(target=send)]
    for person in people:
        person.start()
    try:
        yield outcomes
        people[-1].join(120)
    finally:
        over.set()
        for person in people:
            person.join(150)


@contextmanager
def killed(container: Container) -> Iterator[None]:
    container.kill()
    try:
        yield
    finally:
        container.start()


def accepted(outcomes: list[str]) -> list[str]:
    return [outcome.split()[1] for outcome in outcomes if outcome.startswith("document")]


def recovers(stack: Stack, admin: Visitor, outcomes: list[str]) -> None:
    documents = accepted(outcomes)
    assert documents
    wait_for(lambda: states_of(admin, documents) <= {"ready", "failed"})
    assert states_of(admin, documents) == {"ready"}
    assert wait_for(lambda: signed_in(stack).ask("What does rule 9 say?").status == "complete")
    nothing_is_doubled_or_left(stack)


def test_weaviate_killed_under_load_is_named_at_once_and_everything_recovers(
    stack, admin, collection
) -> None:
    with load(stack, collection) as outcomes:
        wait_for(lambda: "answer complete" in outcomes and accepted(outcomes))
        with killed(stack.weaviate):
            wait_for(lambda: "answer search_unavailable" in outcomes)
    recovers(stack, admin, outcomes)


def test_redis_killed_under_load_loses_nothing_that_was_accepted(stack, admin, collection) -> None:
    with load(stack, collection) as outcomes:
        wait_for(lambda: "answer complete" in outcomes and accepted(outcomes))
        before = len(outcomes)
        with killed(stack.redis):
            wait_for(lambda: len(outcomes) > before + 3)
    recovers(stack, admin, outcomes)


def test_deleted_document_is_gone_from_database_index_and_storage(stack, admin, collection) -> None:
    doomed = upload(admin, collection, "doomed.md", document("doomed", 30))
    wait_until_ready(admin, doomed)
    [(version, file)] = rows(
        stack, "SELECT id, file FROM ingestion_documentversion WHERE document_id = %s", doomed
    )
    original = stack.volume("files") / file
    assert original.exists()
    passages = "SELECT count(*)::text FROM ingestion_passage WHERE version_id = %s"
    [(count,)] = rows(stack, passages, version)
    assert [held for _, held in in_weaviate(stack)].count(version) == int(count) > 0
    page = f"/admin/ingestion/document/{doomed}/delete/"
    admin.get(page)
    assert admin.post(page, {"post": "yes"}).status == 302
    wait_for(lambda: rows(stack, "SELECT count(*) FROM ingestion_document WHERE id = %s", doomed) == [(0,)])
    for query in (
        "SELECT count(*) FROM ingestion_passage WHERE version_id = %s",
        "SELECT count(*) FROM ingestion_extractedtext WHERE version_id = %s",
        "SELECT count(*) FROM ingestion_documentversion WHERE id = %s",
    ):
        assert rows(stack, query, version) == [(0,)]
    assert version not in {held for _, held in in_weaviate(stack)}
    assert not original.exists()
    receipt = "SELECT detail->>'passages' FROM tenants_auditevent WHERE action = 'document.purged' AND object_id = %s"
    assert rows(stack, receipt, doomed) == [(count,)]


def test_changed_group_takes_effect_with_the_next_question(stack, admin) -> None:
    secret = make_collection(admin, "Board", everyone=False)
    wait_until_ready(
        admin, upload(admin, secret, "plan.md", b"# Merger\n\nThe merger with Globex closes in May.\n")
    )
    stack.manage("shell", "-c", MEMBER)
    bob = stack.visitor()
    bob.sign_in("bob@acme.example", "correct horse battery")

    def titles() -> list[str]:
        with bob.open_socket() as socket:
            socket.send(json.dumps({"type": "ask", "client_id": "q" + str(len(asked)), "conversation": None,
                                    "text": "When does the merger with Globex close?"}))  # fmt: skip
            asked.append(1)
            while (frame := json.loads(socket.recv(timeout=60)))["type"] != "passages":
                pass
            return [item["title"] for item in frame["items"]]

    asked: list[int] = []
    assert "Merger" not in titles()
    stack.manage("shell", "-c", GROUP.format(change="add"))
    assert "Merger" in titles()
    stack.manage("shell", "-c", GROUP.format(change="remove"))
    assert "Merger" not in titles()


MEMBER = """
from ingestion.models import Collection
from tenants.actions import add_member
from tenants.models import Group, Tenant
from tenants.scoping import tenant_scope
tenant = Tenant.objects.get()
add_member(tenant, email="bob@acme.example", name="Bob", role="member", password="correct horse battery")
with tenant_scope(tenant.id):
    Collection.objects.get(name="Board").groups.add(Group.objects.create(name="Board"))
"""
GROUP = """
from tenants.models import Group, Tenant, User
from tenants.scoping import tenant_scope
with tenant_scope(Tenant.objects.get().id):
    Group.objects.get(name="Board").members.{change}(User.objects.get(email="bob@acme.example"))
"""
