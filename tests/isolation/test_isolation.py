"""Who may read what, told a second time in sets and dicts and compared with the product after every step.

Hypothesis plays two organisations: people come, go, change roles and are locked out, collections are opened and
closed, documents are replaced, moved, deleted and purged, questions are asked. Each step is done by the product's own
actions, then told to `Model`, which knows the rules and not one line of the product's permissions. The search index
lies: whoever asks is offered every passage that ever was, of every organisation, in any order.
"""

import copy
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.assistants.models import Assistant
from assistant.events import FoundPassage
from assistant.retrieve import read_again
from assistant.verified.index import nearest_verified
from assistant.verified.models import VerifiedAnswer
from chat import presentation, source_item
from chat.actions import (
    post_question,
    restore_conversation,
)
from chat.errors import NotFound
from chat.export import as_json, as_markdown
from chat.models import Conversation, Message
from chat.search.actions import MOST
from chat.sharing.access import opened_share
from chat.sharing.models import Share
from chat.sharing.shown import shared_messages, shared_source
from ingestion import earlier, pipeline, purging, receipts
from ingestion.access import readable_collections, readable_version
from ingestion.documents_api import list_documents, summary
from ingestion.models import Collection, Document, DocumentVersion, Passage
from tenants.access import Member
from tenants.models import Role, User
from tenants.row_security import tenant_models
from tenants.scoping import NoTenantScope, every_tenant, tenant_scope
from tests.isolation.model import (
    COLLECTIONS,
    DAYS,
    FILES,
    GROUPS,
    PEOPLE,
    TENANTS,
    TRAVELLERS,
    VISITS,
    Source,
    Talk,
    tenant_of,
)
from tests.isolation.words import LogBook
from tests.isolation.world import NoIndex, World, said


def check_reading(world: World, person: str, tenant: str, random: Random) -> Member | None:
    """The product's sets are the model's, and a lying index gets nobody further."""
    model = world.model
    member = world.member(person, tenant)
    assert (member is not None) == model.comes_in(person, tenant)
    if member is None:
        return None
    assert member.role == model.roles[person, tenant]
    names = {world.collections[name]: name for name in COLLECTIONS}
    passages = model.passages_of(person, tenant)
    with world.scope(tenant):
        rows = list(Collection.objects.readable_by(member).values_list("id", flat=True))
        assert sorted(names[key] for key in rows) == sorted(model.collections(person, tenant))
        assert sorted(readable_collections(member)) == sorted(rows)
        assert ids(Document.objects.readable_by(member)) == sorted(model.documents(person, tenant))
        assert ids(Passage.objects.readable_by(member)) == sorted(passages)
        usable = Assistant.objects.usable_by(member).values_list("name", flat=True)
        assert sorted(usable) == sorted(model.teams(person, tenant))
        hits, limit = world.lying_index(random), random.randint(3, 12)
        found = read_again(hits, member=member, limit=limit)
    expected = [hit.passage for hit in hits if hit.passage in passages][:limit]
    assert [passage.id for passage in found] == expected
    assert [passage.number for passage in found] == list(range(1, len(found) + 1))
    for passage in found:
        check_words(world, passage)
    return member


def ids(rows: Any) -> list[UUID]:
    """Sorted and not made a set: a row that comes twice is wrong too."""
    return sorted(rows.values_list("id", flat=True))


def check_words(world: World, passage: FoundPassage) -> None:
    version, text = world.model.passages[passage.id]
    paper = world.model.papers[world.model.versions[version]]
    assert (passage.version, passage.text, passage.title) == (version, text, paper.title)
    assert passage.collection == world.collections[paper.collection]


