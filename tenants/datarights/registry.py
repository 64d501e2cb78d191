"""What the installation holds about people and organisations, registered by the app that holds it.

Export and deletion know no model by name: they go through this list. A model that refers to a person, or belongs to
an organisation, and is in no entry fails `tests/datarights/test_registry.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from tenants.access import Member
from tenants.datarights.archive import Archive
from tenants.models import User


@dataclass(frozen=True)
class Holding:
    """The rows of one model, and what becomes of them when a person goes. With their organisation all of them go."""

    model: type[Model]
    goes: tuple[str, ...] = ()  # look-ups that lead to the person with whom a row goes
    emptied: tuple[str, ...] = ()  # fields that name a person whom the row outlives
    stays: str = ""  # why a row goes on naming somebody who is gone
    secret: tuple[str, ...] = ()  # columns that no export holds
    left_out: Q | None = None  # rows that no export of the organisation holds
    private: bool = False  # a person's own words: in the organisation's export only if its rules say so
    tenant: str = "tenant"  # how a row leads to its organisation; "" for rows of the account itself

    @property
    def label(self) -> str:
        return self.model._meta.label


@dataclass(frozen=True)
class Subject:
    """The person whose data is exported. `member` decides what of the documents may be in it: as of now."""

    user: User
    tenant: UUID
    member: Member | None
    own: bool  # asked for by the person; else by an admin


@dataclass(frozen=True)
class Section:
    """A part of a person's export.

    `write` returns the sources whose words it has put in, and `fits` tells later whether the person may still read
    them: what has been lost since then must not be handed out.
    """

    name: str
    explained: str
    write: Callable[[Subject, Archive], Iterable[str]]
    fits: Callable[[Subject, list[str]], bool] = lambda _subject, _sources: True
    own_only: bool = False


@dataclass(frozen=True)
class TenantSection:
    """A part of an organisation's export besides its rows."""

    name: str
    explained: str
    write: Callable[[UUID, Archive], None]


@dataclass(frozen=True)
class Left:
    """How much a look found, and in what way it could tell."""

    count: int
    said: str


@dataclass(frozen=True)
class PersonPlace:
    """Where something of a person lies besides rows. Names are found while the rows still tell them."""

    name: str
    find: Callable[[UUID, UUID], list[str]]
    clear: Callable[[list[str]], None]
    left: Callable[[UUID, list[str]], Left]


@dataclass(frozen=True)
class TenantPlace:
    """Where something of an organisation lies besides rows. `left` is told what the receipt counted before."""

    name: str
    clear: Callable[[UUID], None]
    left: Callable[[UUID, dict[str, Any]], Left]


# (organisation, days) -> how many conversations the next night would remove under that rule
preview: dict[str, Callable[[UUID, int | None], int]] = {}

_holdings: dict[str, Holding] = {}
sections: dict[str, Section] = {}
tenant_sections: dict[str, TenantSection] = {}
person_places: dict[str, PersonPlace] = {}
tenant_places: dict[str, TenantPlace] = {}


def hold(*entries: Holding) -> None:
    _holdings.update({entry.label: entry for entry in entries})


def add(*entries: Section | TenantSection | PersonPlace | TenantPlace) -> None:
    for entry in entries:
        match entry:
            case Section():
                sections[entry.name] = entry
            case TenantSection():
                tenant_sections[entry.name] = entry
            case PersonPlace():
                person_places[entry.name] = entry
            case TenantPlace():
                tenant_places[entry.name] = entry


def holdings() -> list[Holding]:
    return list(_holdings.values())


def of_tenants() -> list[Holding]:
    return [entry for entry in _holdings.values() if entry.tenant]


def of_accounts() -> list[Holding]:
    return [entry for entry in _holdings.values() if not entry.tenant]
