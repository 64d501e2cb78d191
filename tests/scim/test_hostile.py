"""Whatever is sent is answered in SCIM's shape: never with a crash, and never with more rights."""

import json
from http import HTTPStatus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.models import User
from tests.scim.conftest import GROUP, PATCH, USER, Provider

KNOWN = {
    "invalidSyntax",
    "invalidFilter",
    "invalidPath",
    "invalidValue",
    "noTarget",
    "mutability",
    "uniqueness",
    "tooMany",
}

names = st.sampled_from(
    ["userName", "active", "emails", "emails.value", "name", "name.givenName", "externalId", "displayName", "members",
     "members.value", "id", "meta.created", "groups", "schemas", "password", "is_superuser", f"{USER}:userName", "$ref"]
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\x00")
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
operators = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"])
comparisons = st.builds(
    lambda name, op, value: f"{name} {op} {json.dumps(value)}", names, operators, scalars
) | st.builds(lambda name: f"{name} pr", names)
filters = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a}) and {b}", inner, inner),
        st.builds(lambda a, b: f"{a} or ({b})", inner, inner),
        st.builds(lambda a: f"not ({a})", inner),
        st.builds(lambda name, a: f"{name}[{a}]", names, inner),
    ),
    max_leaves=6,
)
paths = st.one_of(
    names, st.builds(lambda name, wanted: f"{name}[{wanted}]", names, comparisons), st.text(max_size=12),
    st.builds(lambda name, wanted: f"{name}[{wanted}].value", names, comparisons),
)  # fmt: skip
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "Add", "move"])},
    optional={"path": paths | scalars, "value": values},
)
bodies = values | st.fixed_dictionaries(
    {"schemas": st.just([USER])},
    optional={"userName": values, "emails": values, "name": values, "active": values},
)

often = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def check(answer) -> None:
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        error = answer.json()
        assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert error["status"] == str(answer.status_code)
        assert error["detail"]
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            assert error["scimType"] in KNOWN
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.fixture
def targets(provider) -> tuple[Provider, str, str]:
    user = provider.user("dan", displayName="Dan")
    return provider, f"Users/{user['id']}", f"Groups/{provider.group('Engineering', user['id'])['id']}"


@given(wanted=filters | st.text(max_size=40), kind=st.sampled_from(["Users", "Groups"]))
@often
def test_any_filter(targets, wanted, kind) -> None:
    provider = targets[0]
    headers = {"Authorization": f"Bearer {provider.token}"}
    query = {"filter": wanted.encode("utf-8", "replace")}
    check(provider.client.get(f"/scim/v2/{kind}", query, headers=headers))


@given(some=st.lists(operations, max_size=3))
@often
def test_any_patch(targets, some) -> None:
    provider, *paths = targets
    for path in paths:
        check(provider.send("PATCH", path, {"schemas": [PATCH], "Operations": some}))


@given(body=bodies)
@often
def test_any_body(targets, body) -> None:
    provider, user, group = targets
    check(provider.post("Users", body))
    check(provider.put(user, body))
    check(
        provider.put(
            group, body | {"schemas": [GROUP], "displayName": "X"} if isinstance(body, dict) else body
        )
    )


@given(
    key=st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=40)
)
@often
def test_any_address(provider, key) -> None:
    from urllib.parse import quote

    for kind in ("Users", "Groups", "Schemas", "ResourceTypes"):
        check(provider.get(f"{kind}/{quote(key)}"))
        check(provider.get(quote(key)))


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"{", "application/json", "invalidSyntax"),
        (b"[" * 100_000, "application/json", "invalidSyntax"),
        (b"[]", "application/json", "invalidSyntax"),
        (b"{}", "text/plain", "invalidSyntax"),
        (b"\xff", "application/scim+json", "invalidSyntax"),
        (b'{"userName": "\\ud800@acme.example"}', "application/json", "invalidSyntax"),
        (b'{"userName": "a\\u0000@acme.example"}', "application/json", "invalidValue"),
        (b'{"userName": 5}', "application/json", "invalidValue"),
        (b'{"userName": NaN}', "application/json", "invalidSyntax"),
        (b"{}", "application/json", "invalidValue"),
    ],
)
def test_a_malformed_body_is_said_to_be_one(provider, body, kind, expected) -> None:
    answer = provider.client.generic(
        "POST",
        "/scim/v2/Users",
        body,
        content_type=kind,
        headers={"Authorization": f"Bearer {provider.token}"},
    )
    assert (answer.status_code, answer.json()["scimType"]) == (HTTPStatus.BAD_REQUEST, expected)
    assert "errors.pydantic.dev" not in answer.content.decode()


@pytest.mark.parametrize("letter", ["\\u0000", "\\ud800"])
def test_characters_that_no_database_keeps_are_refused_in_a_path_too(targets, letter) -> None:
    provider, user, _ = targets
    path = f'emails[type eq "{letter}"].value'
    answer = provider.patch(user, {"op": "replace", "path": path, "value": "x@acme.example"})
    assert (answer.status_code, answer.json()["scimType"]) == (HTTPStatus.BAD_REQUEST, "invalidValue")


def test_a_body_that_is_too_large_is_refused(provider, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    answer = provider.post("Users", b'{"userName": "' + b"x" * 1024 * 1024 + b'"}')
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "1 MB" in answer.json()["detail"]


def test_a_method_that_is_not_known_is_refused(provider) -> None:
    for path in ("Users", "ServiceProviderConfig", "Schemas"):
        answer = provider.send("DELETE", path)
        assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert "GET" in answer["Allow"]
