"""Whatever goes wrong, in SCIM's shape."""

from pydantic import ValidationError
from scim2_models import Error, InvalidValueException, NotFoundException, SCIMException

from tenants.errors import Refused


class TooManyRequests(SCIMException):
    status = 429
    _default_detail = "Too many requests with a wrong token came from this address. Wait a minute."


class NotHere(NotFoundException):
    """An id that the organisation of the token does not have."""


class UnknownMember(InvalidValueException):
    """An id among the members that the organisation of the token does not have."""

    _default_detail = (
        "A member is not known here: provision the user or group first, then add them to the group."
    )


class NotModified(Exception):
    """What the client has is current."""


def error_of(problem: Exception) -> Error:
    """One sentence, without what the client sent: it may be long, or not fit into an answer."""
    if isinstance(problem, SCIMException):
        cause = problem.__cause__
        if isinstance(cause, ValidationError):
            error = first_of(cause)
            return Error(status=problem.status, scim_type=problem.scim_type or None, detail=error.detail)
        return problem.to_error()
    if isinstance(problem, ValidationError):
        return first_of(problem)
    if isinstance(problem, Refused):
        return Error(status=403, detail=problem.sentence)
    raise problem


def first_of(problem: ValidationError) -> Error:
    return Error.from_validation_errors(problem)[0]
