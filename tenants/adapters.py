"""What allauth asks us: nobody signs up by themselves, and people land in the chat."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from tenants.branding.letters import dress
from tenants.entrance import lockout
from tenants.models import User
from tenants.sso.providers import barring_provider
from tenants.sso.refusals import password_refused_page

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait a quarter of an hour, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Called once the password was right: who has another way in is told so, and nobody else is."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        by_provider = "sociallogin" in (kwargs.get("signal_kwargs") or {})
        provider = None if response or by_provider else barring_provider(user)
        return password_refused_page(request, provider, user) if provider else response

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """To whom has another way in, a mail that names it, in place of a link that would lead nowhere."""
        provider = barring_provider(user)
        if provider is None:
            super().send_password_reset_mail(user, email, context)
        else:
            self.send_mail("account/email/password_barred", email, context | {"provider": provider.name})

    def format_email_subject(self, subject: str) -> str:
        return f"{subject} · Colloquy"

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMultiAlternatives:
        """allauth's words, dressed as all other letters are."""
        message: EmailMultiAlternatives = super().render_mail(*args, **kwargs)
        request = context.request
        dress(message, origin=request.build_absolute_uri("/") if request else "")
        return message

    # Attempts are counted before the password is looked at, and taken back when it was right.
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = credentials.get("email", "").lower()
        key = self._get_login_attempts_cache_key(request, **credentials)
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise lockout.refuse(request, login, action=lockout.FAILED, key=key) from None
        self._strangers_usage: Any = None
        if lockout.is_known_device(request, login):
            return
        self._strangers_usage = ratelimit.consume(
            request, app=lockout.APP, action=lockout.BY_STRANGERS, key=login
        )
        if not self._strangers_usage:
            raise lockout.refuse(request, login, action=lockout.BY_STRANGERS, key=login)

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._strangers_usage:
            self._strangers_usage.rollback()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return lockout.key_of(request, credentials.get("email", "").lower())

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """In the words of our pages, where allauth says "security key"."""
        words = {"mfa_reauthenticate_webauthn": gettext("Use a passkey")}
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [
            method | {"description": words.get(method["id"], method["description"])} for method in methods
        ]

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """A change of the account stands, whether or not the letter about it can be sent."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError:
            log.exception("a letter about an account could not be sent")
