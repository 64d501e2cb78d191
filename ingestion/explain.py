"""Why a person can or cannot see a document, told by the rule that decides.

The decision itself is `Document.objects.readable_by` and `Passage.objects.readable_by`. Here it is taken a second time,
rule by rule, to be told in words; `tests/rights/test_explain.py` holds both equal over every combination of rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.timezone import localtime

from ingestion.days import in_words, today
from ingestion.models import Collection, Document, Narrowing, Passage
from tenants.access import Member, member_of
from tenants.models import Membership, Role, User
from tenants.nesting import groups_of_person, way_in


@dataclass(frozen=True)
class Rule:
    """One rule: whether it lets in, by code and in words. The first that does not is the one that decides."""

    code: str
    lets_in: bool
    text: str


@dataclass(frozen=True)
class Explanation:
    """`rights` say whether the person may open the document, `state` whether answers can use it."""

    rights: tuple[Rule, ...]
    state: tuple[Rule, ...]

    @property
    def reads(self) -> bool:
        return all(rule.lets_in for rule in self.rights)

    @property
    def answers(self) -> bool:
        return self.reads and all(rule.lets_in for rule in self.state)

    @property
    def decides(self) -> Rule:
        """The first rule that keeps them out, else the last that lets them in."""
        rules = (*self.rights, *self.state)
        return next((rule for rule in rules if not rule.lets_in), self.rights[-1])


def explain(user: User, document: Document) -> Explanation:
    """For the organisation of the open scope, to which the document belongs."""
    return Explanation(tuple(_rights(user, document)), tuple(_state(document)))


def _rights(user: User, document: Document) -> Iterator[Rule]:
    """Up to the first that keeps the person out: what follows it decides nothing."""
    came_in = _comes_in(user, document.tenant_id)
    yield came_in
    member = member_of(user.pk, tenant=document.tenant_id)
    if member is None or not came_in.lets_in:
        return
    if document.deleted_at:
        yield Rule("deleted", False, "The document has been deleted.")
        return
    by_collection = _collection(member, document.collection)
    yield by_collection
    if by_collection.lets_in and document.narrowing is not None:
        yield _narrowing(member, document, document.narrowing)


def _comes_in(user: User, tenant: UUID) -> Rule:
    row = Membership.objects.filter(user=user, tenant=tenant).first()
    if row is None:
        return Rule("outsider", False, f"{user} is not a member of this organisation.")
    if not user.is_active:
        return Rule("deactivated", False, f"{user}'s account is switched off.")
    if row.expires and row.expires <= timezone.now():
        when = in_words(localtime(row.expires))
        return Rule("expired", False, f"{user} was a guest, whose time was over on {when}.")
    if row.role == Role.GUEST and not row.expires:
        return Rule("endless", False, f"{user} is a guest without an end. Say until when they may come in.")
    return Rule("member", True, f"{user} is {_role(row)} here.")


def _role(row: Membership) -> str:
    if row.expires:
        return f"a guest until {in_words(localtime(row.expires))}"
    return {"admin": "an admin", "manager": "a knowledge manager"}.get(row.role, "a member")


def _collection(member: Member, collection: Collection) -> Rule:
    where = f"“{collection.name}”"
    if member.administers:
        return Rule("admin", True, "Admins read every collection.")
    if member.tends_all:
        return Rule("manager", True, "Knowledge managers of all collections read every one.")
    if _tends(member, collection):
        return Rule("tends", True, f"{member.name} tends the collection {where}.")
    if collection.everyone and not member.is_guest:
        return Rule("everyone", True, f"The collection {where} is open to everyone in the organisation.")
    if named := _named(member, collection, f"the collection {where}"):
        return named
    if collection.everyone:
        return Rule(
            "guest",
            False,
            f"The collection {where} is open to everyone, but guests only read what names them.",
        )
    return Rule(
        "not_named", False, f"The collection {where} names neither {member.name} nor a group that holds them."
    )


def _narrowing(member: Member, document: Document, narrowing: Narrowing) -> Rule:
    if member.tends_all or _tends(member, document.collection):
        return Rule(
            "tends", True, "The document is narrowed to some readers; who tends it reads it in any case."
        )
    if named := _named(member, narrowing, "the narrowed document"):
        return named
    return Rule(
        "narrowed", False, f"Within the collection, the document is narrowed to some readers: {narrowing}."
    )


def _tends(member: Member, collection: Collection) -> bool:
    return member.tends_documents and collection.managers.filter(pk=member.user).exists()


def _named(member: Member, place: Any, words: str) -> Rule | None:
    """By themselves, else by a group with the way that leads from them to it."""
    if place.people.filter(pk=member.user).exists():
        return Rule("named", True, f"{member.name} is named as a reader of {words}.")
    holding = place.groups.filter(pk__in=groups_of_person(member.user, member.tenant))
    if not (wanted := set(holding.values_list("pk", flat=True))):
        return None
    first, *others = way_in(member.user, wanted)
    inside = "".join(f", which is in {name}" for name in others)
    return Rule("group", True, f"{member.name} is in the group {first}{inside}, a reader of {words}.")


def _state(document: Document) -> Iterator[Rule]:
    """What keeps answers from using a document that may be opened."""
    current = document.current_version
    if current is None:
        newest = document.latest
        how = newest.get_status_display().lower() if newest else "without a version"
        yield Rule("not_ready", False, f"No version of it is ready; the newest is {how}.")
        return
    if document.valid_from and document.valid_from > today():
        yield Rule("not_yet", False, f"It holds only from {in_words(document.valid_from)} on.")
    if not Passage.objects.filter(version=current).exists():
        yield Rule("no_text", False, "No text was found in it.")
    if document.valid_until and document.valid_until < today():
        words = f"It held until {in_words(document.valid_until)}; answers still use it, and say so."
        yield Rule("outdated", True, words)
