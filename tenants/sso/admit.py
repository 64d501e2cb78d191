"""From a provider's claims to a member: the account, the membership, the role and the groups, in that order.

Called inside the organisation's scope and a transaction; nothing of a refused sign-in stays.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext_noop as _

from tenants.actions import record
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.members import check_admin_remains, lock_admins, owns_account
from tenants.models import Group, Membership, Role, User
from tenants.sso.claims import name_of, values_of, verified_address
from tenants.sso.errors import ASK_ADMIN, ELSEWHERE, NotAdmitted
from tenants.sso.models import IdentityProvider, Joining, ProviderGroup


def admit(provider: IdentityProvider, claims: Mapping[str, Any]) -> SocialAccount:
    """The person's link to the provider, made at the first sign-in. Raises NotAdmitted."""
    # Two first sign-ins of one person, or two last admins who lose their role, wait here for one another.
    provider = IdentityProvider.objects.select_for_update().get(pk=provider.pk)
    if provider.maps_roles:
        lock_admins()
    email = verified_address(provider, claims)
    link = SocialAccount.objects.filter(provider=str(provider.pk), uid=claims["sub"]).first()
    user = link.user if link else User.objects.filter(email=email).first()
    if user is not None:
        check_account(provider, user, linked=link is not None)
    membership = Membership.objects.filter(user=user).first() if user else None
    if membership is None and provider.joining == Joining.INVITED:
        raise NotAdmitted("not_invited", _("You are not a member of this organisation yet."), ASK_ADMIN)
    if user is None:
        user = User.objects.create_user(email, None, name=name_of(claims))
    elif membership is None:
        user.set_unusable_password()  # whoever knew it belongs to an organisation that the person has left
        user.save(update_fields=["password"])
        end_all_sessions(user.pk)
        user.refresh_from_db(fields=["session_epoch"])
    if link is None:
        link = SocialAccount.objects.create(provider=str(provider.pk), uid=claims["sub"], user=user)
        record(
            "sign_in.account_linked", actor=user.pk, subject=user.pk, name=user.email, provider=provider.name
        )
    if membership is None:
        membership = Membership.objects.create(user=user, role=provider.default_role)
        record(
            "member.added", actor=None, subject=membership.pk, name=str(user), role=membership.role,
            provider=provider.name,
        )  # fmt: skip
    set_role(provider, membership, claims)
    set_groups(provider, user, claims)
    return link


def check_account(provider: IdentityProvider, user: User, *, linked: bool) -> None:
    """A provider speaks for accounts of its own organisation, and for nobody else's."""
    if not owns_account(user):
        raise NotAdmitted("account_elsewhere", ELSEWHERE, ASK_ADMIN)
    if not user.is_active:
        raise NotAdmitted("account_inactive", _("This account is switched off."), ASK_ADMIN)
    if not linked and SocialAccount.objects.filter(provider=str(provider.pk), user=user).exists():
        raise NotAdmitted("address_taken", _("This address is already joined to another person."), ASK_ADMIN)


def set_role(provider: IdentityProvider, membership: Membership, claims: Mapping[str, Any]) -> None:
    """The role that the claim names, but never one that leaves the organisation without an admin.

    A guest stays one: an admin has said until when, and no claim takes that back.
    """
    if not provider.maps_roles or membership.role == Role.GUEST:
        return
    role = provider.role_for(values_of(claims, provider.role_claim or provider.groups_claim))
    if role == membership.role:
        return
    tell = partial(
        record,
        actor=None,
        subject=membership.pk,
        name=str(membership.user),
        provider=provider.name,
        role=role,
    )
    if role != Role.ADMIN:
        try:
            check_admin_remains(membership)
        except Refused:
            tell("sign_in.last_admin_kept")
            return
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    tell("member.role_changed", before=before)


def set_groups(provider: IdentityProvider, user: User, claims: Mapping[str, Any]) -> None:
    """Put the person into the groups that the claim names, and out of the provider's other ones."""
    if not provider.groups_claim:
        return
    values = values_of(claims, provider.groups_claim)
    known = {row.value: row.group for row in provider.groups.select_related("group")}
    wanted = {group.pk: group for value, group in known.items() if value in values}
    for value in sorted(values - known.keys()):
        group = new_group(provider, value)
        wanted[group.pk] = group
    decided = {group.pk for group in known.values()} | wanted.keys()
    provisioned = set(Group.objects.filter(pk__in=decided, scim__isnull=False).values_list("pk", flat=True))
    decided -= provisioned  # who is in these, SCIM says, and it says so sooner
    wanted = {pk: group for pk, group in wanted.items() if pk not in provisioned}
    present = {group.pk: group for group in Group.objects.filter(pk__in=decided, members=user)}
    joined = [group for pk, group in wanted.items() if pk not in present]
    left = [group for pk, group in present.items() if pk not in wanted]
    for group in joined:
        group.members.add(user)
    for group in left:
        group.members.remove(user)
    if joined or left:
        record(
            "sign_in.groups_changed", actor=None, subject=user.pk, name=str(user), provider=provider.name,
            joined=[group.name for group in joined], left=[group.name for group in left],
        )  # fmt: skip


def new_group(provider: IdentityProvider, value: str) -> Group:
    """A group of the provider's, never one that somebody has made here by hand under the same name."""
    name = value[:120]
    if Group.objects.filter(name=name).exists():
        name = f"{value[: 117 - len(provider.name)]} ({provider.name})"
    if Group.objects.filter(name=name).exists():
        name = f"{value[:80]} {provider.pk.hex}"[:120]
    group: Group = Group.objects.create(name=name)
    ProviderGroup.objects.create(provider=provider, value=value, group=group)
    record("group.added", actor=None, subject=group.pk, name=name, provider=provider.name)
    return group
