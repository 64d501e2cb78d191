"""Why a sign-in by an identity provider does not come about.

SignInRefused
├── ProviderFault    what the provider sent, or failed to send, cannot be trusted or used
└── NotAdmitted      the provider vouches for the person, but this organisation does not let them in

`reason` goes into the audit trail, the sentence and the advice to the person, in their language.
"""

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tenants.errors import AccessError


class SignInRefused(AccessError):
    def __init__(self, reason: str, sentence: str, advice: str = "", **places: str) -> None:
        self.reason = reason
        self._parts = [part for part in (sentence, advice) if part]
        self._places = places
        super().__init__(self._filled(self._parts))

    @property
    def for_people(self) -> str:
        return self._filled([gettext(part) for part in self._parts])

    def _filled(self, parts: list[str]) -> str:
        text = " ".join(parts)
        return text.format(**self._places) if self._places else text


class ProviderFault(SignInRefused, OAuth2Error):  # type: ignore[misc]
    """allauth ends a sign-in in order on an OAuth2Error."""


class NotAdmitted(SignInRefused):
    pass


ASK_ADMIN = _("Ask an admin of your organisation.")
TRY_AGAIN = _(
    "Go back to the sign-in page and try again. If it happens again, ask an admin of your organisation."
)
ELSEWHERE = _("The account with this address cannot be used through your organisation's sign-in service.")
UNUSABLE = _("The sign-in service cannot be used just now.")
UNVERIFIED = _("What the sign-in service sent could not be verified, so nobody was signed in.")
BEGUN_ELSEWHERE = _("This sign-in was begun in another browser, or too long ago, or was used already.")
