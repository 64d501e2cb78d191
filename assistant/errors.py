"""Errors between a question and its answer.

AnswerError                 code, sentence for people, retry_after seconds
├── ModelRefused            the endpoint does not accept the key
├── ModelUnknown            no such model at this address
├── ModelSwitchedOff        the one that the assistant answers with is not active any more
├── ModelRateLimited        too many requests; may say when to come back
├── ModelTimedOut           no answer, or no further word, in time
├── ModelUnreachable        nothing answers at the address
├── ModelFailed             the endpoint reports a fault of its own
├── ModelRubbish            what came back is not the protocol
├── ModelDied               the stream broke off
├── QuestionTooLong         does not fit the model's context window
└── SearchUnavailable       documents cannot be searched now
"""

from django.utils.translation import gettext_noop as _


class AnswerError(Exception):
    code = "failed"
    sentence = _("Something went wrong on our side. Try again.")

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(detail or self.sentence)


class ModelRefused(AnswerError):
    code = "model_refused"
    sentence = _(
        "The language model did not accept our key. An admin can enter a new one under Language models."
    )


class ModelUnknown(AnswerError):
    code = "model_unknown"
    sentence = _("The configured language model does not exist at its address. An admin can correct it.")


class ModelSwitchedOff(AnswerError):
    code = "model_switched_off"
    sentence = (
        "The language model of this assistant is switched off. Ask another assistant, or tell your admin."
    )


class ModelRateLimited(AnswerError):
    code = "model_rate_limited"
    sentence = _("The language model is receiving too many requests. Wait a moment, then try again.")


class ModelTimedOut(AnswerError):
    code = "model_timed_out"
    sentence = _("The language model took too long to answer. Try again.")


class ModelUnreachable(AnswerError):
    code = "model_unreachable"
    sentence = _("The language model cannot be reached. Try again; if it lasts, tell your admin.")


class ModelFailed(AnswerError):
    code = "model_failed"
    sentence = _("The language model reported an error. Try again.")


class ModelRubbish(AnswerError):
    code = "model_rubbish"
    sentence = _(
        "The language model sent an answer that cannot be read. Try again; if it lasts, tell your admin."
    )


class ModelDied(AnswerError):
    code = "model_died"
    sentence = _(
        "The language model broke off in the middle of the answer. What it wrote so far is kept; try again."
    )


class QuestionTooLong(AnswerError):
    code = "question_too_long"
    sentence = _("This is too long for the language model. Shorten the question or start a new chat.")


class SearchUnavailable(AnswerError):
    code = "search_unavailable"
    sentence = _("The documents cannot be searched right now. Try again in a moment.")
