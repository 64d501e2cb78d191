"""What allauth asks us: nobody signs up by themselves, and people land in the chat."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from tenants.models import User
from tenants.sso.providers import barring_provider
from tenants.sso.refusals import password_refused_page


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
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
