"""Who may read what, told a second time in sets and dicts and compared with the product after every step.

Hypothesis plays two organisations: people come, go, change roles and are locked out, collections are opened and
closed, documents are replaced, moved, deleted and purged, questions are asked. Each step is done by the product's own
actions, then told to `Model`, which knows the rules and not one line of the product's permissions. The search index
lies: whoever asks is offered every passage that ever was, of every organisation, in any order.
"""

import copy
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.events import Cited, FoundPassage
from assistant.models import ModelEndpoint
from assistant.retrieve import read_again
from chat import presentation
from chat.actions import (
    Ending,
    delete_conversation,
    post_question,
    restore_conversation,
    save_ending,
    save_passages,
)
from chat.errors import NotFound
from chat.models import Conversation, Message
from ingestion import actions, pipeline, purging
from ingestion.access import readable_collections, readable_version
from ingestion.claims import Claim, Superseded, claim_version
from ingestion.errors import DocumentError, UploadRefused
from ingestion.models import Collection, Document, DocumentVersion, Passage, Stage
from ingestion.parse import ParsedDocument
from ingestion.parse.blocks import Block, assemble
from ingestion.store import Hit
from tenants.access import Member, Visitor, member_of
from tenants.actions import add_member, create_tenant
from tenants.errors import NotAllowed
from tenants.members import remove_member
from tenants.models import Group, Membership, Role, Tenant, User
from tenants.scoping import NoTenantScope, TenantModel, tenant_scope

TENANTS = ["acme", "globex"]
# One admin each, who stays, so that something can always be done; the others come and go.
KEEPERS = {"alice": "acme", "carol": "globex"}
ROLES = {
    ("alice", "acme"): Role.ADMIN,
    ("carol", "globex"): Role.ADMIN,
    ("bob", "acme"): Role.MEMBER,
    ("bob", "globex"): Role.MEMBER,
    ("dan", "globex"): Role.MEMBER,
    ("erin", "acme"): Role.MEMBER,
    ("erin", "globex"): Role.MANAGER,
}
TRAVELLERS = ["bob", "dan", "erin"]
PEOPLE = [*KEEPERS, *TRAVELLERS]
VISITS = list(product(PEOPLE, TENANTS))
# "acme/open" is Acme's. All have the same name in every organisation: nothing but the row tells them apart.
COLLECTIONS = [f"{tenant}/{name}" for tenant in TENANTS for name in ("open", "closed")]
GROUPS = [f"{tenant}/team" for tenant in TENANTS]
FILES = ["plan.txt", "list.txt"]


def tenant_of(place: str) -> str:
    return place.split("/")[0]


# --- The rules, once more ---------------------------------------------------------------------------------------


@dataclass
class Paper:
    """A document."""

    collection: str
    name: str
    title: str
    versions: int = 0
    current: UUID | None = None
    current_number: int = 0
    deleted: bool = False


@dataclass
class Source:
    """What an answer was given under a number, and cites."""

    document: UUID
    version: UUID
    quote: str


@dataclass
class Talk:
    """A conversation."""

    person: str
    tenant: str
    hidden: bool = False
    answers: dict[UUID, list[Source]] = field(default_factory=dict)


