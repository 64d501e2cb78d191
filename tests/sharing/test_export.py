"""A conversation as a file: for its owner alone, and no quote of a source that they have lost."""

import json

import pytest
from django.test import Client

from chat.export import file_name
from tenants.scoping import tenant_scope

KINDS = ("export.md", "export.json", "print/")


@pytest.fixture
def conversation(talk, open_paper, closed_paper):
    return talk(
        ("What may a hotel cost?\nIn Oslo", "**180 euros** [1].", [open_paper]),
        ("Whom do we buy?", "Initech [1].", [closed_paper]),
    )


def test_markdown_has_the_answers_with_numbered_sources(conversation, bob, browser_of) -> None:
    response = browser_of(bob).get(f"/chat/{conversation.pk}/export.md")
    assert response["Content-Disposition"] == 'attachment; filename="Costs.md"'
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.content.decode() == (
        "# Costs\n\n## What may a hotel cost?\n\n> What may a hotel cost?\n> In Oslo\n\n**180 euros** [1].\n\n"
        "**Sources**\n\n\\[1\\] Travel policy\n\n> Hotels may cost 180 euros.\n\n"
        "## Whom do we buy?\n\nInitech [1].\n\n**Sources**\n\n\\[1\\] Merger plan\n\n> We buy Initech in spring.\n"
    )


def test_json_has_the_same(conversation, bob, browser_of) -> None:
    response = browser_of(bob).get(f"/chat/{conversation.pk}/export.json")
    assert response["Content-Disposition"] == 'attachment; filename="Costs.json"'
    told = json.loads(response.content)
    assert (told["format"], told["title"]) == ("colloquy.conversation/1", "Costs")
    assert [message["text"] for message in told["messages"]][1::2] == ["**180 euros** [1].", "Initech [1]."]
    [source] = told["messages"][1]["sources"]
    assert (source["number"], source["title"], source["quote"]) == (
        1,
        "Travel policy",
        "Hotels may cost 180 euros.",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_quote_and_title_of_a_lost_source_are_left_out(
    conversation, acme, bob, board, browser_of, kind
) -> None:
    with tenant_scope(acme.id):
        board.people.remove(bob)
    said = browser_of(bob).get(f"/chat/{conversation.pk}/{kind}").content.decode()
    assert "Travel policy" in said
    assert "Merger plan" not in said
    assert "spring" not in said
    assert "Initech [1]" in said  # the words of one's own history stay


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_exports_it(conversation, alice, carol, browser_of, audited, kind) -> None:
    path = f"/chat/{conversation.pk}/{kind}"
    for user in (alice, carol):
        response = browser_of(user).get(path)
        assert response.status_code == 404
        assert "180 euros" not in response.content.decode()
    assert Client().get(path).status_code == 302
    assert audited() == []


def test_an_export_is_audited(conversation, bob, browser_of, audited) -> None:
    for kind in KINDS:
        browser_of(bob).get(f"/chat/{conversation.pk}/{kind}")
    events = audited()
    assert {(event.action, event.actor_id) for event in events} == {("conversation.exported", bob.id)}
    assert [event.detail for event in events] == [{"format": kind} for kind in ("markdown", "json", "print")]


def test_titles_and_quotes_mean_nothing_in_markdown(talk, acme, bob, open_paper, browser_of) -> None:
    with tenant_scope(acme.id):
        open_paper.title = "# [x](javascript:1) <img src=x>\n\n---"
        open_paper.save()
    conversation = talk(("<script>", "Yes [1].", [open_paper]), title="A_*B*_\n# C")
    said = browser_of(bob).get(f"/chat/{conversation.pk}/export.md").content.decode()
    assert said.startswith("# A\\_\\*B\\*\\_ \\# C\n\n## \\<script\\>\n")
    assert "\\[1\\] \\# \\[x\\](javascript:1) \\<img src=x\\> ---\n" in said


def test_the_page_for_printing_cannot_be_broken_out_of(talk, bob, open_paper, browser_of) -> None:
    conversation = talk(("</script><script>1", "x", [open_paper]), title="</title><script>1</script>")
    said = browser_of(bob).get(f"/chat/{conversation.pk}/print/").content.decode()
    assert "<script>1" not in said


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etcpasswd.md"),
        ("Über: Öl?", "Über Öl.md"),
        ("\r\nX: y", "X y.md"),
        ("///", "Conversation.md"),
    ],
)
def test_a_title_becomes_a_harmless_file_name(title, name) -> None:
    assert file_name(title, "md") == name
