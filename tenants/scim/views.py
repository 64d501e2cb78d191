"""The addresses of SCIM."""

from typing import Any

from django.http import HttpResponse
from scim2_models import (
    Context,
    Meta,
    NotFoundException,
    ResourceType,
    Schema,
    SearchRequest,
)

from tenants.scim import groups as group_work
from tenants.scim import people as people_work
from tenants.scim.filters import mentions
from tenants.scim.group_patch import patch_group
from tenants.scim.groups import group, groups, groups_of_rows
from tenants.scim.listing import page_of
from tenants.scim.people import people, person, users_of
from tenants.scim.protocol import (
    ScimRequest,
    body_of,
    check_tags,
    json_response,
    parameters_of,
    patch_of,
    resource_response,
    scim,
    tagged,
)
from tenants.scim.resources import CONFIG, LISTS, RESOURCE_TYPES, SCHEMAS, SEARCHES, Group, User
from tenants.scim.urls import base_of

READ = Context.RESOURCE_QUERY_RESPONSE


def search_of(request: ScimRequest, model: Any) -> SearchRequest[Any]:
    names = ("filter", "startIndex", "count", "attributes", "excludedAttributes")
    given = {name: request.GET[name] for name in names if request.GET.get(name)}
    search: SearchRequest[Any] = SEARCHES[model].model_validate(given)
    return search


def list_response(model: Any, search: Any, total: int, resources: list[Any]) -> HttpResponse:
    for resource in resources:
        if resource.meta:
            tagged(resource)
    content = LISTS[model](
        total_results=total,
        start_index=(search.start_index if search else None) or 1,
        items_per_page=len(resources),
        resources=resources,
    )
    return json_response(content.model_dump(scim_ctx=READ, response_parameters=search))


# --- Users -----------------------------------------------------------------------------------------------------