def check_conversations(world: World, person: str, tenant: str, member: Member) -> None:
    """One's own conversations are found, with the quotes that one may read today, and nobody else's."""
    model = world.model
    own = model.talks_of(person, tenant)
    documents = model.documents(person, tenant)
    with world.scope(tenant):
        listed, more = presentation.conversation_list(member)
        assert sorted(item["id"] for item in listed) == sorted(map(str, own))
        assert not more
        assert ids(Message.objects.owned_by(member).filter(role="answer")) == sorted(
            answer for key in own for answer in model.talks[key].answers
        )
        for key, talk in model.talks.items():
            if key not in own:
                with pytest.raises(NotFound):
                    presentation.owned_conversation(key, member)
            else:
                conversation = presentation.owned_conversation(key, member)
                check_messages(world, talk, presentation.message_list(conversation, member))
            for answer, sources in talk.answers.items():
                for number, source in enumerate(sources if key in own else sources[:1], start=1):
                    allowed = key in own and source.document in documents
                    check_source(world, answer, number, source if allowed else None, member)
        others = [key for key, talk in model.talks.items() if talk.tenant == tenant and talk.person != person]
        for key in others[:1]:  # one stands for all: each costs a dozen queries
            with pytest.raises(NotFound):
                post_question(world.visitor(person, tenant), client_id="no", conversation=key, text="And?")
            with pytest.raises(NotFound):
                restore_conversation(key, member)
        check_tended(member, documents)
        check_verified(world, person, tenant, member)
        newest = {document: version for version, document in model.versions.items()}
        for document, version in newest.items():
            with lacking(DocumentVersion.DoesNotExist, unless=document in documents):
                assert readable_version(version, member).pk == version
        titles = {model.papers[key].title for key in documents}
        for question in presentation.suggested_questions(member, limit=50):
            assert question.removeprefix("What does the ").split(" say")[0] in titles


def check_shares(world: World, person: str, tenant: str, member: Member) -> None:
    """A link shows what its reader may read today, of what it showed when it was last updated, and opens to no others."""
    for talk, key in world.keys.items():
        expected = world.model.shown(person, tenant, talk)
        with world.scope(tenant), lacking(NotFound, unless=expected is not None):
            share = opened_share(key, member)
            check_shared(world, share, expected or [], member)


def check_shared(world: World, share: Share, expected: list[UUID], member: Member) -> None:
    sources = world.model.talks[share.conversation_id].answers
    items = [item for item in shared_messages(share, member) if item["role"] == "answer"]
    assert [item["id"] for item in items if not item.get("withheld")] == list(map(str, expected))
    for item in items:
        key = UUID(item["id"])
        quotes = [source.quote for source in sources[key]]
        if item.get("withheld"):
            assert set(item) == {"id", "role", "question", "withheld", "created"}
        else:
            assert [citation["quote"] for citation in item["citations"]] == quotes
        for number in range(1, 1 + len(quotes[:1])):
            with lacking(NotFound, unless=key in expected):
                assert shared_source(share, key, number, member)["quote"] == quotes[0]


def check_export(world: World, person: str, tenant: str, member: Member) -> None:
    """A file holds no quote that may not be read now, and a search finds one's own conversations alone."""
    own = world.model.talks_of(person, tenant)
    assert set(world.look_for("it is", person, tenant)) <= set(map(str, own))
    assert len(world.look_for("so it is", person, tenant)) == min(len(own), MOST)
    for key in own:
        talk = world.model.talks[key]
        with world.scope(tenant):
            told = str(as_json(presentation.owned_conversation(key, member), member))
            written = as_markdown(presentation.owned_conversation(key, member), member)
        for sources in talk.answers.values():  # the answer itself stays, as it was given
            told = told.replace(repr(said(sources))[1:-1], "")
            written = written.replace(said(sources), "")
        for source in (each for sources in talk.answers.values() for each in sources):
            if not world.model.sees(person, tenant, source):
                assert source.quote not in told
                assert source.quote.splitlines()[-1] not in written


def check_verified(world: World, person: str, tenant: str, member: Member) -> None:
    """A verified answer is given to the readers of its collection, and changed by those who tend it."""
    own = [place for place in COLLECTIONS if tenant_of(place) == tenant]
    readable = world.model.collections(person, tenant)
    tended = {place for place in own if world.model.tends(person, tenant, place)}
    assert ids(VerifiedAnswer.objects.readable_by(member)) == sorted(
        world.verified[each] for each in readable
    )
    assert ids(VerifiedAnswer.objects.tended_by(member)) == sorted(world.verified[each] for each in tended)
    found = nearest_verified("And then?", None, member)
    texts = {f"Verified in {each}." for each in readable}
    assert (found.passage.text in texts) if found else not texts


