"""Writes about the people of the current organisation. Each is called inside a transaction, after the form is valid.

An account may belong to several organisations. An admin of one may change it only while nobody else depends on it.
"""

import secrets
from uuid import UUID

from tenants.actions import record
from tenants.ending import end_account, end_membership
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.models import Group, Membership, Role, User
from tenants.scoping import current_tenant, every_tenant

# Without letters and digits that look alike, since people read the first password to each other.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

LAST_ADMIN = (
    "{name} is the last admin of this organisation. Make someone else an admin first; "
    "without one, nobody could manage people and models."
)
NOT_YOURS = "This account belongs to other organisations too, so that only the person may change it."
NOT_HERE = "This address cannot be added here. Check its spelling; if it is right, invite the person instead."


def new_password() -> str:
    """Four groups of four characters: 79 random bits that can be dictated."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def owns_account(user: User) -> bool:
    """Whether the current organisation alone answers for this account: nobody else's member, no operator."""
    tenant = current_tenant()
    with every_tenant():
        elsewhere = Membership.objects.filter(user=user).exclude(tenant=tenant).exists()
    return not elsewhere and not user.is_superuser


def check_address(email: str) -> None:
    """Refuse who is a member already, and accounts that belong to somebody else: those join by invitation."""
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    if user is None:
        return
    if Membership.objects.filter(user=user).exists():
        raise Refused(f"{user.email} is already a member. Change their role in the list instead.")
    if not owns_account(user):
        raise Refused(NOT_HERE)


def open_account(*, email: str, name: str) -> tuple[User, str]:
    """The account for a new member and its first password.

    An account left by its last organisation is taken over under a new password, which also ends its old sessions.
    """
    check_address(email)
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    password = new_password()
    if user is None:
        return User.objects.create_user(email, password, name=name), password
    user.name, user.is_active = name, True
    user.set_password(password)
    user.save()
    end_all_sessions(user.pk)
    return user, password


def lock_admins() -> list[UUID]:
    """The memberships of active admins. Two admins who demote each other wait here for one another.

    Whoever records more than one event calls it before the first, since those who are let through here record next.
    """
    admins = Membership.objects.select_for_update().filter(role=Role.ADMIN, user__is_active=True)
    return [row.pk for row in admins]


def check_admin_remains(membership: Membership) -> None:
    """Refuse when, without this member, no active admin would be left."""
    ids = lock_admins()
    if membership.pk in ids and len(ids) == 1:
        raise Refused(LAST_ADMIN.format(name=membership.user.get_full_name()))


def update_account(user: User, *, name: str, active: bool) -> None:
    """Change what belongs to the account and not to the membership."""
    if (user.name, user.is_active) == (name, active):
        return
    if not owns_account(user):
        raise Refused(NOT_YOURS)
    deactivated = user.is_active and not active
    user.name, user.is_active = name, active
    user.save(update_fields=["name", "is_active"])
    if deactivated:
        end_account(user.pk)


def remove_member(membership: Membership) -> None:
    """Take a person out of the organisation and its groups. Their account and conversations stay."""
    check_admin_remains(membership)
    for group in Group.objects.filter(members=membership.user_id):
        group.members.remove(membership.user_id)
    membership.delete()
    end_membership(membership.user_id, tenant=membership.tenant_id)


def reset_password(membership: Membership, *, actor: UUID | None) -> str:
    """A new password, shown once. It ends the person's sessions."""
    user = membership.user
    if not owns_account(user):
        raise Refused(NOT_YOURS)
    password = new_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    end_all_sessions(user.pk)
    record("member.password_reset", actor=actor, subject=membership.pk, name=str(user))
    return password
