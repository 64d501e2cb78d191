"""Inviting people by e-mail: a signed link, good for one person, once, and for a week.

The link names the invitation and a secret; the row keeps the secret's hash. Sending again makes a new secret, so that
only the newest link works. Each write is called inside a transaction and the tenant's scope, and delivered after it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core import signing
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from tenants.actions import record
from tenants.audit.bounded import tell
from tenants.entrance.mail import address, post
from tenants.entrance.models import Invitation
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.language.choice import speaking_to
from tenants.models import Group, Membership, Tenant, User
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.providers import barring_provider

invitation_accepted = Signal()  # invitation: Invitation, user: User; inside the transaction

VALID = timedelta(days=7)
SALT = "tenants.entrance.invitation"

WRONG = gettext_noop(
    "This link is not complete, or was changed. Open it again from the e-mail, or ask for a new one."
)
USED = gettext_noop("This invitation has been accepted already. Sign in instead.")
REVOKED = gettext_noop("This invitation has been taken back. Ask the person who invited you.")
EXPIRED = gettext_noop("This invitation has expired. Ask the person who invited you to send it again.")
REPLACED = gettext_noop("This invitation has been sent again since. Use the link in the newest e-mail.")
REASONS = {
    USED: "used before",
    REVOKED: "taken back",
    EXPIRED: "expired",
    REPLACED: "replaced by a newer link",
}
ALREADY = "{email} is already a member. Change their role in the list instead."
MEMBER_NOW = gettext_noop("You are a member already. Sign in instead.")
SIGN_IN_FIRST = "{email} has an account already. Sign in with it, then open this link again to agree."
ONE_PROVIDER = gettext_noop(
    "An organisation that lets people in through its own sign-in service alone cannot share an account with another. "
    "Ask for an invitation to another address."
)
NEEDS_ONE = gettext_noop(
    "Your account has no password, and one that belongs to two organisations needs it. Choose one under "
    "“Forgot your password?”, then open this link again."
)
WAITING = "{email} has been invited already. Send that invitation again instead."
NOT_OPEN = "This invitation is no longer open. Invite the person anew."

LETTER = gettext_noop(
    "{who} invites you to {tenant} on Colloquy, where you can ask questions and get answers from your organisation's "
    "documents.\n\nOpen this link to join:\n{link}\n\n"
    "It works once, until {until}. If you did not expect this, you need to do nothing.\n"
)


@dataclass(frozen=True)
class Link:
    """An invitation with the one link to it that works."""

    row: Invitation
    secret: str

    @property
    def address(self) -> str:
        token = signing.dumps([self.row.pk.hex, self.secret], salt=SALT)
        return address(reverse("accept_invitation", args=[token]))


@dataclass(frozen=True)
class Sent:
    """What came of inviting one address: the link where it has to be passed on by hand, or why it was refused."""

    email: str
    link: str = ""
    posted: bool = False
    refused: str = ""


Also = Callable[[Invitation], dict[str, Any]]


def nothing(row: Invitation) -> dict[str, Any]:
    return {}


def invite(
    email: str,
    *,
    role: str,
    groups: list[Group],
    actor: User,
    guest_until: datetime | None = None,
    also: Also = nothing,
) -> Link:
    """Raises Refused for members and addresses with an open invitation. Whether an address has an account elsewhere
    is not told: that person agrees, or not, when they open the link.

    `also` gives more to whoever accepts, and says what, for the audit trail.
    """
    email = User.objects.normalise(email)
    check_no_member(email)
    for old in Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None):
        if old.expires > timezone.now():
            raise Refused(WAITING.format(email=email))
        old.revoked_at = timezone.now()
        old.save(update_fields=["revoked_at"])
    row = Invitation(email=email, role=role, invited_by=actor, guest_until=guest_until)
    secret = _renew(row)
    row.groups.set(groups)
    record(
        "invitation.sent",
        actor=actor.pk,
        subject=row.pk,
        name=email,
        role=role,
        groups=[group.name for group in groups],
        **also(row),
    )
    return Link(row, secret)


def check_no_member(email: str) -> None:
    if Membership.objects.filter(user__email=email).exists():
        raise Refused(ALREADY.format(email=email))


def send_again(row: Invitation, *, actor: User) -> Link:
    if not row.is_open:
        raise Refused(NOT_OPEN)
    check_no_member(row.email)
    secret = _renew(row)
    record("invitation.sent_again", actor=actor.pk, subject=row.pk, name=row.email)
    return Link(row, secret)


def revoke(row: Invitation, *, actor: User) -> None:
    count = Invitation.objects.filter(pk=row.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not count:
        raise Refused(NOT_OPEN)
    record("invitation.revoked", actor=actor.pk, subject=row.pk, name=row.email)


def _renew(row: Invitation) -> str:
    secret = secrets.token_urlsafe(24)
    row.secret_hash, row.expires = _hash(secret), timezone.now() + VALID
    row.save()
    return secret


def deliver(link: Link, *, actor: User) -> Sent:
    """By e-mail where that is set up. Called after the transaction, since mail servers take their time."""
    row, url = link.row, link.address
    tenant = Tenant.objects.get(pk=row.tenant_id).name
    with speaking_to(actor):  # the admin is in English, their colleagues may not be
        until = date_format(timezone.localtime(row.expires), "DATETIME_FORMAT")
        body = gettext(LETTER).format(who=actor.get_full_name(), tenant=tenant, link=url, until=until)
        subject = gettext("You are invited to {tenant}").format(tenant=tenant)
        posted = post(subject, body, row.email, tenant=row.tenant_id)
    return Sent(row.email, "" if posted else url, posted)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link that still holds. Raises Refused with the reason."""
    try:
        pk, secret = signing.loads(token, salt=SALT)
        number = UUID(pk)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Refused(WRONG) from error
    with every_tenant():
        row: Invitation | None = Invitation.objects.select_related("tenant").filter(pk=number).first()
    if row is None:
        raise Refused(WRONG)
    try:
        _check_holds(row, secret)
    except Refused as refusal:
        with tenant_scope(row.tenant_id):
            tell(
                "invitation.refused", whose=row.pk, what=refusal.sentence, actor=None, subject=row.pk, name=row.email,
                reason=REASONS[refusal.sentence],
            )  # fmt: skip
        raise
    return row


