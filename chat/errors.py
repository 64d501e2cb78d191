"""Errors of conversations, each with a code for the browser and a sentence for people.

ChatError
├── MalformedFrame      not JSON, of no known type, or with wrong fields
├── QuestionRefused     empty, too long, or asked too often
└── NotFound            no such conversation or message for this member
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


class ChatError(Exception):
    code = "failed"
    sentence: str = _("Something went wrong on our side. Try again.")

    def __init__(self, sentence: str = "", *, code: str = "", retry_after: float | None = None) -> None:
        self.code = code or self.code
        self.sentence = sentence or gettext(self.sentence)
        self.retry_after = retry_after
        super().__init__(self.sentence)


class MalformedFrame(ChatError):
    code = "malformed"
    sentence = _("This message could not be read. Reload the page.")


class QuestionRefused(ChatError):
    code = "refused"


class NotFound(ChatError):
    code = "not_found"
    sentence = _("This conversation does not exist (any more).")
