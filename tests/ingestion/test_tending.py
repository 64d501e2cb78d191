"""What managers say about documents: on one document's page, and of many at once."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from ingestion import tending
from ingestion.admin_filters import HasTag
from ingestion.days import today
from ingestion.models import Collection, Document, Status
from ingestion.tending import TendingRefused, clean_tags, months_later
from tenants.access import require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

LIST = reverse("admin:ingestion_document_changelist")


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def document(handbook, add_document) -> Document:
    return add_document(handbook)


def told(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def change(client, document, **said):
    """The document's page sent in with everything that it shows."""
    data = {"title": document.title, "collection": document.collection_id, "tags": ", ".join(document.tags)}
    return client.post(reverse("admin:ingestion_document_change", args=[document.pk]), data | said)


def act(client, action, *documents, **data):
    fields = {"action": action, "_selected_action": [d.pk for d in documents], "apply": "1"}
    return client.post(LIST, fields | data)


# --- One document


def test_page_sets_owner_validity_review_and_tags_and_records_what_was_before(mias, document, alice):
    Document.objects.update(tags=["old"])
    said = {
        "owner": alice.pk,
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "review_on": "2026-06-01",
        "tags": "travel, Money",
    }
    change(mias, document, **said)
    document.refresh_from_db()
    assert (document.owner, document.tags) == (alice, ["travel", "Money"])
    assert (document.valid_from, document.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))
    event = AuditEvent.objects.get(action="document.changed")
    assert event.detail["before"]["tags"] == ["old"]
    assert event.detail["before"]["owner"] is None
    assert event.detail["after"] == {
        "owner": "Alice Arnold",
        "tags": ["travel", "Money"],
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "review_on": "2026-06-01",
    }
    change(mias, document, **said)
    assert AuditEvent.objects.filter(action="document.changed").count() == 1, "nothing was changed again"


def test_last_day_before_the_first_is_refused_in_words(mias, document):
    page = change(mias, document, valid_from="2026-03-02", valid_until="2026-03-01").content.decode()
    assert "It cannot hold until 1 March 2026 when it holds from 2 March 2026 on." in page
    document.refresh_from_db()
    assert document.valid_until is None


def test_only_those_who_tend_documents_can_be_owners(mias, document, mia, alice, bob, carol):
    for person in (bob, carol):
        change(mias, document, owner=person.pk)
        with pytest.raises(TendingRefused, match="does not tend the documents"):
            tending.change_document(document, member=mia, owner=person)
    document.refresh_from_db()
    assert document.owner is None
    page = mias.get(reverse("admin:ingestion_document_change", args=[document.pk])).content.decode()
    assert "Alice Arnold" in page
    assert "Carol Cole" not in page


def test_owner_who_leaves_is_no_longer_named(document, mia, alice, acme, membership_of):
    tending.change_document(document, member=mia, owner=alice)
    membership_of(alice, acme).delete()
    document.refresh_from_db()
    assert document.owner is None


def test_tags_are_kept_once_and_tidy() -> None:
    assert clean_tags(" travel ,Travel,, a  b,\x00c ,") == ["travel", "a b", "c"]
    with pytest.raises(TendingRefused, match="too long"):
        clean_tags("x" * 41)
    with pytest.raises(TendingRefused, match="20 tags at most"):
        clean_tags(",".join(map(str, range(21))))


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_months_later_is_a_day_that_exists(day, months, later) -> None:
    assert months_later(day, months) == later


def test_reviewed_document_is_due_again_in_so_many_months(mias, document):
    Document.objects.update(review_on=today(), review_reminded_at="2026-01-01T00:00Z")
    mias.post(reverse("admin:ingestion_document_reviewed", args=[document.pk]), {"months": "6"})
    document.refresh_from_db()
    assert document.review_on == months_later(today(), 6)
    assert document.review_reminded_at is None
    assert mias.get(reverse("admin:ingestion_document_reviewed", args=[document.pk])).status_code == 404


# --- The list


@pytest.mark.parametrize(
    ("standing", "title"), [("due", "Due"), ("expired", "Expired"), ("future", "Future")]
)
def test_list_is_filtered_by_what_was_said(mias, handbook, add_document, standing, title):
    day = timedelta(days=1)
    for name, said in {
        "Due": {"review_on": today()},
        "Expired": {"valid_until": today() - day},
        "Future": {"valid_from": today() + day},
        "Fine": {"review_on": today() + day, "valid_until": today(), "valid_from": today()},
    }.items():
        Document.objects.filter(pk=add_document(handbook, name).pk).update(**said)
    page = mias.get(LIST, {"standing": standing})
    assert [row.title for row in page.context["cl"].result_list] == [title]
    assert "1 document due for review" in page.content.decode()
    assert "due for review" in mias.get("/admin/").content.decode()


