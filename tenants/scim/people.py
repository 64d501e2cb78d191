"""Users of SCIM: what a provider says of people becomes accounts and memberships.

An account that another organisation has a member in is never changed from here; see `tenants.members`.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone
from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    Meta,
    UniquenessException,
)

from tenants.actions import record
from tenants.ending import end_account, end_membership
from tenants.members import (
    NOT_HERE,
    check_admin_remains,
    owns_account,
    remove_member,
    update_account,
)
from tenants.models import Group, Membership
from tenants.models import User as Account
from tenants.scim.errors import NotHere
from tenants.scim.filters import (
    Column,
    Name,
    among_lines,
    any_case,
    exact_text,
    identifier,
    lowered,
    moment,
    truth,
    uuid_of,
)
from tenants.scim.models import ScimToken, ScimUser, key_of, storable
from tenants.scim.resources import Email, User
from tenants.scoping import current_tenant

MOST_EMAILS = 20
LONGEST = 254
CONSENT = (
    "This person must agree first, since the account is not this organisation's alone. Invite them in Colloquy; "
    "once they have accepted, they are managed from here again."
)
OPERATOR_ONLY = "This account was deactivated by the platform's operator, who alone can activate it again."

COLUMNS: dict[Name, Column] = {
    ("user_name", None): lowered("user_name_key"),
    ("emails", "value"): among_lines("email_keys"),
    ("external_id", None): exact_text("external_id"),
    ("id", None): identifier("pk"),
    ("active", None): truth("active"),
    ("display_name", None): any_case("display_name"),
    ("meta", "created"): moment("created"),
    ("meta", "last_modified"): moment("modified"),
}


def people() -> QuerySet[ScimUser]:
    """Everybody of the organisation, those too whom somebody added by hand."""
    adopt_members()
    member = Exists(Membership.objects.filter(user=OuterRef("user")))
    active = Case(When(member, user__is_active=True, then=Value(True)), default=Value(False))
    rows: QuerySet[ScimUser] = ScimUser.objects.select_related("user").annotate(active=active).order_by("pk")
    return rows


def adopt_members() -> None:
    """A row for each member who has none yet."""
    missing = Membership.objects.exclude(user__in=ScimUser.objects.values("user")).select_related("user")
    rows = []
    for membership in missing:
        user = membership.user
        row = ScimUser(user=user, user_name=user.email, display_name=user.name, created=membership.created)
        row.emails = [{"value": user.email, "type": "work", "primary": True}]
        row.claim_tenant()
        rows.append(row)
    ScimUser.objects.bulk_create(rows, ignore_conflicts=True)


def person(key: str, *, lock: bool = False) -> ScimUser:
    rows = people()
    if lock:
        rows = rows.select_for_update(of=("self",))
    known = uuid_of(key)
    row = rows.filter(pk=known).first() if known else None
    if row is None:
        raise NotHere(detail="There is no user with this id.")
    return row


# --- Out -------------------------------------------------------------------------------------------------------


def users_of(rows: list[ScimUser], *, base: str, with_groups: bool = True) -> list[User]:
    groups = groups_of(row.user_id for row in rows) if with_groups else {}
    return [user_of(row, groups.get(row.user_id, []), base=base) for row in rows]


def user_of(row: Any, groups: list[tuple[UUID, str]], *, base: str) -> User:
    return User.model_validate(
        {
            "id": str(row.pk),
            "externalId": row.external_id or None,
            "userName": row.user_name,
            "name": row.names or None,
            "displayName": row.display_name or None,
            "active": row.active,
            "emails": row.emails or None,
            "groups": [
                {"value": str(key), "$ref": f"{base}/Groups/{key}", "display": name} for key, name in groups
            ]
            or None,
            "meta": Meta(
                resource_type="User",
                created=row.created,
                last_modified=row.modified,
                location=f"{base}/Users/{row.pk}",
            ),
        }
    )


def groups_of(users: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    links = (
        Group.objects.filter(members__in=list(users)).order_by("name").values_list("members", "pk", "name")
    )
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for user, key, name in links:
        found[user].append((key, name))
    return found


# --- In --------------------------------------------------------------------------------------------------------


def create_person(user: User, token: ScimToken) -> ScimUser:
    row = ScimUser(tenant_id=current_tenant())
    write(row, user)
    check_user_name(row)
    email = address_of(user)
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account.objects.create_user(email, None, name=account_name(user))
    elif ScimUser.objects.filter(user=account).exists():
        raise UniquenessException(detail=f"{email} is the address of another user.")
    elif not owns_account(account):
        raise UniquenessException(detail=CONSENT)
    else:  # left behind by its last organisation: it comes back without its old password and sessions
        account.name = account_name(user)
        account.set_unusable_password()
        account.save(update_fields=["name", "password"])
    account.is_active = user.active is not False
    account.save(update_fields=["is_active"])
    row.user = account
    row.save()
    membership = Membership.objects.create(user=account)
    record(
        "member.added",
        actor=None,
        subject=membership.pk,
        token=token.name,
        name=str(account),
        role=membership.role,
        after=said(user),
    )
    return person(str(row.pk))


def change_person(row: Any, user: User, token: ScimToken) -> None:
    """Make the person what `user` says. What it says nothing about (`active`) stays."""
    before = said(user_of(row, [], base=""))
    if user.active is None:
        user.active = row.active
    after = said(user)
    if before == after:
        return
    old_address = address_of(user_of(row, [], base=""))
    write(row, user)
    check_user_name(row)
    row.modified = timezone.now()
    row.save()
    if owns_account(row.user):
        change_account(row.user, user, old_address)
    set_active(row, bool(user.active))
    record(
        "member.changed",
        actor=None,
        subject=row.pk,
        token=token.name,
        name=str(row.user),
        before={name: value for name, value in before.items() if after.get(name) != value},
        after={name: value for name, value in after.items() if before.get(name) != value},
    )


def change_account(account: Account, user: User, old_address: str) -> None:
    """The name and the sign-in address. An address that an admin gave by hand stays until the provider's changes."""
    email = address_of(user)
    if email not in (account.email, old_address):
        if Account.objects.filter(email=email).exists():
            raise UniquenessException(detail=NOT_HERE)
        account.email = email
        EmailAddress.objects.filter(user=account).delete()
    account.name = account_name(user) if user.display_name or user.name else account.name
    account.save(update_fields=["email", "name"])


