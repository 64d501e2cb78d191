"""What signing out and a new password mean for the list of sessions."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from tenants.actions import record_for_person
from tenants.entrance.lockout import remember_device
from tenants.entrance.rules import FACTORS
from tenants.entrance.sessions import end_all_sessions, start_row
from tenants.models import User


@receiver(user_logged_in)
def list_session(
    sender: Any, request: HttpRequest, user: User, response: HttpResponse | None = None, **kwargs: Any
) -> None:
    start_row(request)
    if response is not None:
        remember_device(response, user.email)


@receiver(user_logged_out)
def forget_session(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    if request is not None and request.session.session_key:
        UserSession.objects.filter(session_key=request.session.session_key).delete()


@receiver([password_changed, password_reset])
def end_others(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever knew the old password is out at once, with their sockets."""
    end_all_sessions(user.pk, keep=request.session.session_key if request.user == user else None)


@receiver(authenticator_added)
def ask_for_factor_everywhere(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Sessions that began without the first factor end: one may be of somebody who knows the password only."""
    record_for_person("second_factor.added", user, actor=user.pk, kind=authenticator.type)
    factors = Authenticator.objects.filter(user=user, type__in=FACTORS)
    if authenticator.type in FACTORS and factors.count() == 1:
        end_all_sessions(user.pk, keep=request.session.session_key)


@receiver(authenticator_removed)
def tell_of_removal(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record_for_person("second_factor.removed", user, actor=user.pk, kind=authenticator.type)


@receiver(authenticator_reset)
def tell_of_new_codes(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record_for_person("second_factor.renewed", user, actor=user.pk, kind=authenticator.type)
