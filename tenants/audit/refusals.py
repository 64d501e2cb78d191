"""Who tried what they may not: an event in their organisation's log."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure

from tenants.audit import bounded
from tenants.middleware import TenantRequest

NOT_THEIRS = "not found or not theirs"
NOT_OFFERED = "chose what the form does not offer"
FORGED = "without the token of our own page"
FOREIGN_PAGE = "from a page of another site"


class RefusalMiddleware:
    """Innermost, within the scope of the organisation that the person is in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        request.forged = False
        response = self.get_response(request)
        if request.member and request.resolver_match and (reason := reason_of(request, response)):
            tell_refusal(
                request.user.pk,
                address=f"/{request.resolver_match.route}",
                method=request.method or "",
                reason=reason,
                subject=object_of(request),
            )
        return response


def reason_of(request: TenantRequest, response: HttpResponse) -> str | None:
    """Why it was an attempt, if it was: something forbidden, an object by its id that is not there for them, a choice
    that their form does not have. A mistyped address is none.
    """
    if response.status_code == HTTPStatus.FORBIDDEN:
        return FORGED if request.forged else "not allowed"
    if response.status_code == HTTPStatus.NOT_FOUND and object_of(request):
        return NOT_THEIRS
    return NOT_OFFERED if request.method == "POST" and has_foreign_choice(response) else None


def has_foreign_choice(response: HttpResponse) -> bool:
    context = getattr(response, "context_data", None) or {}
    form = context["adminform"].form if "adminform" in context else context.get("form")
    if form is None or not form.is_bound:
        return False
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    return bool(codes & {"invalid_choice", "invalid_pk_value"})


def forged(request: TenantRequest, reason: str = "") -> HttpResponse:
    """Django's page for a form without its token; the middleware, which it passes on its way out, is told."""
    request.forged = True
    return csrf_failure(request, reason=reason)


def object_of(request: HttpRequest) -> UUID | None:
    """The id in the address, whatever the route calls it."""
    assert request.resolver_match  # without one there is no attempt
    for value in request.resolver_match.kwargs.values():
        try:
            return value if isinstance(value, UUID) else UUID(str(value))
        except ValueError:
            continue
    return None


def tell_refusal(person: UUID, *, address: str, method: str, reason: str, subject: UUID | None) -> None:
    """In the open scope, bounded."""
    bounded.tell(
        "access.refused",
        whose=person,
        what=f"{address}:{reason}",
        actor=person,
        subject=subject,
        address=address,
        method=method,
        reason=reason,
    )
