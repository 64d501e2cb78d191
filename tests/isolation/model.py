"""The rules of who may read what, told a second time in sets and dicts: not one line of the product's permissions."""

from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

from tenants.models import Role

TENANTS = ["acme", "globex"]
# One admin each, who stays, so that something can always be done; the others come and go.
KEEPERS = {"alice": "acme", "carol": "globex"}
DAYS = {"past": -1, "to come": 1}  # when a guest is out
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
GROUPS = [f"{tenant}/{name}" for tenant in TENANTS for name in ("team", "area")]
FILES = ["plan.txt", "list.txt"]


def tenant_of(place: str) -> str:
    return place.split("/")[0]


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
    narrowed: frozenset[str] | None = None  # groups and people; None is as the collection


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
    shared: list[UUID] | None = None  # the answers that its link shows
    answers: dict[UUID, list[Source]] = field(default_factory=dict)


@dataclass
class Model:
    """Everything that decides who may read what."""

    roles: dict[tuple[str, str], str] = field(default_factory=lambda: dict(ROLES))
    over: set[tuple[str, str]] = field(default_factory=set)  # guests whose time is over
    chosen: set[tuple[str, str]] = field(default_factory=set)  # managers of chosen collections only
    managers: set[tuple[str, str]] = field(default_factory=set)  # collection, person
    locked: set[str] = field(default_factory=set)
    joined: set[tuple[str, str]] = field(default_factory=set)  # group, person
    nested: set[tuple[str, str]] = field(default_factory=set)  # outer group, inner group
    everyone: set[str] = field(default_factory=set)  # collections
    readers: set[tuple[str, str]] = field(default_factory=set)  # collection, group or person
    papers: dict[UUID, Paper] = field(default_factory=dict)
    versions: dict[UUID, UUID] = field(default_factory=dict)  # version -> document
    purged: set[UUID] = field(default_factory=set)  # documents
    passages: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)  # passage -> version, text
    talks: dict[UUID, Talk] = field(default_factory=dict)

    def comes_in(self, person: str, tenant: str) -> bool:
        visit = person, tenant
        return visit in self.roles and person not in self.locked and visit not in self.over

    def tends(self, person: str, tenant: str, collection: str) -> bool:
        role = self.roles[person, tenant]
        named = (person, tenant) not in self.chosen or (collection, person) in self.managers
        return role == "admin" or (role == "manager" and named)

    def opens(self, person: str, tenant: str, collection: str) -> bool:
        if tenant_of(collection) != tenant or not self.comes_in(person, tenant):
            return False
        if self.tends(person, tenant, collection):
            return True
        if collection in self.everyone and self.roles[person, tenant] != "guest":
            return True
        teams = self.teams(person, tenant)
        return any((collection, reader) in self.readers for reader in {person, *teams})

    def teams(self, person: str, tenant: str) -> set[str]:
        """The groups that hold the person, by themselves or by groups in them; never another organisation's."""
        teams = {group for group, who in self.joined if who == person and tenant_of(group) == tenant}
        while more := {o for o, i in self.nested if i in teams and tenant_of(o) == tenant} - teams:
            teams |= more
        return teams

    def collections(self, person: str, tenant: str) -> set[str]:
        return {each for each in COLLECTIONS if self.opens(person, tenant, each)}

    def documents(self, person: str, tenant: str) -> set[UUID]:
        return {
            key
            for key, paper in self.papers.items()
            if not paper.deleted and self.reads(person, tenant, paper)
        }

    def reads(self, person: str, tenant: str, paper: Paper) -> bool:
        """Or did, where it is deleted."""
        if not self.opens(person, tenant, paper.collection):
            return False
        if paper.narrowed is None or self.tends(person, tenant, paper.collection):
            return True
        return bool(paper.narrowed & {person, *self.teams(person, tenant)})

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

    def shown(self, person: str, tenant: str, key: UUID) -> list[UUID] | None:
        """Of a shared conversation, the answers that this person may see; None if the link does not open."""
        talk = self.talks[key]
        partners = [
            self.comes_in(each, tenant) and self.roles[each, tenant] != "guest"
            for each in (person, talk.person)
        ]
        if talk.shared is None or talk.hidden or tenant != talk.tenant or not all(partners):
            return None
        documents = self.documents(person, tenant)
        shown: list[UUID] = []
        for answer, sources in talk.answers.items():  # each may repeat those before it
            if not all(source.document in documents for source in sources):
                break
            shown.append(answer)
        return [answer for answer in shown if answer in talk.shared]

    def sees(self, person: str, tenant: str, source: Source) -> bool:
        """What an answer was given stays with those who may read where it is, or was to the last."""
        return self.reads(person, tenant, self.papers[source.document])

    def named(self, collection: str, name: str) -> UUID | None:
        """The live document of this name in the collection."""
        for key, paper in self.papers.items():
            if (paper.collection, paper.name, paper.deleted) == (collection, name, False):
                return key
        return None
