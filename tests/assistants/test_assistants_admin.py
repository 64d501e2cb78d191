"""The editor of assistants, their versions, and trying one out."""

import json

import pytest
from django.urls import reverse

from assistant.assistants.diff import differences
from assistant.assistants.models import Assistant, AssistantVersion
from assistant.models import ModelEndpoint
from chat.models import Conversation, Message
from ingestion.models import Collection
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.assistants.conftest import SECRET

ADD, LIST = "admin:assistants_assistant_add", "admin:assistants_assistant_changelist"
TRY = "admin:assistants_assistant_try_out"


def fields(**changed):
    return {
        "name": "Clerk", "icon": "book", "description": "Knows forms.", "instructions": "Be kind.",
        "every_collection": "on", "model": "", "temperature": "", "openers": "One?\n\n Two? ", "everyone": "on",
        "active": "on", "note": "",
    } | changed  # fmt: skip


def post(client, row, **changed):
    return client.post(reverse("admin:assistants_assistant_change", args=[row.pk]), fields(**changed))


def of(acme, model, **filters):
    with tenant_scope(acme.id):
        return list(model.objects.filter(**filters))


@pytest.fixture
def alices(alice, browser_of):
    return browser_of(alice)


@pytest.fixture
def clerk(acme, alices) -> Assistant:
    assert alices.post(reverse(ADD), fields()).status_code == 302
    [row] = of(acme, Assistant)
    return row


def test_only_admins_of_the_organisation_come_in(
    clerk, acme, manager, bob, carol, operator, browser_of
) -> None:
    pages = [
        reverse(LIST), reverse("admin:assistants_assistant_change", args=[clerk.pk]),
        reverse("admin:assistants_assistant_versions", args=[clerk.pk]),
    ]  # fmt: skip
    for user in (manager, bob, carol, operator):
        client = browser_of(user)
        for page in pages:
            said = client.get(page)
            assert b"Be kind." not in said.content
            assert b"Clerk" not in said.content
        assert post(client, clerk, instructions="Be rude.").status_code in (302, 403)
        client.post(reverse("admin:assistants_assistant_restore", args=[clerk.pk, 1]))
        client.post(reverse(TRY), fields(question="?"))
    assert [row.instructions for row in of(acme, Assistant)] == ["Be kind."]
    assert of(acme, AuditEvent, action="assistant.tried") == []


def test_what_is_saved_is_audited_with_before_and_after(clerk, acme, alices) -> None:
    assert clerk.opening_questions == ["One?", "Two?"]
    post(alices, clerk, instructions="Be brief.", temperature="0.4", openers="One?\r\nTwo?")
    [added] = of(acme, AuditEvent, action="assistant.added")
    assert added.detail["after"]["instructions"] == "Be kind."
    [changed] = of(acme, AuditEvent, action="assistant.changed")
    assert changed.detail["before"] == {"instructions": "Be kind.", "temperature": None}
    assert changed.detail["after"] == {"instructions": "Be brief.", "temperature": 0.4}


def test_a_new_default_takes_the_place_of_the_old_one(clerk, acme, alices) -> None:
    post(alices, clerk, standard="on")
    alices.post(reverse(ADD), fields(name="Second", standard="on"))
    assert {row.name: row.standard for row in of(acme, Assistant)} == {"Clerk": False, "Second": True}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"every_collection": ""}, "Choose at least one collection"),
        ({"active": "", "standard": "on"}, "An archived assistant cannot be the default"),
        ({"openers": "a\nb\nc\nd\ne\nf\ng"}, "These are 7 questions"),
        ({"temperature": "3"}, "less than or equal to 2"),
        ({"icon": "../x"}, "not one of the available choices"),
    ],
    ids=["no-collection", "archived-default", "too-many", "too-hot", "icon"],
)
def test_what_cannot_work_is_told_in_words(clerk, acme, alices, changed, said) -> None:
    assert said in post(alices, clerk, **changed).content.decode()


def test_collections_and_models_of_others_cannot_be_chosen(clerk, acme, globex, alices) -> None:
    with tenant_scope(globex.id):
        foreign = Collection.objects.create(name="Theirs")
        model = ModelEndpoint.objects.create(name="Theirs", url="http://localhost/v1", model="m")
    page = post(alices, clerk, every_collection="", collections=[str(foreign.pk)], endpoint=str(model.pk))
    assert page.status_code == 200
    assert of(acme, Assistant)[0].endpoint_id is None
    tried = alices.post(reverse(TRY), fields(question="?", endpoint=str(model.pk)))
    assert tried.status_code == 400


