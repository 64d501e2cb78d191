"""Why a sign-in by an identity provider does not come about.

SignInRefused
├── ProviderFault    what the provider sent, or failed to send, cannot be trusted or used
└── NotAdmitted      the provider vouches for the person, but this organisation does not let them in

`reason` goes into the audit trail, the sentence to the person.
"""

from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from tenants.errors import AccessError


class SignInRefused(AccessError):
    def __init__(self, reason: str, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class ProviderFault(SignInRefused, OAuth2Error):  # type: ignore[misc]
    """allauth ends a sign-in in order on an OAuth2Error."""


class NotAdmitted(SignInRefused):
    pass


ASK_ADMIN = "Ask an admin of your organisation."
TRY_AGAIN = (
    "Go back to the sign-in page and try again. If it happens again, ask an admin of your organisation."
)
ELSEWHERE = (
    "The account with this address cannot be used through your organisation's sign-in service. " + ASK_ADMIN
)