@dataclass
class Model:
    """Everything that decides who may read what."""

    roles: dict[tuple[str, str], str] = field(default_factory=lambda: dict(ROLES))
    locked: set[str] = field(default_factory=set)
    joined: set[tuple[str, str]] = field(default_factory=set)  # group, person
    everyone: set[str] = field(default_factory=set)  # collections
    readers: set[tuple[str, str]] = field(default_factory=set)  # collection, group or person
    papers: dict[UUID, Paper] = field(default_factory=dict)
    versions: dict[UUID, UUID] = field(default_factory=dict)  # version -> document
    purged: set[UUID] = field(default_factory=set)  # documents
    passages: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)  # passage -> version, text
    talks: dict[UUID, Talk] = field(default_factory=dict)

    def comes_in(self, person: str, tenant: str) -> bool:
        return (person, tenant) in self.roles and person not in self.locked

    def opens(self, person: str, tenant: str, collection: str) -> bool:
        if tenant_of(collection) != tenant or not self.comes_in(person, tenant):
            return False
        if self.roles[person, tenant] in ("manager", "admin") or collection in self.everyone:
            return True
        teams = {group for group, who in self.joined if who == person and tenant_of(group) == tenant}
        return any((collection, reader) in self.readers for reader in {person, *teams})

    def collections(self, person: str, tenant: str) -> set[str]:
        return {each for each in COLLECTIONS if self.opens(person, tenant, each)}

    def documents(self, person: str, tenant: str) -> set[UUID]:
        opened = self.collections(person, tenant)
        return {key for key, paper in self.papers.items() if paper.collection in opened and not paper.deleted}

    def passages_of(self, person: str, tenant: str) -> set[UUID]:
        answering = {self.papers[key].current for key in self.documents(person, tenant)}
        return {key for key, (version, _) in self.passages.items() if version in answering}

    def talks_of(self, person: str, tenant: str) -> set[UUID]:
        if not self.comes_in(person, tenant):
            return set()
        return {
            key
            for key, talk in self.talks.items()
            if (talk.person, talk.tenant) == (person, tenant) and not talk.hidden
        }

    def named(self, collection: str, name: str) -> UUID | None:
        """The live document of this name in the collection."""
        for key, paper in self.papers.items():
            if (paper.collection, paper.name, paper.deleted) == (collection, name, False):
                return key
        return None


# --- The world: what the product is made to do, and the model is told --------------------------------------------


@dataclass
class Upload:
    """A version on its way. `claim` is there from reading to the end."""

    document: UUID
    version: UUID
    number: int
    parsed: ParsedDocument
    claim: Claim | None = None
    passages: list[Passage] = field(default_factory=list)


class NoIndex:
    """A store that keeps nothing: who may read is never asked of it."""

    async def delete_version(self, *args: object, **kwargs: object) -> None: ...

    move_version = delete_version

    async def passages_of(self, *args: object) -> set[UUID]:
        return set()


