"""Who may ask which assistant, and what it answers from: decided when the question is asked."""

import json

import pytest
from asgiref.sync import sync_to_async

from assistant.assistants.models import Assistant
from assistant.models import ModelEndpoint
from chat.choices.models import AnswerChoice
from ingestion.models import Collection
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.assistants.conftest import LAWYERS_NAME, SECRET
from tests.conftest import person

LEAVE, HOTELS = "How long is parental leave?", "What may a hotel cost?"


async def ask(tab, user, text=LEAVE, conversation=None, client_id="c1", **more):
    async with tab(user) as t:
        await t.send(type="ask", client_id=client_id, conversation=conversation, text=text, **more)
        return await t.until("finished", "failed")


def system_words(upstream) -> str:
    return upstream.chats[-1].body["messages"][0]["content"]


async def change(acme, row, **fields) -> None:
    def save() -> None:
        with tenant_scope(acme.id):
            type(row).objects.filter(pk=row.pk).update(**fields)

    await sync_to_async(save)()


# --- outsiders


def page_of(browser_of, user) -> str:
    browser = browser_of(user)
    return browser.get("/chat/").content.decode() + browser.get("/api/choices/").content.decode()


def test_a_member_outside_the_group_sees_neither_name_nor_instructions(
    pilot, counsel, bob, dora, browser_of
) -> None:
    assert LAWYERS_NAME not in page_of(browser_of, bob)
    assert LAWYERS_NAME in page_of(browser_of, dora)


def test_instructions_reach_no_page_of_members(pilot, counsel, bob, dora, alice, browser_of) -> None:
    for user in (bob, dora, alice):
        said = page_of(browser_of, user)
        assert "Pilot" in said
        assert SECRET not in said
        assert "Initech" not in said


def test_another_organisation_sees_none(pilot, counsel, carol, browser_of) -> None:
    assert "Pilot" not in page_of(browser_of, carol)


@pytest.mark.parametrize("who", ["bob", "carol"])
async def test_an_assistant_of_others_is_as_one_that_does_not_exist(
    installation, counsel, handbook, acme, globex, who, request, tab
) -> None:
    user = await sync_to_async(request.getfixturevalue)(who)
    refused = await ask(tab, user, assistant=str(counsel.pk))
    unknown = await ask(tab, user, client_id="c2", assistant="00000000-0000-4000-8000-000000000000")
    assert refused[-1]["code"] == unknown[-1]["code"] == "assistant_gone"
    assert refused[-1]["text"] == unknown[-1]["text"]
    assert not installation.chats


async def test_an_unreadable_collection_is_as_one_that_does_not_exist(installation, board, bob, tab) -> None:
    refused = await ask(tab, bob, within={"collections": [str(board.pk)]})
    unknown = await ask(
        tab, bob, client_id="c2", within={"collections": ["00000000-0000-4000-8000-000000000000"]}
    )
    assert refused[-1]["code"] == unknown[-1]["code"] == "collection_gone"
    assert refused[-1]["text"] == unknown[-1]["text"]


async def test_an_assistant_never_answers_from_what_the_person_may_not_read(
    installation, make_assistant, board, alice, bob, dora, upload, tab
) -> None:
    await sync_to_async(upload)(alice, board, "Parental leave of the board is 52 weeks.", "secret.txt")
    wide = await sync_to_async(make_assistant)("Board", collections=[board])
    bobs = await ask(tab, bob, assistant=str(wide.pk))
    assert not [f for f in bobs if f["type"] == "passages" and f["items"]]
    assert not installation.chats
    doras = await ask(tab, dora, assistant=str(wide.pk))
    assert [f["quote"] for f in doras if f["type"] == "cited"]


def test_guests_are_offered_only_what_names_them(acme, pilot, make_assistant, browser_of) -> None:
    from django.utils import timezone

    from tenants.models import Membership

    guest = person(acme, "Gus Gast", Role.GUEST)
    with tenant_scope(acme.id):
        Membership.objects.filter(user=guest).update(expires=timezone.now() + timezone.timedelta(days=3))
    named = make_assistant("For guests", everyone=False)
    with tenant_scope(acme.id):
        named.people.add(guest)
    offered = browser_of(guest).get("/api/choices/").json()
    assert [each["name"] for each in offered["assistants"]] == ["For guests"]
    assert offered["collections"] == []