def test_a_model_with_which_an_assistant_answers_cannot_be_deleted(clerk, acme, alices) -> None:
    with tenant_scope(acme.id):
        model = ModelEndpoint.objects.create(name="Ours", url="http://localhost/v1", model="m")
        Assistant.objects.filter(pk=clerk.pk).update(endpoint=model)
    address = reverse("admin:assistant_modelendpoint_delete", args=[model.pk])
    assert "the assistant “Clerk” answers with it" in alices.get(address).content.decode()
    alices.post(address, {"post": "yes"})
    assert [row.pk for row in of(acme, ModelEndpoint)] == [model.pk]


# --- versions


def test_each_save_that_changes_answers_makes_a_version_with_author_and_note(
    clerk, acme, alice, alices
) -> None:
    post(alices, clerk, instructions="Be brief.", note="Too chatty")
    post(alices, clerk, instructions="Be brief.", description="Other words.")
    versions = of(acme, AssistantVersion)
    assert [(v.number, v.instructions, v.note, v.author_id) for v in versions] == [
        (2, "Be brief.", "Too chatty", alice.pk),
        (1, "Be kind.", "", alice.pk),
    ]


def test_versions_show_what_changed_and_going_back_makes_a_new_one(clerk, acme, handbook, alices) -> None:
    post(
        alices,
        clerk,
        instructions="Be brief.",
        every_collection="",
        collections=[str(handbook.pk)],
        temperature="1",
    )
    address = reverse("admin:assistants_assistant_versions", args=[clerk.pk])
    page = alices.get(address).content.decode()
    assert "Be <del>kind</del><ins>brief</ins>." in page
    assert "<td>yes</td><td>no</td>" in page
    assert "<td>–</td><td>Handbook</td>" in page
    alices.post(reverse("admin:assistants_assistant_restore", args=[clerk.pk, 1]))
    [row] = of(acme, Assistant)
    assert (row.instructions, row.every_collection, row.temperature) == ("Be kind.", True, None)
    assert of(acme, AssistantVersion)[0].note == "Back to version 1"
    [event] = of(acme, AuditEvent, action="assistant.restored")
    assert (event.detail["before"], event.detail["after"]) == ({"version": 2}, {"version": 3, "as": 1})
    assert (
        "as in version 3 already"
        in alices.post(
            reverse("admin:assistants_assistant_restore", args=[clerk.pk, 3]), follow=True
        ).content.decode()
    )


def test_markup_in_instructions_stays_text(clerk, alices) -> None:
    post(alices, clerk, instructions="<script>alert(1)</script> <ins>x")
    page = alices.get(reverse("admin:assistants_assistant_versions", args=[clerk.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_differences_are_words_within_changed_lines_alone() -> None:
    old, new = "Same line.\nBe very kind.\nGone.\n", "Same line.\nBe kind and brief.\n"
    pieces = differences(old, new)
    assert "".join(p.text for p in pieces if p.kind != "new") == old
    assert "".join(p.text for p in pieces if p.kind != "gone") == new
    assert pieces[0] == ("same", "Same line.\n")


# --- trying out


def lines(response) -> list[dict]:
    return [json.loads(line) for line in b"".join(response).decode().splitlines()]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")
def test_trying_out_uses_the_unsaved_form_and_keeps_no_conversation(
    installation, clerk, acme, alice, alices, handbook, upload
) -> None:
    upload(alice, handbook)
    unsaved = fields(instructions=SECRET, temperature="0.3", question="How long is parental leave?", name="")
    told = lines(alices.post(reverse(TRY), unsaved))
    assert [line["type"] for line in told][:2] == ["searching", "passages"]
    assert told[-1]["type"] == "finished"
    assert [line["quote"] for line in told if line["type"] == "cited"]
    asked = installation.chats[-1].body
    assert SECRET in asked["messages"][0]["content"]
    assert asked["temperature"] == 0.3
    assert of(acme, Assistant)[0].instructions == "Be kind."
    assert of(acme, Conversation) == of(acme, Message) == []
    [event] = of(acme, AuditEvent, action="assistant.tried")
    assert (event.actor_id, event.detail["question"]) == (alice.pk, "How long is parental leave?")
    [shown] = of(acme, AuditEvent, action="assistant.sources")
    assert shown.detail["passages"]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")
def test_faults_of_the_model_are_told_in_words(
    installation, clerk, alice, alices, handbook, upload, settings
) -> None:
    upload(alice, handbook)
    told = lines(alices.post(reverse(TRY), fields(question="How long is parental leave?", model="missing")))
    assert told[-1]["type"] == "failed"
    assert "does not exist at its address" in told[-1]["text"]


def test_what_cannot_be_tried_is_told_in_words(clerk, alices, settings) -> None:
    assert "Question" in alices.post(reverse(TRY), fields()).json()["error"]["text"]
    assert alices.get(reverse(TRY)).status_code == 404
    settings.QUESTIONS_PER_MINUTE = 0
    refused = alices.post(reverse(TRY), fields(question="?"))
    assert refused.status_code == 429
    assert "Wait a minute" in refused.json()["error"]["text"]
