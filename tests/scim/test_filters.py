"""Filters find what RFC 7644 says, whether the database decides or the library."""

from http import HTTPStatus

import pytest
from scim2_models import ScimFilter

from tenants.scim.filters import narrow
from tenants.scim.people import COLUMNS, people, users_of
from tenants.scim.resources import User
from tenants.scoping import tenant_scope


@pytest.fixture
def three(provider):
    provider.user("ann", displayName="Ann Äpfel", name={"familyName": "Äpfel"}, emails=[
        {"value": "ann@acme.example", "type": "work", "primary": True}, {"value": "a@home.example", "type": "home"},
    ])  # fmt: skip
    provider.user("ben", displayName="Ben_100%", active=False)
    provider.user("cem", externalId="EXT-cem")
    return provider


ANN, BEN, CEM = "ann", "ben", "cem"
FILTERS = {
    'userName eq "ANN@acme.example"': {ANN},
    'UserName Eq "ann@acme.example"': {ANN},
    'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b"': {BEN},
    'userName ne "ann@acme.example"': {BEN, CEM},
    'userName co "m@A"': {CEM},
    'userName ew "example" and not (userName sw "c")': {ANN, BEN},
    'userName gt "b"': {BEN, CEM},
    'userName ge "cem@acme.example"': {CEM},
    'userName lt "b"': {ANN},
    'userName le "ann@acme.example" or userName eq "cem@acme.example"': {ANN, CEM},
    'externalId eq "ext-ann"': {ANN},
    'externalId eq "ext-cem"': set(),
    'externalId eq "EXT-cem"': {CEM},
    'externalId sw "ext"': {ANN, BEN},
    "externalId pr": {ANN, BEN, CEM},
    "active eq true": {ANN, CEM},
    "active eq false": {BEN},
    "active ne true": {BEN},
    'active eq "True" and userName sw "a"': {ANN},
    'emails.value eq "A@home.example"': {ANN},
    'emails eq "a@home.example"': {ANN},
    'emails[type eq "home" and value co "home"]': {ANN},
    'emails[type eq "work" and value co "home"]': set(),
    'emails[value eq "a@home.example"]': {ANN},
    'emails.type eq "home"': {ANN},
    'displayName co "äpf"': {ANN},
    'displayName co "_100%"': {BEN},
    "displayName pr": {ANN, BEN},
    "not (displayName pr)": {CEM},
    'name.familyName eq "ÄPFEL"': {ANN},
    '(userName sw "a" or userName sw "b") and active eq true': {ANN},
    'userName sw "a" or userName sw "b" and active eq true': {ANN},
    'meta.created gt "2001-01-01T00:00:00Z"': {ANN, BEN, CEM},
    'meta.lastModified lt "2001-01-01T00:00:00Z"': set(),
    'meta.resourceType eq "User" and userName sw "c"': {CEM},
    'id eq "nothing"': set(),
    'id ne "nothing"': {ANN, BEN, CEM},
    'groups.display eq "x"': set(),
}


def test_filters_find(three) -> None:
    found = {
        wanted: {user["userName"].split("@")[0] for user in three.find("Users", wanted)} for wanted in FILTERS
    }
    assert found == FILTERS


OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
VALUES = (
    "ann",
    "Ann@acme.example",
    "EXT-cem",
    "ext",
    "a@home.example",
    "example",
    "äpf",
    "_100%",
    "cem",
    "zzz",
)


def test_the_database_finds_what_the_library_finds(three, acme) -> None:
    """For every operator, also denied: exactly, or more, of which the library then takes the right ones."""
    names = ("userName", "externalId", "emails.value", "displayName")
    wanted = [f'{name} {op} "{value}"' for name in names for op in OPERATORS for value in VALUES]
    wanted += [f"{name} pr" for name in (*names, "active", "id", "meta.created", "meta.lastModified")]
    wanted += [
        f'meta.{name} {op} "2020-01-01T00:00:00Z"'
        for name in ("created", "lastModified")
        for op in OPERATORS[5:]
    ]
    with tenant_scope(acme.id):
        rows = list(people())
        resources = users_of(rows, base="")
        for text in [*wanted, *(f"not ({each})" for each in wanted)]:
            bound = ScimFilter[User](text)
            right = {row.pk for row, resource in zip(rows, resources, strict=True) if bound.match(resource)}
            condition = narrow(bound, COLUMNS)
            found = set(people().filter(condition.q).values_list("pk", flat=True))
            assert found == right if condition.exact else found >= right, text


@pytest.mark.parametrize(
    "wanted",
    [
        'userName gt "b"', 'externalId sw "ext"', "externalId pr", 'emails.value co "home"', "displayName pr",
        'meta.lastModified gt "2020-01-01T00:00:00Z"', 'meta.lastModified le "2020-01-01T00:00:00Z" and active eq true',
    ],
)  # fmt: skip
def test_common_filters_are_the_databases_alone(three, acme, wanted) -> None:
    with tenant_scope(acme.id):
        assert narrow(ScimFilter[User](wanted), COLUMNS).exact


def test_pages_of_what_the_library_decides_are_counted_whole(three) -> None:
    page = three.get(
        'Users?filter=name.familyName%20pr%20or%20externalId%20sw%20"ext"&startIndex=2&count=1'
    ).json()
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (2, 1, 2)
    assert page["Resources"][0]["userName"] == "ben@acme.example"


WRONG = [
    "userName", "userName eq", "userName xx 1", "active gt true", 'password eq "x"', "(userName pr", "a" * 3000,
     'userName eq "a" and', "[", '\x00', 'is_superuser eq true', 'user.password pr', "userName eq 5",
    'userName eq "\\u0000"', 'emails.value co "\\ud800"',
]  # fmt: skip


def test_a_malformed_filter_is_said_to_be_one(provider) -> None:
    for wrong in WRONG:
        answer = provider.client.get(
            "/scim/v2/Users", {"filter": wrong}, headers={"Authorization": f"Bearer {provider.token}"}
        )
        assert (answer.status_code, answer.json()["scimType"]) == (HTTPStatus.BAD_REQUEST, "invalidFilter"), (
            wrong
        )


@pytest.mark.parametrize("query", ["startIndex=x", "count=1.5", "startIndex=999999999999999999999"])
def test_a_malformed_page_is_said_to_be_one(provider, query) -> None:
    answer = provider.get(f"Users?{query}")
    assert answer.status_code == (HTTPStatus.OK if query.endswith("9") else HTTPStatus.BAD_REQUEST)
