"""Questions about chosen collections and documents of chosen days."""

from datetime import date

import pytest
from asgiref.sync import sync_to_async

from ingestion.models import Collection, Document, DocumentVersion
from tenants.scoping import tenant_scope
from tests.assistants.test_asking_assistants import ask


@pytest.fixture
def three(installation, alice, handbook, acme, upload) -> Collection:
    """The same in the handbook of 2024, in that of 2026, and abroad."""
    with tenant_scope(acme.id):
        abroad = Collection.objects.create(name="Abroad", everyone=True)
    upload(alice, handbook, "Parental leave is 24 weeks.", "then.txt")
    upload(alice, handbook, "Parental leave is 26 weeks.", "now.txt")
    upload(alice, abroad, "Parental leave is 99 weeks.", "abroad.txt")
    with tenant_scope(acme.id):
        Document.objects.filter(name="then.txt").update(valid_from=date(2024, 5, 1))
        then = DocumentVersion.objects.filter(document__name="now.txt")
        then.update(effective_from="2026-05-01T12:00:00Z")
        DocumentVersion.objects.filter(document__name="abroad.txt").update(
            effective_from="2026-05-02T12:00:00Z"
        )
    return abroad


def titles(frames) -> set[str]:
    return {item["title"] for f in frames if f["type"] == "passages" for item in f["items"]}


@pytest.mark.parametrize(
    ("within", "found"),
    [
        ({}, {"then", "now", "abroad"}),
        ({"dated_from": "2026-05-01"}, {"now", "abroad"}),
        ({"dated_until": "2024-05-01"}, {"then"}),
        ({"dated_from": "2026-05-01", "dated_until": "2026-05-01"}, {"now"}),
        ({"dated_from": "2026-05-03"}, set()),
    ],
    ids=["all", "since", "until", "one-day", "too-late"],
)
async def test_only_documents_of_these_days_are_used(three, bob, tab, within, found) -> None:
    frames = await ask(tab, bob, within=within)
    assert titles(frames) == found
    if not found:
        assert "narrowed the search" in "".join(f["text"] for f in frames if f["type"] == "delta")


async def test_only_chosen_collections_are_used_and_trying_again_keeps_them(
    three, bob, acme, tab, browser_of
) -> None:
    within = {"collections": [str(three.pk)], "dated_from": "2026-01-01", "dated_until": None}
    frames = await ask(tab, bob, within=within)
    assert titles(frames) == {"abroad"}
    told = frames[0]["asked_with"]
    assert told == {
        "assistant": None, "collections": [{"id": str(three.pk), "name": "Abroad"}],
        "dated_from": "2026-01-01", "dated_until": None,
    }  # fmt: skip
    async with tab(bob) as t:
        await t.send(type="retry", client_id="c2", message=frames[0]["message"])
        again = await t.until("finished")
        assert titles(again) == {"abroad"}
        await t.send(type="follow", conversation=frames[0]["conversation"], have=None)
        [snapshot] = await t.until("snapshot")
    assert again[0]["asked_with"] == snapshot["asked_with"] == told

    def close() -> dict:
        with tenant_scope(acme.id):
            Collection.objects.filter(pk=three.pk).update(everyone=False, name="Secret now")
        return browser_of(bob).get(f"/api/conversations/{frames[0]['conversation']}/").json()

    shown = (await sync_to_async(close)())["messages"][-1]["asked_with"]
    assert shown["collections"] == [{"id": str(three.pk), "name": ""}]


def test_counts_are_of_what_the_person_may_read(
    acme, bob, dora, handbook, board, add_document, browser_of
) -> None:
    from ingestion.models import Narrowing

    add_document(handbook, "For all")
    hidden = add_document(handbook, "For Dora")
    with tenant_scope(acme.id):
        narrowing = Narrowing.objects.create()
        narrowing.people.add(dora)
        Document.objects.filter(pk=hidden.pk).update(narrowing=narrowing)

    def offered(user) -> dict[str, int]:
        items = browser_of(user).get("/api/choices/").json()["collections"]
        return {item["name"]: item["documents"] for item in items}

    assert offered(bob) == {"Handbook": 1}
    assert offered(dora) == {"Handbook": 2, "Board papers": 0}


@pytest.mark.parametrize(
    "within",
    [
        [],
        "x",
        {"collections": "x"},
        {"collections": [3]},
        {"collections": ["x"] * 101},
        {"dated_from": "yesterday"},
    ],
    ids=["list", "text", "text-inside", "number", "too-many", "no-day"],
)
async def test_what_cannot_be_read_is_refused(installation, bob, tab, within) -> None:
    [frame] = await ask(tab, bob, within=within)
    assert (frame["code"], frame["client_id"]) == ("malformed", "c1")


async def test_swapped_days_are_refused_in_words(installation, bob, tab) -> None:
    [frame] = await ask(tab, bob, within={"dated_from": "2026-02-01", "dated_until": "2026-01-01"})
    assert frame["code"] == "days_swapped"