def check_tended(member: Member, documents: set[UUID]) -> None:
    """What is listed, counted and offered for search to those who tend; others are told nothing."""
    cache.clear()  # counts are remembered for a moment
    request = RequestFactory().get("/documents/api/")
    request.user, request.member = User.objects.get(pk=member.user), member
    listed, counted = (json.loads(view(request).content) for view in (list_documents, summary))
    if member.tends_documents:
        shown = {UUID(item["id"]) for item in listed["items"]}
        assert shown <= documents
        assert counted["counts"]["all"] == len(shown)
    else:
        assert set(listed) == set(counted) == {"error"}


def check_messages(world: World, talk: Talk, items: list[presentation.Item]) -> None:
    """A quote is shown to those who may read its document, or could to the last."""
    model = world.model
    answers = {item["id"]: item for item in items if item["role"] == "answer"}
    assert set(answers) == set(map(str, talk.answers))
    for key, sources in talk.answers.items():
        item = answers[str(key)]
        shown = {
            number
            for number, source in enumerate(sources, start=1)
            if model.reads(talk.person, talk.tenant, model.papers[source.document])
        }
        assert {each["number"] for each in item["passages"]} == shown
        assert [(each["marker"], each["available"], each["quote"]) for each in item["citations"]] == [
            (number, number in shown, source.quote if number in shown else "")
            for number, source in enumerate(sources, start=1)
        ]
        kept_back = {source.quote for number, source in enumerate(sources, start=1) if number not in shown}
        told = str(item | {"text": ""})  # the answer itself stays, as it was given
        assert not any(quote in told for quote in kept_back)


def check_source(world: World, answer: UUID, number: int, source: Source | None, member: Member) -> None:
    with lacking(NotFound, unless=source is not None):
        item = source_item.source_item(answer, number, member)
    if source:
        paper = world.model.papers[source.document]
        assert (item["quote"], item["title"]) == (source.quote, paper.title)
        assert item["current"] == (paper.current == source.version)


@contextmanager
def lacking(error: type[Exception], *, unless: bool) -> Iterator[None]:
    if unless:
        yield
    else:
        with pytest.raises(error):
            yield


def check_elsewhere(world: World, member: Member, tenant: str) -> None:
    """A member in the scope of another organisation, which no request can be, reads nothing at all."""
    with world.scope(tenant):
        assert not readable_collections(member)
        assert not Conversation.objects.owned_by(member).exists()
        assert not Message.objects.owned_by(member).exists()
        assert read_again(world.lying_index(Random(0)), member=member, limit=8) == ()


def check_scopes(world: World) -> None:
    """Each organisation finds all its rows and no others, counted past the manager that is on trial."""
    for model in tenant_models():
        with every_tenant():
            rows = list(model._base_manager.values_list("tenant", "pk"))
        for tenant in world.tenants.values():
            with tenant_scope(tenant):
                whole = getattr(model, "with_private", model.objects)
                found = list(whole.values_list("tenant", "pk"))
            assert {row[0] for row in found} <= {tenant}, model
            assert sorted(found) == sorted(row for row in rows if row[0] == tenant), model
        with pytest.raises(NoTenantScope):
            model.objects.all()


# One of these a step, then somebody is asked. Everybody is asked at the end only: it takes a third of a second.
PERSON, TRAVELLER, TENANT = st.sampled_from(PEOPLE), st.sampled_from(TRAVELLERS), st.sampled_from(TENANTS)
COLLECTION, GROUP, FILE = st.sampled_from(COLLECTIONS), st.sampled_from(GROUPS), st.sampled_from(FILES)
PLACE, READER = st.sampled_from(["open", "closed"]), st.sampled_from([*GROUPS, *TRAVELLERS])
ROLE, STAGE = st.sampled_from(Role.values), st.sampled_from(["ready", "ready", "read", "queued", "failed"])
NUMBER, SEED, YES = st.integers(0, 7), st.integers(0, 999), st.booleans()