def test_list_is_filtered_and_searched_by_tag_and_owner(mias, handbook, add_document, alice, globex):
    one, two = add_document(handbook, "One"), add_document(handbook, "Two")
    Document.objects.filter(pk=one.pk).update(tags=["Größe", 'it\'s "x"'], owner=alice)
    Document.objects.filter(pk=two.pk).update(tags=["größer"])

    def titles(**query):
        return {row.title for row in mias.get(LIST, query).context["cl"].result_list}

    assert titles(tag="Größe") == {"One"}
    assert titles(tag='it\'s "x"') == {"One"}
    assert titles(tag="nothing") == set()
    assert titles(q="GRÖSSE") | titles(q="größ") == {"One", "Two"}
    assert titles(tended_by=str(alice.pk)) == {"One"}
    assert titles(tended_by="none") == {"Two"}
    assert titles(tended_by="rubbish") == {"One", "Two"}
    assert "Größe" in mias.get(LIST).content.decode()
    with tenant_scope(globex.id):
        assert not Document.objects.filter(HasTag("Größe")).exists()


# --- Many at once


@pytest.fixture
def both(handbook, add_document) -> list[Document]:
    return [add_document(handbook, title) for title in ("One", "Two")]


def test_tags_are_added_and_removed_together(mias, both):
    Document.objects.filter(title="One").update(tags=["Old", "kept"])
    page = mias.post(LIST, {"action": "tag", "_selected_action": [d.pk for d in both]}).content.decode()
    assert "One" in page
    assert "Two" in page
    assert "at least one tag" in act(mias, "tag", *both).content.decode()
    response = act(mias, "tag", *both, add="new", remove="old")
    assert "2 documents were given other tags." in told(response)
    assert [d.tags for d in Document.objects.order_by("title")] == [["kept", "new"], ["new"]]
    response = act(mias, "tag", *both, add="new")
    assert "2 left as before: " in told(response)
    assert "“One” has just these tags already." in told(response)


def test_owner_review_and_validity_are_set_together(mias, both, alice):
    act(mias, "assign", *both, owner=alice.pk)
    act(mias, "review", *both, review_on="2027-01-01")
    act(mias, "validity", *both, valid_from="2026-01-01", valid_until="2026-12-31")
    for document in Document.objects.all():
        assert (document.owner, document.review_on) == (alice, date(2027, 1, 1))
        assert (document.valid_from, document.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))
    act(mias, "reviewed", *both, months="3")
    assert {d.review_on for d in Document.objects.all()} == {months_later(today(), 3)}
    page = act(mias, "validity", *both, valid_from="2026-01-02", valid_until="2026-01-01")
    assert "Choose a later last day." in page.content.decode()


def test_each_that_could_not_be_changed_is_named_with_its_reason(mias, both, handbook, add_document):
    target = Collection.objects.create(name="Archive")
    add_document(target, "One")
    there = add_document(target, "Three")
    said = told(act(mias, "move", *both, there, collection=target.pk))
    assert "1 document was moved to Archive." in said
    assert "2 left as before" in said
    assert "“Archive” already holds a file named “One.txt”" in said
    assert "“Three” is in Archive already." in said


def test_reading_again_names_those_that_are_not_ready(mias, both, handbook, add_document):
    failed = add_document(handbook, "Broken", status=Status.FAILED)
    said = told(act(mias, "reindex", both[0], failed))
    assert "1 document was queued to be read again." in said
    assert "“Broken” is not ready" in said


def test_everything_that_a_filter_finds_can_be_changed_at_once(mias, handbook, add_document):
    for number in range(55):
        add_document(handbook, f"Note {number:02}")
    other = add_document(handbook, "Other")
    some = Document.objects.filter(title="Note 00").get()
    query = "?q=Note"
    data = {"action": "tag", "_selected_action": [some.pk], "select_across": "1", "index": "0"}
    page = mias.post(LIST + query, data).content.decode()
    assert "and 5 more" in page
    mias.post(LIST + query, data | {"apply": "1", "add": "all"})
    assert Document.objects.filter(HasTag("all")).count() == 55
    other.refresh_from_db()
    assert other.tags == []


def test_long_lists_of_reasons_are_cut_short() -> None:
    outcome = tending.Outcome(0, tuple(f"“{n}”." for n in range(8)))
    assert outcome.reasons == "“0”. “1”. “2”. “3”. “4”. And 3 more."


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_nobody_else_changes_documents(document, handbook, acme, globex, who, request):
    person = request.getfixturevalue(who)
    tenant = acme if who == "bob" else globex
    with tenant_scope(tenant.id):
        member = require_member(person.id, tenant=tenant.id)
        attempts = [
            lambda: tending.change_document(document, member=member, tags=["stolen"]),
            lambda: tending.change_tags([document], add=["stolen"], remove=[], member=member),
            lambda: tending.set_owner([document], owner=person, member=member),
            lambda: tending.mark_reviewed([document], months=3, member=member),
            lambda: tending.set_validity([document], valid_from=None, valid_until=today(), member=member),
            lambda: tending.delete_documents([document], member=member),
        ]
        for attempt in attempts:
            try:
                outcome = attempt()
            except (NotAllowed, TendingRefused):
                continue
            assert outcome.changed == 0
    before = document
    document = Document.objects.get(pk=before.pk)
    assert (document.tags, document.owner, document.review_on, document.valid_until) == ([], None, None, None)
    assert document.deleted_at is None