def _check_holds(row: Invitation, secret: str) -> None:
    if row.accepted_at:
        raise Refused(USED)
    if row.revoked_at:
        raise Refused(REVOKED)
    if not constant_time_compare(row.secret_hash, _hash(secret)):
        raise Refused(REPLACED)
    if row.expires <= timezone.now() or (row.guest_until and row.guest_until <= timezone.now()):
        raise Refused(EXPIRED)


def account_of(row: Invitation) -> User | None:
    """The living account that the address has already: its owner joins with it, and chooses no new password.

    An account that its last organisation left behind is none: it is taken over.
    """
    user = User.objects.filter(email=row.email).first()
    if user is None:
        return None
    with every_tenant():
        lives = user.is_superuser or Membership.objects.filter(user=user).exists()
    return user if lives else None


def accept(row: Invitation, *, name: str, password: str) -> User:
    """Open the account and the membership. Of two at the same moment only one gets through."""
    _use_up(row)
    if account := account_of(row):
        raise Refused(MEMBER_NOW if _is_member(account) else SIGN_IN_FIRST.format(email=row.email))
    user = User.objects.filter(email=row.email).first()
    if user is None:
        user = User.objects.create_user(row.email, password, name=name)
    else:
        user.name, user.is_active = name, True
        user.set_password(password)
        user.save()
        end_all_sessions(user.pk)
        user.refresh_from_db(fields=["session_epoch"])
    _join(row, user)
    return user


def agree(row: Invitation, user: User) -> None:
    """The owner of a living account, signed in, joins with it. It then belongs to none of its organisations alone."""
    if user.email != row.email:
        raise Refused(SIGN_IN_FIRST.format(email=row.email))
    if _is_member(user):
        raise Refused(MEMBER_NOW)
    _use_up(row)
    if not user.has_usable_password():
        raise Refused(NEEDS_ONE)
    _join(row, user)
    if barring_provider(user):  # no provider speaks for an account of two organisations
        raise Refused(ONE_PROVIDER)


def _is_member(user: User) -> bool:
    return Membership.objects.filter(user=user).exists()


def _use_up(row: Invitation) -> None:
    held = Invitation.objects.filter(
        pk=row.pk, secret_hash=row.secret_hash, accepted_at=None, revoked_at=None, expires__gt=timezone.now()
    )
    if not held.update(accepted_at=timezone.now()):
        raise Refused(USED)


def _join(row: Invitation, user: User) -> None:
    """The person's other organisations learn that the account is not theirs alone any more, and not of which one."""
    membership = Membership.objects.create(user=user, role=row.role, expires=row.guest_until)
    for group in row.groups.all():
        group.members.add(user)
    invitation_accepted.send(sender=None, invitation=row, user=user)
    with every_tenant():
        tenants = list(
            Membership.objects.filter(user=user).order_by("tenant").values_list("tenant", flat=True)
        )
    for tenant in tenants:
        with tenant_scope(tenant):
            if tenant == row.tenant_id:
                record(
                    "invitation.accepted", actor=user.pk, subject=membership.pk, name=str(user), role=row.role
                )
            else:
                record("account.shared", actor=user.pk, subject=user.pk, name=str(user))