def test_who_leaves_and_comes_back_is_not_named_any_more(
    acme, make_assistant, dora, membership_of, browser_of
) -> None:
    named = make_assistant("For Dora", everyone=False)
    with tenant_scope(acme.id):
        named.people.add(dora)
    assert "For Dora" in page_of(browser_of, dora)
    membership = membership_of(dora, acme)
    with tenant_scope(acme.id):
        membership.delete()
        membership.save(force_insert=True)
    assert "For Dora" not in page_of(browser_of, dora)


# --- what an assistant does


async def test_instructions_model_and_temperature_reach_the_model_and_the_answer_says_who_wrote_it(
    installation, pilot, bob, alice, acme, handbook, upload, tab
) -> None:
    await sync_to_async(upload)(alice, handbook)
    await change(acme, pilot, model="cite", temperature=0.7)
    frames = await ask(tab, bob, assistant=str(pilot.pk))
    assert SECRET in system_words(installation)
    assert installation.chats[-1].body["temperature"] == 0.7
    assert SECRET not in json.dumps(frames)
    assert frames[0]["asked_with"]["assistant"] == {"id": str(pilot.pk), "name": "Pilot", "icon": "spark"}

    def stored() -> AnswerChoice:
        with tenant_scope(acme.id):
            return AnswerChoice.objects.select_related("version").get()

    row = await sync_to_async(stored)()
    assert (row.version.number, row.version.assistant_id) == (1, pilot.pk)


async def test_without_an_assistant_no_temperature_is_asked_for(
    installation, bob, alice, handbook, upload, tab
) -> None:
    await sync_to_async(upload)(alice, handbook)
    frames = await ask(tab, bob)
    assert frames[0]["asked_with"] is None
    assert "temperature" not in installation.chats[-1].body


async def test_the_default_answers_who_may_use_it_and_nobody_else(
    installation, make_assistant, lawyers, bob, dora, alice, handbook, upload, tab
) -> None:
    await sync_to_async(upload)(alice, handbook)
    await sync_to_async(make_assistant)("House voice", groups=[lawyers], standard=True)
    doras = await ask(tab, dora)
    assert doras[0]["asked_with"]["assistant"]["name"] == "House voice"
    bobs = await ask(tab, bob)
    assert bobs[0]["asked_with"] is None
    assert SECRET not in system_words(installation)


async def test_it_answers_from_its_collections_alone(
    installation, make_assistant, alice, bob, handbook, acme, upload, tab
) -> None:
    def travel() -> Collection:
        with tenant_scope(acme.id):
            return Collection.objects.create(name="Travel", everyone=True)

    other = await sync_to_async(travel)()
    await sync_to_async(upload)(alice, handbook, "Parental leave is 16 weeks.", "leave.txt")
    await sync_to_async(upload)(alice, other, "Parental leave abroad is 20 weeks.", "abroad.txt")
    only = await sync_to_async(make_assistant)("Traveller", collections=[other])
    frames = await ask(tab, bob, assistant=str(only.pk))
    assert {item["collection"] for f in frames if f["type"] == "passages" for item in f["items"]} == {
        "Travel"
    }
    # What the person chose besides narrows further, and to nothing where both have nothing in common.
    within = {"collections": [str(handbook.pk)]}
    frames = await ask(tab, bob, client_id="c2", assistant=str(only.pk), within=within)
    assert "narrowed" in "".join(f["text"] for f in frames if f["type"] == "delta")