@scim("GET", "POST")
def users(request: ScimRequest) -> HttpResponse:
    if request.method == "POST":
        wanted = User.model_validate(body_of(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        row = people_work.create_person(wanted, request.token)
        return shown_user(request, row, Context.RESOURCE_CREATION_RESPONSE, status=201)
    return found_users(request, search_of(request, User))


@scim("POST")
def search_users(request: ScimRequest) -> HttpResponse:
    return found_users(
        request, SEARCHES[User].model_validate(body_of(request), scim_ctx=Context.SEARCH_REQUEST)
    )


def found_users(request: ScimRequest, search: Any) -> HttpResponse:
    base = base_of(request)
    with_groups = mentions(search.filter, "groups")
    total, rows = page_of(
        people(),
        search,
        people_work.COLUMNS,
        lambda some: list(users_of(some, base=base, with_groups=with_groups)),
    )
    return list_response(User, search, total, users_of(rows, base=base))


@scim("GET", "PUT", "PATCH", "DELETE")
def user(request: ScimRequest, key: str) -> HttpResponse:
    row = person(key, lock=request.method != "GET")
    [current] = users_of([row], base=base_of(request))
    check_tags(request, tagged(current))
    if request.method == "DELETE":
        people_work.delete_person(row, request.token)
        return HttpResponse(status=204)
    if request.method == "GET":
        return resource_response(current, READ, parameters_of(request, User))
    if request.method == "PUT":
        wanted = User.model_validate(body_of(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    else:
        patch = patch_of(request, User)
        wanted = current.model_copy(deep=True)
        patch.patch(wanted)
    people_work.change_person(row, wanted, request.token)
    return shown_user(request, person(key), READ)


def shown_user(request: ScimRequest, row: Any, context: Context, *, status: int = 200) -> HttpResponse:
    [resource] = users_of([row], base=base_of(request))
    tagged(resource)
    return resource_response(resource, context, parameters_of(request, User), status=status)


# --- Groups ----------------------------------------------------------------------------------------------------


@scim("GET", "POST")
def group_list(request: ScimRequest) -> HttpResponse:
    if request.method == "POST":
        wanted = Group.model_validate(body_of(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        row = group_work.create_group(wanted, request.token)
        return shown_group(request, row, Context.RESOURCE_CREATION_RESPONSE, status=201)
    return found_groups(request, search_of(request, Group))


@scim("POST")
def search_groups(request: ScimRequest) -> HttpResponse:
    return found_groups(
        request, SEARCHES[Group].model_validate(body_of(request), scim_ctx=Context.SEARCH_REQUEST)
    )


def found_groups(request: ScimRequest, search: Any) -> HttpResponse:
    base = base_of(request)
    filtered = mentions(search.filter, "members")
    total, rows = page_of(
        groups(),
        search,
        group_work.COLUMNS,
        lambda some: list(groups_of_rows(some, base=base, with_members=filtered)),
    )
    return list_response(
        Group, search, total, groups_of_rows(rows, base=base, with_members=wants_members(search))
    )


@scim("GET", "PUT", "PATCH", "DELETE")
def one_group(request: ScimRequest, key: str) -> HttpResponse:
    row = group(key, lock=request.method != "GET")
    check_tags(request, group_work.version_of(row))
    if request.method == "GET":
        return shown_group(request, row, READ)
    if request.method == "DELETE":
        group_work.delete_group(row, request.token)
        return HttpResponse(status=204)
    if request.method == "PUT":
        wanted = Group.model_validate(body_of(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        added, removed = group_work.set_members(row, group_work.ids_of(wanted.members))
        group_work.change_group(row, wanted, request.token, added=added, removed=removed)
        return shown_group(request, group(key), READ)
    patch_group(row, patch_of(request, Group), request.token)
    changed = group(key)
    if request.GET.get("attributes") or request.GET.get("excludedAttributes"):
        return shown_group(request, changed, READ)
    # Without a body: a group of ten thousand would be sent whole for one member added.
    response = HttpResponse(status=204)
    response["ETag"] = group_work.version_of(changed)
    return response


def wants_members(parameters: Any) -> bool:
    """Whether an answer shows members; they are not read for one that does not."""
    if parameters.attributes:
        return any(
            str(path).lower().rpartition(":")[2].startswith("members") for path in parameters.attributes
        )
    return not any(
        str(path).lower().rpartition(":")[2] == "members" for path in parameters.excluded_attributes or ()
    )


def shown_group(request: ScimRequest, row: Any, context: Context, *, status: int = 200) -> HttpResponse:
    parameters = parameters_of(request, Group)
    [resource] = groups_of_rows([row], base=base_of(request), with_members=wants_members(parameters))
    return resource_response(resource, context, parameters, status=status)


# --- What this service is --------------------------------------------------------------------------------------


@scim("GET")
def config(request: ScimRequest) -> HttpResponse:
    return resource_response(located(request, CONFIG, "ServiceProviderConfig"), READ)


@scim("GET")
def resource_types(request: ScimRequest) -> HttpResponse:
    shown = [located(request, row, f"ResourceTypes/{row.id}") for row in RESOURCE_TYPES]
    return list_response(ResourceType, None, len(shown), shown)


@scim("GET")
def resource_type(request: ScimRequest, key: str) -> HttpResponse:
    return resource_response(located(request, one_of(RESOURCE_TYPES, key), f"ResourceTypes/{key}"), READ)


@scim("GET")
def schemas(request: ScimRequest) -> HttpResponse:
    shown = [located(request, row, f"Schemas/{row.id}") for row in SCHEMAS]
    return list_response(Schema, None, len(shown), shown)


@scim("GET")
def schema(request: ScimRequest, key: str) -> HttpResponse:
    return resource_response(located(request, one_of(SCHEMAS, key), f"Schemas/{key}"), READ)


@scim("GET", "POST", "PUT", "PATCH", "DELETE")
def unknown(request: ScimRequest, rest: str) -> HttpResponse:
    raise NotFoundException(detail="There is nothing at this address. ResourceTypes lists what there is.")


def one_of(rows: list[Any], key: str) -> Any:
    for row in rows:
        if str(row.id) == key:
            return row
    raise NotFoundException(detail="There is nothing with this id.")


def located(request: ScimRequest, resource: Any, path: str) -> Any:
    kind = type(resource).__name__
    copy = resource.model_copy()
    copy.meta = Meta(resource_type=kind, location=f"{base_of(request)}/{path}")
    return copy
