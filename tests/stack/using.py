"""What people do with a running stack, and what lies in its databases when they have done it."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import weaviate
from weaviate.classes.init import Auth
from websockets.exceptions import ConnectionClosed

from chat.protocol import RECONNECT
from deploy.smoke import Visitor
from tests.stack.compose import Stack

PATIENCE = 180.0  # reached by a broken installation only


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The condition's first true value."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, "this never came true"
        time.sleep(0.1)
    return value


def make_collection(admin: Visitor, name: str, *, everyone: bool = True) -> str:
    """Its id."""
    path = "/admin/ingestion/collection/add/"
    admin.get(path)
    assert admin.post(path, {"name": name} | ({"everyone": "on"} if everyone else {})).status == 302
    options = admin.get("/admin/ingestion/document/upload/").text
    return re.search(rf'value="([0-9a-f-]+)"[^>]*>\s*{name}', options)[1]


def upload(admin: Visitor, collection: str, name: str, content: bytes) -> str:
    """The document's id."""
    path = "/admin/ingestion/document/upload/file/"
    reply = admin.post(path, {"collection": collection}, file=(name, content))
    assert reply.status == 201, reply.text
    return reply.json["document"]


def states_of(admin: Visitor, documents: list[str]) -> set[str]:
    items = admin.get(f"/admin/ingestion/document/progress/?ids={','.join(documents)}").json["items"]
    assert len(items) == len(documents)
    return {item["state"] for item in items}


def wait_until_ready(admin: Visitor, *documents: str) -> None:
    def settled() -> set[str]:
        states = states_of(admin, list(documents))
        return states if states <= {"ready", "failed"} else set()

    assert wait_for(settled) == {"ready"}


def rows(stack: Stack, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """By PostgreSQL's superuser, past row-level security and the application."""
    with psycopg.connect(stack.postgres.url, autocommit=True) as connection:
        return connection.execute(query, values or None).fetchall()


def in_weaviate(stack: Stack) -> list[tuple[UUID, UUID]]:
    """(passage, version) of every object of every tenant, by Weaviate's own client."""
    address = stack.weaviate.url.removeprefix("http://").split(":")
    client = weaviate.connect_to_custom(
        address[0], int(address[1]), False, address[0], stack.weaviate.ports[50051], False,
        auth_credentials=Auth.api_key(stack.weaviate.key),
    )  # fmt: skip
    try:
        found = []
        for name in client.collections.list_all():
            collection = client.collections.use(name)
            for tenant in collection.tenants.get():
                objects = collection.with_tenant(tenant).iterator(return_properties=["version"])
                found += [(item.uuid, item.properties["version"]) for item in objects]
    finally:
        client.close()
    return found


def begin_answer(visitor: Visitor, question: str) -> tuple[Any, dict[str, str]]:
    """An open socket whose answer is being written, and its ids."""
    socket = visitor.open_socket()
    frame = {"type": "ask", "client_id": str(time.monotonic_ns()), "conversation": None, "text": question}
    socket.send(json.dumps(frame))
    ids: dict[str, str] = {}
    while True:
        frame = json.loads(socket.recv(timeout=60))
        if frame["type"] == "accepted":
            ids = {"conversation": frame["conversation"], "message": frame["message"]}
        assert frame["type"] != "failed", frame
        if frame["type"] == "delta":
            return socket, ids


def snapshot(visitor: Visitor, conversation: str) -> dict[str, Any]:
    """Of the newest answer. As a browser does, it asks again when it was sent to reconnect."""
    while True:
        try:
            with visitor.open_socket() as socket:
                socket.send(json.dumps({"type": "follow", "conversation": conversation, "have": None}))
                while True:
                    frame = json.loads(socket.recv(timeout=30))
                    if frame["type"] == "snapshot":
                        return frame
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code == RECONNECT


def nothing_is_doubled_or_left(stack: Stack) -> None:
    """Every upload ended, every answer ended, and the index holds each passage of the database exactly once."""
    unfinished = "SELECT count(*) FROM ingestion_documentversion WHERE status IN ('queued', 'processing')"
    assert rows(stack, unfinished) == [(0,)]
    assert rows(
        stack, "SELECT count(*) FROM ingestion_documentversion WHERE status = 'failed' AND error = ''"
    ) == [(0,)]
    wait_for(lambda: rows(stack, "SELECT count(*) FROM chat_message WHERE status = 'streaming'") == [(0,)])
    assert rows(
        stack,
        "SELECT version_id, position FROM ingestion_passage GROUP BY version_id, position HAVING count(*) > 1",
    ) == []  # fmt: skip
    held = [(str(passage), str(version)) for passage, version in in_weaviate(stack)]
    assert len(held) == len(set(held))
    current = rows(
        stack,
        "SELECT p.id::text, p.version_id::text FROM ingestion_passage p JOIN ingestion_document d"
        " ON d.current_version_id = p.version_id WHERE d.deleted_at IS NULL",
    )
    assert set(held) - set(current) == set(), "in the index alone"
    assert set(current) - set(held) == set(), "in the database alone"
