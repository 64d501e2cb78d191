"""Errors of people and access.

AccessError
├── SignedOut        the session is gone: sign in again
├── NotAllowed       signed in, but without the right
└── Refused          allowed, but it would leave the organisation in a state nobody wants
"""

from django.utils.translation import gettext_noop as _


class AccessError(Exception):
    code = "not_allowed"
    sentence = _("You are not allowed to do this.")

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        super().__init__(self.sentence)


class SignedOut(AccessError):
    code = "signed_out"
    sentence = _("You are signed out. Sign in again to go on.")


class NotAllowed(AccessError):
    pass


class Refused(AccessError):
    code = "refused"
    sentence = _("This cannot be done.")
