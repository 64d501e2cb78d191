import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import protocol
from chat.errors import MalformedFrame

ID = "5b3da26e-e738-478d-bf73-b933a8e1250c"


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "ask", "client_id": "a", "conversation": None, "text": "Hi"},
        {"type": "ask", "client_id": "a", "conversation": ID, "text": ""},
        {"type": "ask", "client_id": "a", "conversation": ID, "text": "Hi", "as_of": None},
        {"type": "ask", "client_id": "a", "conversation": ID, "text": "Hi", "as_of": "2024-02-29"},
        {"type": "retry", "client_id": "b", "message": ID},
        {"type": "edit", "client_id": "b", "message": ID, "text": "Hi"},
        {"type": "continue", "client_id": "b", "message": ID},
        {"type": "seen", "conversation": ID},
        {"type": "stop", "message": ID},
        {"type": "follow", "conversation": ID, "have": None},
        {"type": "follow", "conversation": ID, "have": {"message": ID, "offset": 7}},
        {"type": "ping"},
    ],
)
def test_every_request_of_the_protocol_is_understood(frame: dict) -> None:
    assert protocol.decode(json.dumps(frame))


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no json",
        "[]",
        "1",
        "null",
        "[" * 100_000,
        '{"type": "format_disk"}',
        '{"type": "ask"}',
        '{"type": "ask", "client_id": "", "text": "x"}',
        '{"type": "ask", "client_id": "a", "conversation": "1", "text": "x"}',
        '{"type": "ask", "client_id": "a", "text": 3}',
        '{"type": "ask", "client_id": "a\\u0000", "text": "x"}',
        '{"type": "ask", "client_id": "a", "text": "x", "as_of": "2025-02-29"}',
        '{"type": "ask", "client_id": "a", "text": "x", "as_of": "20260301"}',
        '{"type": "ask", "client_id": "a", "text": "x", "as_of": "2026-W01-1"}',
        '{"type": "ask", "client_id": "a", "text": "x", "as_of": 20260301}',
        '{"type": "edit", "client_id": "a", "message": "' + ID + '"}',
        '{"type": "continue", "client_id": "a"}',
        '{"type": "seen", "conversation": null}',
        '{"type": "stop", "message": {"a": 1}}',
        '{"type": "follow", "conversation": "' + ID + '", "have": {"offset": -1}}',
        '{"type": "follow", "conversation": "' + ID + '", "have": {"offset": true}}',
        '{"type": "follow", "conversation": "' + ID + '", "have": [1]}',
        "x" * (protocol.LONGEST_FRAME + 1),
    ],
)
def test_what_is_no_frame_is_refused_as_malformed(text: str | None) -> None:
    with pytest.raises(MalformedFrame):
        protocol.decode(text)


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5).map(json.dumps)
)
def test_nothing_but_malformed_is_ever_raised(text: str) -> None:
    try:
        protocol.decode(text)
    except MalformedFrame as error:
        assert error.sentence


def test_lone_surrogates_and_nul_never_reach_the_database() -> None:
    request = protocol.decode('{"type": "ask", "client_id": "a", "text": "x\\ud800\\u0000y"}')
    assert isinstance(request, protocol.Ask)
    assert request.text == "x?y"