class World:
    def __init__(self) -> None:
        self.model = Model()
        self.count = 0
        self.uploads: list[Upload] = []
        self.tenants = {name: create_tenant(name.title()).id for name in TENANTS}
        self.people: dict[str, UUID] = {}
        for (person, tenant), role in ROLES.items():
            self.let_in(person, tenant, role)
        expiry = timezone.now() + timedelta(days=1)
        for person in PEOPLE:
            Session.objects.create(session_key=person, session_data="", expire_date=expiry)
        self.groups = {name: self.make(Group, name).id for name in GROUPS}
        self.collections = {name: self.make(Collection, name).id for name in COLLECTIONS}
        for tenant, keeper in zip(TENANTS, KEEPERS, strict=True):
            self.make(ModelEndpoint, f"{tenant}/model")
            self.open(f"{tenant}/open", True)
            self.upload(
                f"{tenant}/open", "plan.txt", "read"
            )  # overtaken by the next, and published late or never
            self.upload(f"{tenant}/open", "plan.txt", "ready")
            self.upload(f"{tenant}/closed", "list.txt", "ready")
            self.ask(keeper, tenant, None, 0)
        self.join("acme/team", "bob", True)
        for collection, reader in (
            ("acme/open", "bob"),
            ("acme/open", "erin"),
            ("acme/closed", "acme/team"),
            ("globex/closed", "acme/team"),
            ("globex/closed", "dan"),
        ):
            self.share(collection, reader, True)
        for person, tenant in (("bob", "globex"), ("dan", "globex"), ("erin", "acme")):
            self.ask(person, tenant, None, 0)

    def make(self, kind: type[TenantModel], place: str) -> Any:
        with self.scope(place):
            return kind.objects.create(name=place.split("/")[1])

    def scope(self, place: str) -> Any:
        return tenant_scope(self.tenants[tenant_of(place)])

    def member(self, person: str, tenant: str) -> Member | None:
        return member_of(self.people[person], tenant=self.tenants[tenant])

    @contextmanager
    def keeping(self, place: str) -> Iterator[Member]:
        """In the scope of an organisation, with its admin."""
        keeper = next(person for person, tenant in KEEPERS.items() if tenant == tenant_of(place))
        with self.scope(place):
            member = self.member(keeper, tenant_of(place))
            assert member
            yield member

    # People

    def let_in(self, person: str, tenant: str, role: str) -> None:
        """As a new member, or in another role."""
        row = Tenant.objects.get(pk=self.tenants[tenant])
        user = add_member(row, email=f"{person}@people.example", name=person.title(), role=role)
        self.people[person] = user.id
        self.model.roles[person, tenant] = role

    def remove(self, person: str, tenant: str, returns: bool) -> None:
        with self.scope(tenant):
            membership = Membership.objects.filter(user=self.people[person]).first()
            assert (membership is not None) == ((person, tenant) in self.model.roles)
            if membership:
                remove_member(membership)
        # Who comes back starts anew: what they were given before does not wait for them.
        self.model.roles.pop((person, tenant), None)
        self.model.joined -= {(group, person) for group in GROUPS if tenant_of(group) == tenant}
        self.model.readers -= {(each, person) for each in COLLECTIONS if tenant_of(each) == tenant}
        if returns:
            self.let_in(person, tenant, Role.MEMBER)

    def lock(self, person: str, locked: bool) -> None:
        User.objects.filter(pk=self.people[person]).update(is_active=not locked)
        (self.model.locked.add if locked else self.model.locked.discard)(person)

    def join(self, group: str, person: str, joins: bool) -> None:
        """Only members can be chosen for a group, as in the admin."""
        if (person, tenant_of(group)) not in self.model.roles:
            return
        with self.scope(group):
            members = Group.objects.get(pk=self.groups[group]).members
            (members.add if joins else members.remove)(self.people[person])
        (self.model.joined.add if joins else self.model.joined.discard)((group, person))

    def dissolve(self, group: str) -> None:
        """And found another of the same name, which has inherited nothing."""
        with self.scope(group):
            Group.objects.get(pk=self.groups[group]).delete()
        self.groups[group] = self.make(Group, group).id
        self.model.joined = {pair for pair in self.model.joined if pair[0] != group}
        self.model.readers = {pair for pair in self.model.readers if pair[1] != group}

    # Collections

    def open(self, collection: str, everyone: bool) -> None:
        with self.scope(collection):
            Collection.objects.filter(pk=self.collections[collection]).update(everyone=everyone)
        (self.model.everyone.add if everyone else self.model.everyone.discard)(collection)

    def share(self, collection: str, reader: str, given: bool) -> None:
        """With a person who is a member here, or with any group: another organisation's must open nothing."""
        if reader in PEOPLE and (reader, tenant_of(collection)) not in self.model.roles:
            return
        with self.scope(collection):
            row = Collection.objects.get(pk=self.collections[collection])
            if reader in PEOPLE:
                (row.people.add if given else row.people.remove)(self.people[reader])
            else:
                (row.groups.add if given else row.groups.remove)(self.groups[reader])
        (self.model.readers.add if given else self.model.readers.discard)((collection, reader))

    # Documents

    def upload(self, collection: str, name: str, stage: str) -> None:
        """A new document, or the next version of the one of this name, brought as far as `stage`."""
        self.count += 1
        text, sections = assemble(
            [
                Block("heading", f"Topic {n} of no. {self.count}", None, 1) if heading else
                Block("text", f"fact{self.count}x{n} " * 250, None, 1)
                for n in (1, 2) for heading in (True, False)
            ]
        )  # fmt: skip
        known = self.model.named(collection, name)
        with self.keeping(collection) as keeper:
            accepted = actions.accept_upload(
                io.BytesIO(text.encode()),
                name=name,
                collection=Collection.objects.get(pk=self.collections[collection]),
                member=keeper,
                title=f"Paper {self.count}",
                send=False,
            )
        key, version = accepted.document.pk, accepted.version.pk
        if known is None:
            self.model.papers[key] = Paper(collection, name, f"Paper {self.count}")
        else:
            assert key == known
        self.model.papers[key].versions += 1
        self.model.versions[version] = key
        parsed = ParsedDocument(text, sections, "", "text/plain", None, ())
        self.uploads.append(Upload(key, version, self.model.papers[key].versions, parsed))
        if stage != "queued":
            self.read(self.uploads[-1])
        if stage == "failed":
            self.fail(self.uploads[-1])
        if stage == "ready":
            self.publish(-1)

    def picked(self, number: int) -> Upload:
        return self.uploads[number % len(self.uploads)]

    def read(self, upload: Upload) -> None:
        """Passages are written, and do not answer yet."""
        with self.scope(self.model.papers[upload.document].collection):
            upload.claim = claim_version(upload.version)
            assert (upload.claim is None) == self.model.papers[upload.document].deleted
            if upload.claim:
                upload.passages = pipeline.save_passages(upload.claim, upload.parsed)
        self.model.passages |= {row.id: (upload.version, row.text) for row in upload.passages}

    def fail(self, upload: Upload) -> None:
        with self.scope(self.model.papers[upload.document].collection):
            if upload.claim:
                upload.claim.failed(DocumentError("damaged", "This file is damaged."))
        upload.claim = None

    def publish(self, number: int) -> None:
        """The newest of the versions that got this far answers, in whichever order they did."""
        upload = self.picked(number)
        if not upload.passages:
            self.read(upload)
        claim, upload.claim = upload.claim, None
        if claim is None:
            return
        paper = self.model.papers[upload.document]
        with self.scope(paper.collection):
            try:
                with claim.stage(Stage.PUBLISH):
                    pipeline.publish(claim, upload.parsed, upload.passages)
            except Superseded:
                assert paper.deleted
                return
        assert not paper.deleted
        if upload.number > paper.current_number:
            paper.current, paper.current_number = upload.version, upload.number

    def move(self, number: int, name: str) -> None:
        document = self.picked(number).document
        paper = self.model.papers[document]
        collection = f"{tenant_of(paper.collection)}/{name}"
        if paper.deleted:
            return
        taken = self.model.named(collection, paper.name) not in (None, document)
        with self.keeping(collection) as keeper:
            target = Collection.objects.get(pk=self.collections[collection])
            try:
                actions.move_document(Document.objects.get(pk=document), collection=target, member=keeper)
            except UploadRefused:
                assert taken
                return
        assert not taken
        paper.collection = collection

    def delete(self, number: int) -> None:
        document = self.picked(number).document
        paper = self.model.papers[document]
        if document not in self.model.purged:
            with self.keeping(paper.collection) as keeper:
                actions.delete_document(Document.objects.get(pk=document), keeper)
        paper.deleted = True

    def purge(self, number: int) -> None:
        """Does nothing to a document that has not been deleted before."""
        document = self.picked(number).document
        paper = self.model.papers[document]
        with self.scope(paper.collection):
            purging.purge_document(document)
            assert Document.objects.filter(pk=document).exists() == (not paper.deleted)
        if paper.deleted:
            self.model.purged.add(document)

    # Conversations

    def ask(self, person: str, tenant: str, number: int | None, seed: int) -> None:
        """A question with its answer, which cites all that it was given; a number names an old conversation."""
        model = self.model
        visitor = Visitor(session=person, user=self.people[person], tenant=self.tenants[tenant])
        talk = None if number is None else self.talk(number)
        may_ask = model.comes_in(person, tenant) and (talk is None or talk in model.talks_of(person, tenant))
        self.count += 1
        try:
            posted = post_question(visitor, client_id=f"q{self.count}", conversation=talk, text="And then?")
        except (NotAllowed, NotFound) as error:
            assert not may_ask
            assert isinstance(error, NotFound) == model.comes_in(person, tenant)
            return
        assert may_ask
        with self.scope(tenant):
            found = read_again(self.lying_index(Random(seed)), member=posted.member, limit=3)
        cited = tuple(Cited(p.number, p.text[:30], p.start, p.start + 30) for p in found)
        save_passages(posted.answer, tenant=visitor.tenant, passages=found)
        save_ending(posted.answer, tenant=visitor.tenant, ending=Ending("complete", "So it is.", cited))
        answers = model.talks.setdefault(posted.conversation, Talk(person, tenant)).answers
        answers[posted.answer] = [Source(model.versions[p.version], p.version, p.text[:30]) for p in found]

    def talk(self, number: int) -> UUID:
        return list(self.model.talks)[number % len(self.model.talks)]

    def hide(self, visit: tuple[str, str] | None, number: int, hidden: bool) -> None:
        """Delete a conversation or undo that: its own person can, in its own organisation, and nobody else."""
        talk = self.talk(number)
        row = self.model.talks[talk]
        person, tenant = visit or (row.person, row.tenant)
        member = self.member(person, tenant)
        if member is None:
            return
        own = (row.person, row.tenant) == (person, tenant)
        with self.scope(tenant):
            try:
                if hidden:
                    delete_conversation(presentation.owned_conversation(talk, member))
                else:
                    restore_conversation(talk, member)
            except NotFound:
                assert not own or (hidden and row.hidden)
                return
        assert own
        row.hidden = hidden

    def lying_index(self, random: Random) -> list[Hit]:
        """Every passage that ever was, and one that never was, in any order."""
        keys = [*self.model.passages, uuid4()]
        random.shuffle(keys)
        return [Hit(key, 1 / (n + 1), 0, 0) for n, key in enumerate(keys)]


