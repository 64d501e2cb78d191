"""What `tenants` itself holds of people and organisations."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.db.models import Q

from tenants.audit.models import AuditChain
from tenants.branding.models import Branding
from tenants.datarights import files
from tenants.datarights.archive import Archive
from tenants.datarights.models import DataExport, DataRules, LegalHold, PersonErasure
from tenants.datarights.registry import (
    Holding,
    PersonPlace,
    Section,
    Subject,
    TenantPlace,
    TenantSection,
    add,
    hold,
)
from tenants.entrance.models import Invitation, SignInPolicy
from tenants.entrance.sessions import device_words
from tenants.members import owns_account
from tenants.models import AuditEvent, Group, Membership, User
from tenants.scim.models import ScimGroup, ScimToken, ScimUser
from tenants.scoping import tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider, ProviderGroup, UsedMessage
from tenants.support.models import SupportAccess

HELD = "A standing hold forbids the deletion of its person, who takes released ones along."
CHAIN = "The log proves itself by hashes over every event; retention of the log removes them by age."


def register() -> None:
    hold(
        Holding(Membership, goes=("user",)),
        Holding(Group),
        Holding(Group.members.through, goes=("user",), tenant="group__tenant"),
        Holding(Group.inner.through, tenant="from_group__tenant"),
        Holding(AuditEvent, stays=CHAIN),
        Holding(AuditChain),
        Holding(SignInPolicy),
        Holding(Invitation, emptied=("invited_by",), secret=("secret_hash",)),
        Holding(Invitation.groups.through, tenant="invitation__tenant"),
        Holding(ScimToken, emptied=("created_by",), secret=("hash",)),
        Holding(ScimUser, goes=("user",)),
        Holding(ScimGroup),
        Holding(IdentityProvider, emptied=("break_glass",), secret=("encrypted_secret",)),
        Holding(ProviderGroup),
        Holding(UsedMessage),
        Holding(SupportAccess, goes=("operator",), emptied=("decided_by",)),
        Holding(EmailDomain, emptied=("verified_by",)),
        Holding(DataRules),
        Holding(Branding),
        Holding(DataExport, goes=("about", "recipient")),
        Holding(LegalHold, emptied=("placed_by", "released_by"), stays=HELD),
        Holding(PersonErasure, emptied=("asked_by",)),
        Holding(User.groups.through, goes=("user",), tenant=""),
        Holding(User.user_permissions.through, goes=("user",), tenant=""),
        Holding(EmailConfirmation, goes=("email_address__user",), secret=("key",), tenant=""),
        Holding(EmailAddress, goes=("user",), tenant=""),
        Holding(Authenticator, goes=("user",), secret=("data",), tenant=""),
        Holding(SocialToken, goes=("account__user",), secret=("token", "token_secret"), tenant=""),
        Holding(SocialAccount, goes=("user",), tenant=""),
        Holding(UserSession, goes=("user",), secret=("session_key",), tenant=""),
        Holding(LogEntry, goes=("user",), tenant=""),
    )
    add(
        Section("account.json", "The account: name, address, sign-in, devices.", write_account),
        Section(
            "membership.json", "Role and groups in the organisation, and what it knows.", write_membership
        ),
        Section("events.jsonl", "The audit trail's events by and about the person.", write_events),
        TenantSection("people.jsonl", "Its members' accounts, without passwords and factors.", write_people),
        PersonPlace("export files", files.exports_of, files.clear, files.left_of_names),
        TenantPlace("files", files.clear_tenant, files.left_of_tenant),
    )


def write_account(subject: Subject, archive: Archive) -> Iterable[str]:
    """From where somebody works for another organisation is none of an admin's business."""
    user = subject.user
    told: dict[str, Any] = {
        "id": user.pk, "email": user.email, "name": user.name, "active": user.is_active, "language": user.language,
        "made": user.date_joined, "last_sign_in": user.last_login,
    }  # fmt: skip
    if subject.own or owns_account(user):
        told |= {
            "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
            "second_factors": list(
                Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")
            ),
            "identity_providers": list(
                SocialAccount.objects.filter(user=user).values("provider", "uid", "date_joined", "last_login")
            ),
            "sessions": [
                {
                    "device": device_words(row.user_agent), "address": row.ip,
                    "since": row.created_at, "last_used": row.last_seen_at,
                }
                for row in UserSession.objects.filter(user=user)
            ],
        }  # fmt: skip
    archive.json("account.json", told)
    return ()


def write_membership(subject: Subject, archive: Archive) -> Iterable[str]:
    user = subject.user
    provisioned = ScimUser.objects.filter(user=user)
    archive.json(
        "membership.json",
        {
            "role": list(Membership.objects.filter(user=user).values("role", "created")),
            "groups": list(Group.objects.filter(members=user).values_list("name", flat=True)),
            "invitations": list(
                Invitation.objects.filter(email=user.email).values("role", "created", "accepted_at")
            ),
            "provisioned": list(
                provisioned.values("user_name", "display_name", "names", "emails", "external_id", "created")
            ),
        },
    )
    return ()


def write_events(subject: Subject, archive: Archive) -> Iterable[str]:
    """Details only where the event is about the person: others name documents they may no longer read."""
    user = subject.user.pk
    memberships = list(Membership.objects.filter(user=user).values_list("pk", flat=True))
    about = {user, *memberships}
    rows = AuditEvent.objects.filter(Q(actor=user) | Q(object_id__in=about)).order_by("sequence", "pk")

    def told() -> Iterator[dict[str, Any]]:
        for row in rows.iterator(chunk_size=1000):
            yours = row.actor_id == user
            yield {
                "when": row.created, "event": row.action, "by_you": yours,
                "address": row.address if yours else "", "browser": row.agent if yours else "",
                "detail": row.detail if row.object_id in about else {},
            }  # fmt: skip

    archive.json_lines("events.jsonl", told())
    return ()


def write_people(tenant: UUID, archive: Archive) -> None:
    with tenant_scope(tenant):  # also while they are read: the database asks for it
        rows = User.objects.filter(pk__in=Membership.objects.values("user")).order_by("pk")
        archive.json_lines(
            "people.jsonl",
            rows.values("id", "email", "name", "is_active", "date_joined", "last_login").iterator(),
        )
