"""What the product is made to do, by its own actions, and the model is told."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.models import Session
from django.utils import timezone

from assistant.assistants.models import Assistant
from assistant.assistants.versions import note_version
from assistant.events import Cited, FoundPassage
from assistant.models import ModelEndpoint
from assistant.prompt import HISTORY_TURNS, Turn, answer_messages, condense_messages
from assistant.retrieve import read_again
from assistant.setup import Within
from assistant.verified.actions import publish
from assistant.verified.models import VerifiedAnswer
from chat import presentation
from chat.actions import (
    Ending,
    Posted,
    delete_conversation,
    post_question,
    restore_conversation,
    save_ending,
    save_passages,
)
from chat.attachments.models import Attachment, AttachmentRules
from chat.choices.choice import Wish
from chat.errors import NotFound, QuestionRefused
from chat.gaps import models as gaps
from chat.models import AnswerPassage, Message
from chat.prompts.models import OfferedPrompt, SavedPrompt
from chat.rail.models import Tag
from chat.search.actions import search
from chat.sharing.access import own_shares
from chat.sharing.actions import Audience, share_conversation, update_share, withdraw_share
from chat.sharing.models import SharingRules
from ingestion import actions, narrowing, pipeline, purging
from ingestion.claims import Claim, Superseded, claim_version
from ingestion.errors import DocumentError, UploadRefused
from ingestion.models import Collection, DeletionReceipt, Document, Passage, PictureSet, Stage
from ingestion.parse import ParsedDocument
from ingestion.parse.blocks import Block, assemble
from ingestion.sources import models as sources
from ingestion.store import Evidence, Hit
from tenants.access import Member, Visitor, member_of
from tenants.actions import add_member, create_tenant
from tenants.branding.models import Branding
from tenants.datarights.models import DataExport, DataRules, LegalHold, PersonErasure
from tenants.entrance.models import Invitation, SignInPolicy
from tenants.errors import NotAllowed
from tenants.members import remove_member
from tenants.models import Group, Membership, Role, Tenant, User
from tenants.scim.models import ScimGroup, ScimToken, ScimUser
from tenants.scoping import TenantModel, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider, ProviderGroup, UsedMessage
from tenants.support.models import SupportAccess
from tests.isolation.model import (
    COLLECTIONS,
    DAYS,
    GROUPS,
    KEEPERS,
    PEOPLE,
    ROLES,
    TENANTS,
    Model,
    Paper,
    Source,
    Talk,
    tenant_of,
)
from tests.isolation.words import TITLE, facts_of

KEEPERS_OF = {tenant: person for person, tenant in KEEPERS.items()}


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

    async def evidence(self, *args: object) -> Evidence:
        return Evidence(0, "It keeps nothing.")


def said(sources: Sequence[Source]) -> str:
    """An answer's text, which tells what it was given."""
    return " ".join(["So it is.", *(source.quote for source in sources)])


KEEPER_OF = {tenant: keeper for keeper, tenant in KEEPERS.items()}