async def test_it_answers_from_nothing_when_all_its_collections_are_gone(
    installation, make_assistant, alice, bob, handbook, acme, upload, tab
) -> None:
    def gone() -> Assistant:
        with tenant_scope(acme.id):
            temporary = Collection.objects.create(name="Old", everyone=True)
        row = make_assistant("Archivist", collections=[temporary])
        with tenant_scope(acme.id):
            temporary.delete()
        return row

    await sync_to_async(upload)(alice, handbook)
    row = await sync_to_async(gone)()
    frames = await ask(tab, bob, assistant=str(row.pk))
    assert not [f for f in frames if f["type"] == "passages" and f["items"]]


async def test_a_model_that_was_switched_off_is_not_replaced_by_another(
    installation, pilot, alice, bob, acme, handbook, upload, tab
) -> None:
    def connect() -> ModelEndpoint:
        with tenant_scope(acme.id):
            row = ModelEndpoint.objects.create(name="EU", url=installation.url, model="cite", active=False)
            Assistant.objects.filter(pk=pilot.pk).update(endpoint=row)
            return row

    await sync_to_async(upload)(alice, handbook)
    await sync_to_async(connect)()
    frames = await ask(tab, bob, assistant=str(pilot.pk))
    assert frames[-1]["code"] == "model_switched_off"
    assert not installation.chats


# --- when it is lost


@pytest.mark.parametrize("loss", ["archived", "taken away"])
async def test_a_lost_assistant_leaves_its_answers_and_refuses_the_next_question_in_words(
    installation, pilot, alice, bob, acme, handbook, upload, tab, browser_of, loss
) -> None:
    await sync_to_async(upload)(alice, handbook)
    first = await ask(tab, bob, assistant=str(pilot.pk))
    fields = {"active": False} if loss == "archived" else {"everyone": False}
    await change(acme, pilot, name="Renamed since", **fields)
    conversation = first[0]["conversation"]
    refused = await ask(tab, bob, HOTELS, conversation, "c2", assistant=str(pilot.pk))
    assert refused[-1]["code"] == "assistant_gone"
    assert "Choose another one" in refused[-1]["text"]
    async with tab(bob) as t:
        await t.send(type="retry", client_id="c3", message=first[0]["message"])
        again = await t.until("finished", "failed")
    assert again[-1]["code"] == "assistant_gone"
    browser = await sync_to_async(browser_of)(bob)
    shown = (await sync_to_async(browser.get)(f"/api/conversations/{conversation}/")).json()
    assert shown["messages"][1]["asked_with"]["assistant"]["name"] == "Pilot"
    assert "Renamed since" not in json.dumps(shown)
    other = await ask(tab, bob, HOTELS, conversation, "c4")
    assert other[-1]["type"] == "finished"


async def test_a_question_in_other_words_is_asked_of_the_same_assistant(
    installation, pilot, alice, bob, handbook, upload, tab
) -> None:
    await sync_to_async(upload)(alice, handbook)
    first = await ask(tab, bob, assistant=str(pilot.pk))
    async with tab(bob) as t:
        await t.send(type="edit", client_id="c2", message=first[0]["question"]["id"], text=HOTELS)
        again = await t.until("finished", "failed")
    assert again[0]["asked_with"] == first[0]["asked_with"]
    assert SECRET in system_words(installation)


async def test_another_assistant_answers_the_next_question_of_the_same_conversation(
    installation, pilot, make_assistant, alice, bob, handbook, upload, tab, browser_of
) -> None:
    await sync_to_async(upload)(alice, handbook)
    clerk = await sync_to_async(make_assistant)("Clerk", instructions="Be terse.", icon="book")
    first = await ask(tab, bob, assistant=str(pilot.pk))
    await ask(tab, bob, HOTELS, first[0]["conversation"], "c2", assistant=str(clerk.pk))
    assert "Be terse." in system_words(installation)
    assert SECRET not in system_words(installation)
    browser = await sync_to_async(browser_of)(bob)
    shown = (await sync_to_async(browser.get)(f"/api/conversations/{first[0]['conversation']}/")).json()
    names = [m["asked_with"]["assistant"]["name"] for m in shown["messages"] if m["role"] == "answer"]
    assert names == ["Pilot", "Clerk"]
    assert shown["conversation"]["assistant"]["name"] == "Clerk"
