"""Second factors: how allauth's are kept here, and how an admin takes them away from somebody who lost theirs."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tenants.actions import record
from tenants.crypto import Undecryptable, decrypt, encrypt
from tenants.entrance.mail import post
from tenants.entrance.rules import FACTORS, rules_for
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.language.choice import speaking_to
from tenants.members import NOT_YOURS, owns_account
from tenants.models import Membership, User

RESET = gettext_noop(
    "An admin of {tenant} has taken the second factors off your account and signed you out everywhere. "
    "Set up a new one when you sign in next. If you did not ask for this, tell your admin at once.\n"
)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted; the last factor stays where an organisation requires one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code is not right. Codes from an app change every half minute: try the next one."
        ),
        "cannot_delete_authenticator": (
            _("Your organisation requires a second factor. Add another one before you remove this.")
        ),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not rules_for(authenticator.user_id).second_factor:
            return True
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"


def factor_names(user: UUID) -> list[str]:
    """What the person has set up, for an admin's eyes: kinds and no secrets."""
    names = {
        Authenticator.Type.TOTP: "authenticator app",
        Authenticator.Type.WEBAUTHN: "passkey",
        Authenticator.Type.RECOVERY_CODES: "recovery codes",
    }
    kinds = Authenticator.objects.filter(user=user).order_by("created_at").values_list("type", flat=True)
    return [names[Authenticator.Type(kind)] for kind in kinds]


def take_factors_off(user: User) -> list[str]:
    """Returns what there was. The account's sessions end."""
    kinds = factor_names(user.pk)
    Authenticator.objects.filter(user=user).delete()
    end_all_sessions(user.pk)
    return kinds


def reset_factors(membership: Membership, *, actor: UUID | None) -> None:
    """By an admin of the one organisation that the account has. Its owner is written to."""
    user: User = membership.user
    if not owns_account(user):
        raise Refused(NOT_YOURS)
    kinds = take_factors_off(user)
    record("member.second_factor_reset", actor=actor, subject=membership.pk, name=str(user), factors=kinds)
    with speaking_to(user):
        subject = gettext("Your second factor was reset") + " · Colloquy"
        body = gettext(RESET).format(tenant=membership.tenant.name)
        send = partial(post, subject, body, user.email, tenant=membership.tenant_id, language=get_language())
    transaction.on_commit(send)


# What lies encrypted inside `Authenticator.data`.
SECRET_NAMES = ("secret", "seed")


def encrypt_factors_anew(keys: Sequence[str] = ()) -> tuple[int, list[Authenticator]]:
    """Every factor's secret under the newest ENCRYPTION_KEY: how many, and those that no key opens."""
    count, lost = 0, []
    for pk in list(
        Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True)
    ):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().select_related("user").filter(pk=pk).first()
            if row is None:  # just removed
                continue
            try:
                fresh = {
                    name: encrypt(decrypt(row.data[name], keys=keys))
                    for name in SECRET_NAMES
                    if name in row.data
                }
            except Undecryptable:
                lost.append(row)
                continue
            row.data |= fresh
            row.save(update_fields=["data"])
            count += 1
    return count, lost
