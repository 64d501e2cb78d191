"""HTTP as SCIM has it: a token in, JSON in and out, entity tags, and every error in one shape."""

import json
import logging
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    PreconditionFailedException,
    Resource,
    ResponseParameters,
    SCIMException,
    UniquenessException,
)

from tenants.audit import bounded, refusals
from tenants.errors import Refused
from tenants.observe.ids import about
from tenants.scim.bearer import token_of
from tenants.scim.errors import NotHere, NotModified, UnknownMember, error_of
from tenants.scim.models import ScimToken
from tenants.scim.resources import PARAMETERS, PATCHES, POLICY
from tenants.scoping import tenant_scope

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/scim+json"
ACCEPTED = (MEDIA_TYPE, "application/json")
TAKEN = "Something with the same name, or the same change, is there already."


class ScimRequest(HttpRequest):
    """What a request is within `scim`."""

    token: ScimToken


View = Callable[..., HttpResponse]


def scim(*methods: str) -> Callable[[View], View]:
    """A view inside the tenant of the request's token. A write happens whole or not at all."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: ScimRequest, **kwargs: str) -> HttpResponse:
            try:
                return entered(view, request, methods, kwargs)
            except NotModified:
                return HttpResponse(status=304)
            except DataError:
                return error_response(error_of(InvalidValueException(detail="A value does not fit.")))
            except IntegrityError:
                return error_response(error_of(UniquenessException(detail=TAKEN)))
            except (SCIMException, ValidationError, Refused) as problem:
                return error_response(error_of(problem))

        return guarded

    return decorate


def entered(
    view: View, request: ScimRequest, methods: tuple[str, ...], kwargs: dict[str, str]
) -> HttpResponse:
    address = request.META.get("REMOTE_ADDR") or ""
    request.token = token_of(request.headers.get("Authorization", ""), address=address)
    if request.method not in methods:
        response = error_response(Error(status=405, detail=f"Use {', '.join(methods)} here."))
        response["Allow"] = ", ".join(methods)
        return response
    tenant = request.token.tenant_id
    with tenant_scope(tenant), about(tenant=tenant, user=None), POLICY:
        try:
            with transaction.atomic():
                return view(request, **kwargs)
        except (NotHere, UnknownMember):
            tell_of_foreign_id(request)
            raise


def tell_of_foreign_id(request: ScimRequest) -> None:
    assert request.resolver_match
    bounded.tell(
        "access.refused",
        whose=request.token.pk,
        what=f"{request.resolver_match.route}:{request.method}",
        actor=None,
        subject=refusals.object_of(request),
        name=request.token.name,
        address=f"/{request.resolver_match.route}",
        method=request.method,
        reason=refusals.NOT_THEIRS,
    )


def body_of(request: HttpRequest) -> dict[str, Any]:
    if request.content_type not in ACCEPTED:
        raise InvalidSyntaxException(detail=f"Send JSON as {MEDIA_TYPE}.")
    try:
        body = json.loads(request.body)
        # Half a surrogate pair and the zero character are valid JSON that no database keeps.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except RequestDataTooBig as error:
        limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024 // 1024
        raise PayloadTooLargeException(
            detail=f"A request holds at most {limit} MB. Send it in parts."
        ) from error
    except (ValueError, RecursionError, UnreadablePostError) as error:
        raise InvalidSyntaxException(detail="The body is not valid JSON.") from error
    if b"\\u0000" in request.body:
        raise InvalidValueException(detail="Texts may not hold the zero character.")
    if not isinstance(body, dict):
        raise InvalidSyntaxException(detail="The body is not a JSON object.")
    return body


def patch_of(request: HttpRequest, model: type[Resource[Any]]) -> Any:
    body = body_of(request)
    body = {
        name: [part for operation in value for part in spread(operation)]
        if name.lower() == "operations" and isinstance(value, list)
        else value
        for name, value in body.items()
    }
    return PATCHES[model].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)


def spread(operation: Any) -> list[Any]:
    """Entra ID names values by `emails[type eq "work"].value` as keys of a value; each becomes a path of its own."""
    if not isinstance(operation, dict) or operation.get("path"):
        return [operation]
    value = operation.get("value")
    if not isinstance(value, dict) or not any("[" in key for key in value):
        return [operation]
    plain = {key: item for key, item in value.items() if "[" not in key}
    chosen = [{**operation, "path": key, "value": item} for key, item in value.items() if "[" in key]
    return [*([{**operation, "value": plain}] if plain else []), *chosen]


def parameters_of(request: HttpRequest, model: type[Resource[Any]]) -> ResponseParameters[Any]:
    given = {
        name: request.GET[name] for name in ("attributes", "excludedAttributes") if request.GET.get(name)
    }
    parameters: ResponseParameters[Any] = PARAMETERS[model].model_validate(given)
    return parameters


# --- Entity tags -----------------------------------------------------------------------------------------------


def tagged(resource: Resource[Any]) -> str:
    """The resource's version, made from what it says when it does not carry one."""
    assert resource.meta is not None
    if resource.meta.version is None:
        text = json.dumps(resource.model_dump(exclude={"meta"}), sort_keys=True, default=str)
        resource.meta.version = f'W/"{sha256(text.encode()).hexdigest()[:32]}"'
    return resource.meta.version


def check_tags(request: HttpRequest, tag: str) -> None:
    """Refuse to change what has changed since the client read it; need not send what it has."""
    wanted, held = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if wanted is not None and not matches(wanted, tag):
        raise PreconditionFailedException(detail="It has changed since you read it. Read it again.")
    if held is not None and matches(held, tag):
        if request.method == "GET":
            raise NotModified
        raise PreconditionFailedException(detail="It is there already.")


def matches(header: str, tag: str) -> bool:
    """Weak comparison, as RFC 7644 asks for."""
    given = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in given or tag.removeprefix("W/") in given


# --- Out -------------------------------------------------------------------------------------------------------


def resource_response(
    resource: Resource[Any],
    context: Context,
    parameters: ResponseParameters[Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    response = json_response(
        resource.model_dump(scim_ctx=context, response_parameters=parameters), status=status
    )
    if resource.meta and resource.meta.version:
        response["ETag"] = resource.meta.version
    if status == 201 and resource.meta and resource.meta.location:
        response["Location"] = resource.meta.location
    return response


def error_response(error: Error) -> HttpResponse:
    response = json_response(error.model_dump(), status=error.status or 400)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    if error.status == 429:
        response["Retry-After"] = "60"
    return response


def json_response(content: Any, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(json.dumps(content), content_type=MEDIA_TYPE, status=status)
    response["Cache-Control"] = "no-store"
    return response
