"""Who may send what: every frame of the socket, by everybody. A new kind of frame without a row fails here."""

import json
import re
from typing import Any, get_args

import websockets
from asgiref.sync import sync_to_async

from chat import protocol
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.chat.conftest import Tab, installation, tab, upstream, web  # noqa: F401
from tests.matrix.scene import HIDDEN, Scene
from tests.matrix.table import Row, read_table

TABLE = read_table("frames")
ANSWERED = ("ask", "retry", "edit", "continue")
NEWS = ("unread", "path")  # come whenever something has changed, and answer nothing


def test_every_frame_has_its_row() -> None:
    assert {kind.__name__.lower() for kind in get_args(protocol.Request)} == {row.route for row in TABLE.rows}


async def test_each_frame_gets_the_answer_of_its_row(installation, tab) -> None:
    """And whoever is not the conversation's own reads no word of it, even where their own question is answered."""
    scene = await sync_to_async(Scene)()
    for who in TABLE.people:
        replies = await replies_to(who, scene, tab)
        assert {str(row): row.outcomes[who] for row in TABLE.rows} == {
            str(row): word for row, (word, _) in zip(TABLE.rows, replies, strict=True)
        }, who
        if who in ("nobody", "operator", "outsider"):
            assert not [word for word in HIDDEN if word in str(replies)], who
        assert not [text for word, text in replies if word == "not_found" and HIDDEN[0] in text], who
    assert await sync_to_async(told_at_globex)(scene) == ["/ws/chat/"]  # once, whichever frames it was


def told_at_globex(scene: Scene) -> list[str]:
    with tenant_scope(scene.globex.pk):
        events = AuditEvent.objects.filter(action="access.refused", actor_id=scene.cast["outsider"].pk)
        return [event.detail["address"] for event in events]


async def replies_to(who: str, scene: Scene, tab: Any) -> list[tuple[str, str]]:
    """For each row the word for what came back, and all of it."""
    found: list[tuple[str, str]] = []
    try:
        async with tab(scene.cast[who]) as socket:
            for row in TABLE.rows:
                found.append(await reply_to(row, socket, scene))
    except websockets.ConnectionClosed as closed:
        return [(str(closed.rcvd.code), "")] * len(TABLE.rows)
    return found


async def reply_to(row: Row, socket: Tab, scene: Scene) -> tuple[str, str]:
    sent = json.loads(re.sub(r'"\{(\w+)\}"', lambda match: f'"{scene.ids[match[1]]}"', row.sent))
    await socket.send(type=row.route, **sent)
    if row.route in ANSWERED:
        frames = await socket.until("accepted", "failed")
        if frames[-1]["type"] == "accepted":
            frames += await socket.until("finished", "failed")
    else:
        if row.route != "ping":
            await socket.send(type="ping")
        frames = await socket.until("pong")
    frames = [frame for frame in frames if frame["type"] not in NEWS]
    first = frames[0] if len(frames) > 1 or frames[0]["type"] != "pong" or row.route == "ping" else None
    return (first["code"] if first["type"] == "failed" else first["type"]) if first else "silent", str(frames)
