"""Sign-ins, refused ones, sign-outs and passwords set, told to each organisation that the person belongs to."""

import logging
from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from tenants.actions import record_for_person
from tenants.models import User

log = logging.getLogger(__name__)

NAMES = ("email", "username", "login")


@receiver(user_logged_in)
def signed_in(sender: Any, user: User, **_kwargs: Any) -> None:
    if not record_for_person("sign_in.succeeded", user, actor=user.pk):
        log.info("somebody signed in who belongs to no organisation")


@receiver(user_logged_out)
def signed_out(sender: Any, user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        record_for_person("sign_in.ended", user, actor=user.pk)


@receiver(user_login_failed)
def refused(sender: Any, credentials: dict[str, Any], **_kwargs: Any) -> None:
    """The person is whom it was tried for, and not known to be the one who tried."""
    address = next((str(credentials[name]) for name in NAMES if credentials.get(name)), "")
    user = User.objects.filter(email=User.objects.normalise(address)).first()
    reason = "wrong password" if user is None or user.is_active else "deactivated account"
    if user is None or not record_for_person("sign_in.refused", user, actor=None, reason=reason):
        log.warning("a sign-in was refused whose address belongs to no organisation")


@receiver(password_changed)
@receiver(password_reset)
def password_set(sender: Any, user: User, **_kwargs: Any) -> None:
    record_for_person("account.password_changed", user, actor=user.pk)
