"""Errors between a question and its answer.

AnswerError                 code, sentence for people, retry_after seconds
├── ModelRefused            the endpoint does not accept the key
├── ModelUnknown            no such model at this address
├── ModelRateLimited        too many requests; may say when to come back
├── ModelTimedOut           no answer, or no further word, in time
├── ModelUnreachable        nothing answers at the address
├── ModelFailed             the endpoint reports a fault of its own
├── ModelRubbish            what came back is not the protocol
├── ModelDied               the stream broke off
├── QuestionTooLong         does not fit the model's context window
└── SearchUnavailable       documents cannot be searched now
"""


class AnswerError(Exception):
    code = "failed"
    sentence = "Something went wrong on our side. Try again."

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(detail or self.sentence)


class ModelRefused(AnswerError):
    code = "model_refused"
    sentence = (
        "The language model did not accept our key. An admin can enter a new one under Language models."
    )


class ModelUnknown(AnswerError):
    code = "model_unknown"
    sentence = "The configured language model does not exist at its address. An admin can correct it."


class ModelRateLimited(AnswerError):
    code = "model_rate_limited"
    sentence = "The language model is receiving too many requests. Wait a moment, then try again."


class ModelTimedOut(AnswerError):
    code = "model_timed_out"
    sentence = "The language model took too long to answer. Try again."


class ModelUnreachable(AnswerError):
    code = "model_unreachable"
    sentence = "The language model cannot be reached. Try again; if it lasts, tell your admin."


class ModelFailed(AnswerError):
    code = "model_failed"
    sentence = "The language model reported an error. Try again."


class ModelRubbish(AnswerError):
    code = "model_rubbish"
    sentence = (
        "The language model sent an answer that cannot be read. Try again; if it lasts, tell your admin."
    )


class ModelDied(AnswerError):
    code = "model_died"
    sentence = (
        "The language model broke off in the middle of the answer. What it wrote so far is kept; try again."
    )


class QuestionTooLong(AnswerError):
    code = "question_too_long"
    sentence = "This is too long for the language model. Shorten the question or start a new chat."


class SearchUnavailable(AnswerError):
    code = "search_unavailable"
    sentence = "The documents cannot be searched right now. Try again in a moment."