class World:
    def __init__(self) -> None:
        self.model = Model()
        self.count = 0
        self.uploads: list[Upload] = []
        self.keys: dict[UUID, str] = {}  # of the links to conversations
        self.tenants = {name: create_tenant(name.title()).id for name in TENANTS}
        self.people: dict[str, UUID] = {}
        for (person, tenant), role in ROLES.items():
            self.let_in(person, tenant, role)
        expiry = timezone.now() + timedelta(days=1)
        for person in PEOPLE:
            Session.objects.create(session_key=person, session_data="", expire_date=expiry)
        self.groups = {name: self.make(Group, name).id for name in GROUPS}
        self.assistants = {group: self.assistant(group).id for group in GROUPS}
        self.collections = {name: self.make(Collection, name).id for name in COLLECTIONS}
        self.verified = {name: self.verify(name) for name in COLLECTIONS}
        for tenant, keeper in zip(TENANTS, KEEPERS, strict=True):
            self.make(ModelEndpoint, f"{tenant}/model")
            with self.scope(tenant):
                DeletionReceipt.objects.create(document=uuid4(), name="old.txt", asked_at=timezone.now())
                self.source(f"{tenant}/open")
                self.provider(tenant)
                self.provisioned(tenant)
                SharingRules.objects.create()
                Branding.objects.create(name="Isolated")
                self.data_rights(keeper)
                self.own_things(keeper)
                self.attach(keeper)
            self.open(f"{tenant}/open", True)
            self.upload(
                f"{tenant}/open", "plan.txt", "read"
            )  # overtaken by the next, and published late or never
            self.upload(f"{tenant}/open", "plan.txt", "ready")
            self.upload(f"{tenant}/closed", "list.txt", "ready")
            self.narrow(2 if tenant == "acme" else 5, [f"{tenant}/area"])
            self.join(f"{tenant}/area", keeper, True)
            self.ask(keeper, tenant, None, 0, (f"{tenant}/area", f"{tenant}/open"))
            self.note_gap(keeper, tenant)
            self.look_for("So it is", keeper, tenant)
            self.share_talk(keeper, tenant, len(self.model.talks) - 1, True)
        self.join("acme/team", "bob", True)
        self.nest("acme/area", "acme/team", True)
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

    def assistant(self, group: str) -> Assistant:
        """For the people of the group alone, and told where it comes from."""
        with self.scope(group):
            row = Assistant.objects.create(name=group, instructions=f"As {group} says.")
            row.groups.add(self.groups[group])
            note_version(row, author=self.people[KEEPER_OF[tenant_of(group)]])
        return row

    def source(self, collection: str) -> None:
        """Where documents may come from; none does in this play."""
        row = sources.Source.objects.create(
            name="Site", kind="web", collection_id=self.collections[collection]
        )
        sources.SourceRun.objects.create(source=row)
        sources.SourceItem.objects.create(source=row, key="/", fingerprint="1", last_seen=timezone.now())

    def provider(self, tenant: str) -> None:
        """Who may be in a group besides those whom admins choose; nobody signs in by it in this play."""
        row = IdentityProvider.objects.create(name="ID", issuer="https://id.example", client_id=tenant)
        group = Group.objects.create(name="From the provider")
        ProviderGroup.objects.create(provider=row, value="staff", group=group)
        UsedMessage.objects.create(provider=row, digest=tenant, expires=timezone.now())
        EmailDomain.objects.create(domain=f"{tenant}.example")

    def provisioned(self, tenant: str) -> None:
        """Rules, a letter on its way and what a provider has said: none of it gives anyone a right here."""
        SignInPolicy.objects.create()
        Invitation.objects.create(email=f"invited@{tenant}.example", expires=timezone.now())
        ScimToken.objects.create(name="Provider", hash=tenant)
        person = User.objects.create_user(f"left@{tenant}.example")
        ScimUser.objects.create(user=person, user_name=person.email)
        ScimGroup.objects.create(group=Group.objects.create(name="Provisioned"))
        SupportAccess.objects.create(operator=person, operator_name="An operator", reason="Help", hours=1)

    def verify(self, collection: str) -> UUID:
        """An answer for the collection's readers; that it asks the same everywhere tells nobody more."""
        with self.scope(collection):
            row = VerifiedAnswer(
                collection_id=self.collections[collection], text=f"Verified in {collection}."
            )
            publish(row, ["And then?"], author=self.people[KEEPERS_OF[tenant_of(collection)]])
        return row.pk

    def note_gap(self, person: str, tenant: str) -> None:
        """A rating and a gap of a keeper's question: neither gives anyone a right here."""
        with self.scope(tenant):
            answer = Message.objects.get(role="answer")
            user, gap = self.people[person], gaps.KnowledgeGap.objects.create()
            gaps.Feedback.objects.create(message=answer, user_id=user, helpful=False)
            gaps.GapQuestion.objects.create(question=answer.question, user_id=user, gap=gap)
            gaps.VerifiedCitation.objects.create(
                passage=AnswerPassage.objects.filter(message=answer).first(),
                version=1,
                verified_on=timezone.localdate(),
            )
            gaps.FollowUps.objects.create(message=answer, items=["And then?"])
            gaps.AnswerRules.objects.create()

    def data_rights(self, person: str) -> None:
        """A copy that somebody had made, a hold that has ended and a deletion that is done."""
        user, now = self.people[person], timezone.now()
        DataRules.objects.create()
        DataExport.objects.create(kind="own", about_id=user, recipient_id=user, state="ready")
        LegalHold.objects.create(person_id=user, reason="Over", released_at=now)
        PersonErasure.objects.create(person=uuid4(), done_at=now)

    def own_things(self, person: str) -> None:
        """A tag and a prompt of one's own, and one for all: none of it says anything of documents."""
        Tag.objects.create(user_id=self.people[person], name="Own")
        SavedPrompt.objects.create(user_id=self.people[person], name="Own", text="Own")
        OfferedPrompt.objects.create(name="For all", text="For all")

    def attach(self, person: str) -> None:
        """A file of a conversation, whose owner is an admin: no list of this play may hold it."""
        AttachmentRules.objects.create()
        user, place = self.people[person], uuid4()
        collection = Collection.with_private.create(pk=place, name=str(place), private_to_id=user)
        file = Document.with_private.create(collection=collection, name="own.txt", title="own", private=True)
        Attachment.objects.create(user_id=user, conversation=place, document=file, name="own.txt", size=1)

    def make(self, kind: type[TenantModel], place: str) -> Any:
        with self.scope(place):
            return kind.objects.create(name=place.split("/")[1])

    def scope(self, place: str) -> Any:
        return tenant_scope(self.tenants[tenant_of(place)])

    def member(self, person: str, tenant: str) -> Member | None:
        return member_of(self.people[person], tenant=self.tenants[tenant])

    def visitor(self, person: str, tenant: str) -> Visitor:
        return Visitor(session=person, user=self.people[person], tenant=self.tenants[tenant])

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
        expires = timezone.now() + timedelta(days=1) if role == Role.GUEST else None
        user = add_member(
            row, email=f"{person}@people.example", name=person.title(), role=role, expires=expires
        )
        self.people[person] = user.id
        self.model.roles[person, tenant] = role
        self.model.over.discard((person, tenant))

    def expire(self, person: str, tenant: str, day: str) -> None:
        """Put a guest's end into the past or the future; nobody sweeps."""
        if self.model.roles.get((person, tenant)) != Role.GUEST:
            return
        with self.scope(tenant):
            when = timezone.now() + timedelta(days=DAYS[day])
            Membership.objects.filter(user=self.people[person]).update(expires=when)
        (self.model.over.add if day == "past" else self.model.over.discard)((person, tenant))

    def choose(self, person: str, tenant: str, chosen: bool) -> None:
        """Let somebody tend all collections, or only those that name them, should they be a manager."""
        if (person, tenant) not in self.model.roles:
            return
        with self.scope(tenant):
            Membership.objects.filter(user=self.people[person]).update(tends_chosen=chosen)
        (self.model.chosen.add if chosen else self.model.chosen.discard)((person, tenant))

    def entrust(self, collection: str, person: str, given: bool) -> None:
        if (person, tenant_of(collection)) not in self.model.roles:
            return
        with self.scope(collection):
            managers = Collection.objects.get(pk=self.collections[collection]).managers
            (managers.add if given else managers.remove)(self.people[person])
        (self.model.managers.add if given else self.model.managers.discard)((collection, person))

    def remove(self, person: str, tenant: str, returns: bool) -> None:
        with self.scope(tenant):
            membership = Membership.objects.filter(user=self.people[person]).first()
            assert (membership is not None) == ((person, tenant) in self.model.roles)
            if membership:
                remove_member(membership)
        # Who comes back starts anew: what they were given before does not wait for them.
        self.model.roles.pop((person, tenant), None)
        self.model.over.discard((person, tenant))
        self.model.chosen.discard((person, tenant))
        self.model.managers -= {(each, person) for each in COLLECTIONS if tenant_of(each) == tenant}
        self.forget_reader(person, tenant)
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

    def nest(self, outer: str, inner: str, put: bool) -> None:
        """Any into any, itself and another organisation's too: circles do no harm, and strangers come to nothing."""
        with self.scope(outer):
            row = Group.objects.get(pk=self.groups[outer])
            (row.inner.add if put else row.inner.remove)(self.groups[inner])
        (self.model.nested.add if put else self.model.nested.discard)((outer, inner))

    def dissolve(self, group: str) -> None:
        """And found another of the same name, which has inherited nothing."""
        with self.scope(group):
            Group.objects.get(pk=self.groups[group]).delete()
        self.groups[group] = self.make(Group, group).id
        with self.scope(group):
            row = Assistant.objects.get(pk=self.assistants[group])
            assert not row.groups.exists()
            row.groups.add(self.groups[group])
        self.model.joined = {pair for pair in self.model.joined if pair[0] != group}
        self.model.readers = {pair for pair in self.model.readers if pair[1] != group}
        self.model.nested = {pair for pair in self.model.nested if group not in pair}
        self.forget_reader(group, tenant_of(group))

    def forget_reader(self, reader: str, tenant: str) -> None:
        for paper in self.model.papers.values():
            if paper.narrowed and tenant_of(paper.collection) == tenant:
                paper.narrowed -= {reader}

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
                PictureSet.objects.get_or_create(version_id=upload.version)
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

    def move(self, number: int, name: str, retires: bool) -> None:
        """Into the other collection, or where it is already; from there it may be deleted for good."""
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
        if retires:
            self.delete(number, at_once=True)

    def narrow(self, number: int, readers: list[str] | None) -> None:
        """To some of its readers, of this organisation; None is to all of them again."""
        document = self.picked(number).document
        paper = self.model.papers[document]
        if paper.deleted:
            return
        tenant = tenant_of(paper.collection)
        known = [r for r in readers or [] if (r, tenant) in self.model.roles or tenant_of(r) == tenant]
        with self.keeping(tenant) as keeper:
            row = Document.objects.get(pk=document)
            if readers is None:
                narrowing.widen_document(row, member=keeper)
            else:
                groups = Group.objects.filter(pk__in=[self.groups[r] for r in known if r in GROUPS])
                people = User.objects.filter(pk__in=[self.people[r] for r in known if r in PEOPLE])
                narrowing.narrow_document(row, groups=groups, people=people, member=keeper)
        paper.narrowed = None if readers is None else frozenset(known)

    def delete(self, number: int, at_once: bool) -> None:
        """Hide a document, and purge it now or later."""
        document = self.picked(number).document
        paper = self.model.papers[document]
        if document not in self.model.purged:
            with self.keeping(paper.collection) as keeper:
                actions.delete_document(Document.objects.get(pk=document), keeper)
        paper.deleted = True
        if at_once:
            self.purge(number)

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

    def ask(
        self,
        person: str,
        tenant: str,
        number: int | None,
        seed: int,
        chosen: tuple[str | None, str | None] | None = None,
    ) -> None:
        """A question with its answer, which cites all that it was given; a number names an old conversation.

        `chosen` are the group of an assistant and a collection; without, now and then any of any organisation.
        """
        model = self.model
        visitor = self.visitor(person, tenant)
        talk = None if number is None else self.talk(number)
        may_ask = model.comes_in(person, tenant) and (talk is None or talk in model.talks_of(person, tenant))
        random = Random(seed)
        if chosen is None:
            often = [None] * 4
            chosen = random.choice([*often, *GROUPS]), random.choice([*often, *COLLECTIONS])
        group, collection = chosen
        within = Within(frozenset({self.collections[collection]} if collection else ()))
        wish = Wish(self.assistants[group] if group else None, within)
        self.count += 1
        try:
            posted = post_question(
                visitor, client_id=f"q{self.count}", conversation=talk, text="And then?", wish=wish
            )
        except QuestionRefused:
            assert model.comes_in(person, tenant)
            assert not self.may_choose(person, tenant, *chosen)
            return
        except (NotAllowed, NotFound) as error:
            assert not may_ask
            assert isinstance(error, NotFound) == model.comes_in(person, tenant)
            return
        assert may_ask
        assert self.may_choose(person, tenant, *chosen)
        assert posted.choice.setup.instructions == (f"As {group} says." if group else "")
        self.check_history(posted.history, person, tenant, talk)
        with self.scope(tenant):
            hits, choice = self.lying_index(random), posted.choice
            found = read_again(hits, member=posted.member, limit=3, setup=choice.setup, within=choice.within)
        assert not collection or {p.collection for p in found} <= {self.collections[collection]}
        self.check_prompt(posted, found, person, tenant)
        cited = tuple(Cited(p.number, p.text[:30], p.start, p.start + 30) for p in found)
        sources = [Source(model.versions[p.version], p.version, p.text[:30]) for p in found]
        save_passages(posted.answer, tenant=visitor.tenant, passages=found)
        save_ending(posted.answer, tenant=visitor.tenant, ending=Ending("complete", said(sources), cited))
        answers = model.talks.setdefault(posted.conversation, Talk(person, tenant)).answers
        answers[posted.answer] = sources

    def may_choose(self, person: str, tenant: str, group: str | None, collection: str | None) -> bool:
        usable = group is None or group in self.model.teams(person, tenant)
        return usable and (collection is None or collection in self.model.collections(person, tenant))

    def check_history(self, history: Sequence[Turn], person: str, tenant: str, talk: UUID | None) -> None:
        """The model is told of earlier answers, but of none that rests on what the person has lost."""
        earlier = list(self.model.talks[talk].answers.values()) if talk else []
        assert [turn.answer for turn in history] == [
            said(sources)
            for sources in earlier[-HISTORY_TURNS:]
            if all(self.model.sees(person, tenant, source) for source in sources)
        ]

    def check_prompt(self, posted: Posted, found: Sequence[FoundPassage], person: str, tenant: str) -> None:
        """All that goes to the model, word for word."""
        history = posted.history
        sent = str(
            answer_messages(posted.text, tenant=tenant, passages=found, history=history, budget=16_000)
            + condense_messages(posted.text, history)
        )
        model = self.model
        readable = {
            fact
            for version, text in model.passages.values()
            if model.sees(person, tenant, Source(model.versions[version], version, ""))
            for fact in facts_of(text)
        }
        assert facts_of(sent) <= readable
        titles = {model.papers[key].title for key in model.documents(person, tenant)}
        assert set(TITLE.findall(sent)) <= titles

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

    def share_talk(self, person: str, tenant: str, number: int, given: bool) -> None:
        """With all of the organisation, as it is now, or not any more: its own person can, and nobody else."""
        talk, member = self.talk(number), self.member(person, tenant)
        if member is None:
            return
        own = talk in self.model.talks_of(person, tenant)
        with self.scope(tenant):
            try:
                row = presentation.owned_conversation(talk, member)
            except NotFound:
                assert not own
                return
            assert own
            shared = own_shares(member).filter(conversation=row).first()
            if given and shared:
                update_share(shared, member)
            elif given:
                shared = share_conversation(row, Audience(), member)
                self.keys[talk] = shared.key
            elif shared:
                withdraw_share(shared, member)
        assert (shared is not None) == (given or self.model.talks[talk].shared is not None)
        self.model.talks[talk].shared = list(self.model.talks[talk].answers) if given else None

    def look_for(self, words: str, person: str, tenant: str) -> list[str]:
        member = self.member(person, tenant)
        if member is None:
            return []
        with self.scope(tenant):
            return [item["conversation"] for item in search(words, member)[0]]

    def lying_index(self, random: Random) -> list[Hit]:
        """Every passage that ever was, and one that never was, in any order."""
        keys = [*self.model.passages, uuid4()]
        random.shuffle(keys)
        return [Hit(key, 1 / (n + 1)) for n, key in enumerate(keys)]
