"""Other spellings of an address, of its method and its parameters lead nowhere that the plain one does not."""

import pytest

from tests.matrix.asking import address, ask, outcome, said
from tests.matrix.scene import HIDDEN, written
from tests.matrix.table import Row, read_table

READ = [
    row
    for name in ("pages", "admin")
    for found in read_table(name).rows
    for row in found.each()
    if row.methods == "GET" and "{" not in row.sent
]
SPELLINGS = [
    "/{0}",
    "/.{0}",
    "/%2e{0}",
    "/chat/..{0}",
    "/static/..{0}",
    "/static/%2e%2e{0}",
    "/accounts/login/..;{0}",
    "{0}/",
    "{0};a=b",
    "{0}%20",
    "{0}%00",
    "{0}.json",
    "{0}?format=json",
    "{0}#",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_an_address_shows_a_stranger_anything(scene, spelling: str) -> None:
    for row in READ[:: 1 if len(READ) < 60 else len(READ) // 60]:
        for who in ("nobody", "outsider"):
            answer = scene.browser(who).get(spelling.format(address(row, scene)))
            text = said(answer)
            assert not [word for word in HIDDEN if word in text], (row, who)


@pytest.mark.parametrize("upper", [True, False])
def test_other_letters_are_another_address(scene, upper: bool) -> None:
    path = "/ADMIN/tenants/group/" if upper else "/admin/tenants/Group/"
    assert scene.browser("admin").get(path).status_code in (404, 302)
    assert scene.browser("member").get(path).status_code in (404, 302)


OVERRIDES = [
    {"headers": {"X-HTTP-Method-Override": "DELETE"}},
    {"headers": {"X-HTTP-Method": "PUT"}},
    {"headers": {"X-Method-Override": "PATCH"}},
    {"query_params": {"_method": "DELETE"}},
]


@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize("name", ["conversation-show", "document-file", "admin:tenants_group_change"])
def test_the_method_is_that_of_the_request(scene, name: str, override: dict) -> None:
    where = address(Row(name, "GET", {}), scene)
    with written() as tables:
        answer = scene.browser("member").get(where, **override)
    assert outcome(answer) == outcome(ask(Row(name, "GET", {}), "member", scene))
    assert not tables


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "QUERY"])
@pytest.mark.parametrize(
    "path", ["/admin/", "/accounts/login/", "/chat/", "/documents/", "/api/conversations/", "/healthz"]
)
def test_strange_methods_are_refused(scene, method: str, path: str) -> None:
    assert scene.browser("admin").generic(method, path).status_code == 405


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "path", ["/documents/api/", "/documents/api/summary", "/documents/api/choices", "/documents/"]
)
def test_a_parameter_that_comes_twice_opens_no_foreign_collection(scene, path: str, order: int) -> None:
    both = ["00000000-0000-0000-0000-000000000000", str(scene.ids["collection"])][::order]
    query = "&".join(f"collection={each}" for each in both)
    text = said(scene.browser("outsider").get(f"{path}?{query}"))
    assert not [word for word in HIDDEN if word in text]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "/%09/evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]
WORDS = ("next", "redirect_to", "return_to", "url", "continue", "_popup", "rd")


def test_nothing_leads_out_of_the_installation(scene) -> None:
    """At every address that answers with a way to go on, by every name that such a parameter has anywhere."""
    for name in ("pages", "accounts", "admin"):
        for row in read_table(name).rows:
            if not {"302", "login"} & set(row.outcomes.values()) or row.sent:
                continue
            for who in ("nobody", "admin"):
                query = "&".join(f"{word}=https://evil.example/" for word in WORDS)
                answer = scene.browser(who).get(f"{address(row, scene)}?{query}")
                assert not leads_out(answer), (row, who)


def leads_out(answer) -> bool:
    return answer.get("Location", "/").partition("?")[0].lstrip("/\\").startswith(("http", "evil", "java"))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize(
    "door", ["/accounts/login/", "/accounts/logout/", "/accounts/reauthenticate/", "/admin/login/"]
)
def test_signing_in_and_out_leads_nowhere_else(scene, door: str, elsewhere: str) -> None:
    bob = scene.cast["member"]
    bob.set_password("correct horse battery")
    bob.save()
    form = {"login": bob.email, "password": "correct horse battery", "next": elsewhere}
    for who in ("nobody", "member"):
        answer = scene.browser(who).post(door, form)
        assert not leads_out(answer)
        assert not leads_out(scene.browser(who).get(door, {"next": elsewhere}))


@pytest.mark.parametrize(
    "header", ["Host", "X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"]
)
def test_no_header_names_the_place_that_a_letter_leads_to(scene, settings, mailoutbox, header: str) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    email = scene.cast["member"].email
    scene.cast["member"].set_password("correct horse battery")
    scene.cast["member"].save()
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = scene.browser("nobody").post(
        "/accounts/password/reset/", {"email": email}, headers={header: value}
    )
    assert answer.status_code == (400 if header == "Host" else 302)
    assert "evil.example" not in "".join(letter.body for letter in mailoutbox)
    assert header == "Host" or len(mailoutbox) == 1