# --- What must hold ---------------------------------------------------------------------------------------------


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
    """One's own conversations are found, with the quotes that one may read today, and no others."""
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
        newest = {document: version for version, document in model.versions.items()}
        for document, version in newest.items():
            with lacking(DocumentVersion.DoesNotExist, unless=document in documents):
                assert readable_version(version, member).pk == version
        titles = {model.papers[key].title for key in documents}
        for question in presentation.suggested_questions(member, limit=50):
            assert question.removeprefix("What does the ").split(" say")[0] in titles


def check_messages(world: World, talk: Talk, items: list[presentation.Item]) -> None:
    """A quote is shown to those who may read the collection that its document is in, or was in to the last."""
    model = world.model
    answers = {item["id"]: item for item in items if item["role"] == "answer"}
    assert set(answers) == set(map(str, talk.answers))
    for key, sources in talk.answers.items():
        item = answers[str(key)]
        shown = {
            number
            for number, source in enumerate(sources, start=1)
            if model.opens(talk.person, talk.tenant, model.papers[source.document].collection)
        }
        assert {each["number"] for each in item["passages"]} == shown
        assert [(each["marker"], each["available"], each["quote"]) for each in item["citations"]] == [
            (number, number in shown, source.quote if number in shown else "")
            for number, source in enumerate(sources, start=1)
        ]
        kept_back = {source.quote for number, source in enumerate(sources, start=1) if number not in shown}
        assert not any(quote in str(item) for quote in kept_back)