STEPS = st.one_of(
    st.tuples(st.just("let_in"), TRAVELLER, TENANT, ROLE),
    st.tuples(st.just("remove"), TRAVELLER, TENANT, YES),
    st.tuples(st.just("lock"), TRAVELLER, st.sampled_from([False, False, True])),
    st.tuples(st.just("expire"), TRAVELLER, TENANT, st.sampled_from([*DAYS])),
    st.tuples(st.just("choose"), TRAVELLER, TENANT, YES),
    st.tuples(st.just("entrust"), COLLECTION, TRAVELLER, YES),
    st.tuples(st.just("join"), GROUP, TRAVELLER, YES),
    st.tuples(st.just("nest"), GROUP, GROUP, YES),
    st.tuples(st.just("dissolve"), GROUP),
    st.tuples(st.just("open"), COLLECTION, YES),
    st.tuples(st.just("share"), COLLECTION, READER, YES),
    st.tuples(st.just("upload"), COLLECTION, FILE, STAGE),
    st.tuples(st.just("publish"), NUMBER),
    st.tuples(st.just("move"), NUMBER, PLACE, YES),
    st.tuples(st.just("narrow"), NUMBER, st.none() | st.lists(READER, max_size=2)),
    st.tuples(st.just("delete"), NUMBER, YES),
    st.tuples(st.just("purge"), NUMBER),
    st.tuples(st.just("ask"), PERSON, TENANT, st.none() | NUMBER, SEED),
    st.tuples(st.just("share_talk"), PERSON, TENANT, NUMBER, st.sampled_from([True, True, False])),
    st.tuples(st.just("hide"), st.none() | st.sampled_from(VISITS), NUMBER, YES),
)


# In all; a fifth of them on PostgreSQL, where each takes three times as long. A nightly run sets 10000.
STEPS_OF_ALL, STEPS_OF_PLAY = int(os.environ.get("ISOLATION_STEPS", "1000")), 25
PLAYS = STEPS_OF_ALL * (4 if connection.vendor == "sqlite" else 1) // 5 // STEPS_OF_PLAY


@pytest.fixture
def log_book() -> Iterator[LogBook]:
    """While it is there, a word in a log line is an error."""
    book, root = LogBook(), logging.getLogger()
    ours = [logging.getLogger(name) for name in ("assistant", "chat", "ingestion", "tenants")]
    levels = [(log, log.level) for log in ours]
    for log in ours:
        log.setLevel(logging.DEBUG)
        log.addHandler(book)
    root.addHandler(book)
    yield book
    root.removeHandler(book)
    for log, level in levels:
        log.setLevel(level)
        log.removeHandler(book)


@pytest.fixture
def world(db, log_book, settings, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.QUESTIONS_PER_MINUTE = 1_000_000
    settings.EARLIER_VERSIONS_KEPT = 1_000_000
    for module in (earlier, pipeline, purging, receipts):
        monkeypatch.setattr(module, "active_store", NoIndex)
    return World()


@pytest.mark.timeout(900 if STEPS_OF_ALL <= 1000 else 9 * STEPS_OF_ALL // 10)
@settings(
    max_examples=PLAYS,
    deadline=None,
    derandomize=True,
    # A failure is told at once and in full; with Phase.shrink it takes minutes to find the shortest.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(st.tuples(STEPS, TRAVELLER, SEED), min_size=STEPS_OF_PLAY, max_size=STEPS_OF_PLAY))
def test_nobody_reads_more_or_less_than_the_model_says(world: World, script: list[Any]) -> None:
    with undone():
        world = copy.deepcopy(world)
        for (step, *what), person, seed in script:
            getattr(world, step)(*what)
            for tenant in TENANTS:
                check_reading(world, person, tenant, Random(seed))
        check_everything(world)


@contextmanager
def undone() -> Iterator[None]:
    """What happens in the database inside, an error too, leaves no trace."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def check_everything(world: World) -> None:
    for person, tenant in VISITS:
        if member := check_reading(world, person, tenant, Random(1)):
            check_conversations(world, person, tenant, member)
            check_shares(world, person, tenant, member)
            check_export(world, person, tenant, member)
            for other in TENANTS:
                if other != tenant:
                    check_elsewhere(world, member, other)
    check_scopes(world)


def test_the_world_holds_rows_of_every_tenant_owned_model(world: World) -> None:
    """A new model joins the play by a row in `World`."""
    for model in tenant_models():
        with every_tenant():
            tenants = set(model._base_manager.values_list("tenant", flat=True))
        assert tenants == set(world.tenants.values()), model
