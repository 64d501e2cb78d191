"""The rules of who may read what, told a second time in sets and dicts: not one line of the product's permissions."""

from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

from tenants.models import Role

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

    def sees(self, person: str, tenant: str, source: Source) -> bool:
        """What an answer was given stays with those who may read where it is, or was to the last."""
        return self.opens(person, tenant, self.papers[source.document].collection)

    def named(self, collection: str, name: str) -> UUID | None:
        """The live document of this name in the collection."""
        for key, paper in self.papers.items():
            if (paper.collection, paper.name, paper.deleted) == (collection, name, False):
                return key
        return None