def check_source(world: World, answer: UUID, number: int, source: Source | None, member: Member) -> None:
    with lacking(NotFound, unless=source is not None):
        item = presentation.source_item(answer, number, member)
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


def owned_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def check_scopes(world: World) -> None:
    """Each organisation finds all its rows and no others, counted past the manager that is on trial."""
    for model in owned_models():
        rows = list(model._base_manager.values_list("tenant", "pk"))
        for tenant in world.tenants.values():
            with tenant_scope(tenant):
                found = list(model.objects.values_list("tenant", "pk"))
            assert {row[0] for row in found} <= {tenant}, model
            assert sorted(found) == sorted(row for row in rows if row[0] == tenant), model
        with pytest.raises(NoTenantScope):
            model.objects.all()


# --- The play ---------------------------------------------------------------------------------------------------

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
    st.tuples(st.just("join"), GROUP, TRAVELLER, YES),
    st.tuples(st.just("dissolve"), GROUP),
    st.tuples(st.just("open"), COLLECTION, YES),
    st.tuples(st.just("share"), COLLECTION, READER, YES),
    st.tuples(st.just("upload"), COLLECTION, FILE, STAGE),
    st.tuples(st.just("publish"), NUMBER),
    st.tuples(st.just("move"), NUMBER, PLACE),
    st.tuples(st.just("delete"), NUMBER),
    st.tuples(st.just("purge"), NUMBER),
    st.tuples(st.just("ask"), PERSON, TENANT, st.none() | NUMBER, SEED),
    st.tuples(st.just("hide"), st.none() | st.sampled_from(VISITS), NUMBER, YES),
)


@pytest.fixture
def world(db, settings, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.QUESTIONS_PER_MINUTE = 1_000_000
    monkeypatch.setattr(pipeline, "active_store", NoIndex)
    monkeypatch.setattr(purging, "active_store", NoIndex)
    return World()


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    # A failure is told at once and in full; with Phase.shrink it takes minutes to find the shortest.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(script=st.lists(st.tuples(STEPS, TRAVELLER, SEED), min_size=25, max_size=25))
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
            for other in TENANTS:
                if other != tenant:
                    check_elsewhere(world, member, other)
    check_scopes(world)


def test_the_world_holds_rows_of_every_tenant_owned_model(world: World) -> None:
    """A new model joins the play by a row in `World`."""
    for model in owned_models():
        tenants = set(model._base_manager.values_list("tenant", flat=True))
        assert tenants == set(world.tenants.values()), model