def set_active(row: Any, active: bool) -> None:
    account = row.user
    membership = Membership.objects.filter(user=account).first()
    if not active:
        if membership is None:
            return
        check_admin_remains(membership)
        if owns_account(account):
            update_account(account, name=account.name, active=False)
        else:  # groups are kept, for the day the person is activated again
            membership.delete()
            end_membership(account.pk, tenant=current_tenant())
        return
    if not account.is_active:
        if not owns_account(account):
            raise ForbiddenException(detail=OPERATOR_ONLY)
        update_account(account, name=account.name, active=True)
    if membership is None:
        if not owns_account(account):
            raise UniquenessException(detail=CONSENT)
        Membership.objects.create(user=account)


def delete_person(row: Any, token: ScimToken) -> None:
    """Out of the organisation and its groups; conversations stay. An account of nobody else is deactivated."""
    account, owned = row.user, owns_account(row.user)
    before = said(user_of(row, [], base=""))
    if membership := Membership.objects.filter(user=account).first():
        remove_member(membership)
    if owned and account.is_active:
        Account.objects.filter(pk=account.pk).update(is_active=False)
        end_account(account.pk)
    for group in Group.objects.filter(members=account):
        group.members.remove(account)
    key = row.pk
    row.delete()
    record("member.removed", actor=None, subject=key, token=token.name, name=str(account), before=before)


def write(row: ScimUser, user: User) -> None:
    """What the provider says, checked for what columns hold."""
    texts = {
        "userName": user.user_name, "externalId": user.external_id, "displayName": user.display_name,
        **({f"name.{key}": value for key, value in user.name.model_dump().items()} if user.name else {}),
    }  # fmt: skip
    for name, text in texts.items():
        check_text(name, text)
    if not (user.user_name or "").strip():
        raise InvalidValueException(detail="userName is needed.")
    row.user_name = (user.user_name or "").strip()
    row.external_id = user.external_id or ""
    row.display_name = user.display_name or ""
    row.names = user.name.model_dump() if user.name else {}
    row.emails = [email.model_dump() for email in checked_emails(user.emails or [])]


def check_text(name: str, text: str | None, longest: int = LONGEST) -> None:
    if text and max(len(text), len(key_of(text))) > longest:
        raise InvalidValueException(detail=f"{name} has more than {longest} characters.")
    if text and not storable(text):
        raise InvalidValueException(detail=f"{name} holds characters that no database keeps.")


def checked_emails(emails: list[Email]) -> list[Email]:
    if len(emails) > MOST_EMAILS:
        raise InvalidValueException(detail=f"A user has at most {MOST_EMAILS} e-mail addresses.")
    for email in emails:
        if email.value is None or not is_address(email.value):
            raise InvalidValueException(detail="emails.value is not an e-mail address.")
        check_text("emails.type", email.type)
    if sum(bool(email.primary) for email in emails) > 1:
        raise InvalidValueException(detail="Only one e-mail address is the primary one.")
    return emails


def check_user_name(row: ScimUser) -> None:
    same = ScimUser.objects.filter(user_name_key=key_of(row.user_name))
    if same.exclude(pk=row.pk).exists():
        raise UniquenessException(detail="There is a user with this userName already.")


def address_of(user: User) -> str:
    """With what the person signs in: the primary address, else that of work, else the first, else the user name."""
    emails = sorted(user.emails or [], key=lambda email: (not email.primary, email.type != "work"))
    address = next((email.value for email in emails if email.value), user.user_name or "")
    if not is_address(address):
        raise InvalidValueException(detail="An e-mail address is needed, in emails or as the userName.")
    return Account.objects.normalise(address)


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST


def account_name(user: User) -> str:
    name = user.name
    parts = [name.given_name, name.family_name] if name else []
    whole = user.display_name or (name.formatted if name else "") or " ".join(part for part in parts if part)
    return (whole or user.user_name or "")[:120]


def said(user: User) -> dict[str, Any]:
    """What the audit trail keeps of a person."""
    kept: dict[str, Any] = user.model_dump(
        include={"user_name", "external_id", "name", "display_name", "active", "emails"}
    )
    return {name: value for name, value in kept.items() if value not in (None, [], {})}
