"""How long one stays signed in: what the organisation says, held to on pages and sockets."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse
from django.utils import timezone

from tenants.actions import add_member
from tenants.entrance.models import SignInPolicy
from tenants.entrance.rules import Rules, in_words, rules_for
from tenants.scoping import tenant_scope
from tests.conftest import PASSWORD
from tests.entrance.conftest import LOGIN, age, closing_code, row_of

IDLE, LONG = {"idle_minutes": 30}, {"absolute_hours": 12}
RULES = "admin:entrance_signinpolicy_changelist"


@pytest.mark.parametrize(
    ("rule", "aged", "words"),
    [
        (IDLE, {"used": timedelta(minutes=31)}, "not used Colloquy for 30 minutes"),
        (LONG, {"signed_in": timedelta(hours=13)}, "signed in for 12 hours"),
    ],
)
def test_person_is_signed_out_told_why_and_comes_back(rule, aged, words, bob, acme, policy, sign_in):
    policy(acme, **rule)
    client = sign_in(bob)
    age(client, **aged)
    page = client.get("/accounts/sessions/?page=1", follow=True)
    assert page.redirect_chain[-1][0] == f"{LOGIN}?next=/accounts/sessions/%3Fpage%3D1"
    assert words in page.content.decode()
    back = client.post(
        page.redirect_chain[-1][0],
        {"login": bob.email, "password": PASSWORD, "next": "/accounts/sessions/?page=1"},
    )
    assert back.url == "/accounts/sessions/?page=1"
    assert client.get(back.url).status_code == HTTPStatus.OK


def test_a_time_out_is_audited_once(bob, acme, policy, sign_in, audited):
    policy(acme, **IDLE)
    client = sign_in(bob)
    age(client, used=timedelta(minutes=31))
    client.get("/chat/")
    client.get("/chat/")
    assert audited(acme).count("session.timed_out") == 1


def test_the_old_cookie_opens_nothing_after_a_time_out(bob, acme, policy, sign_in):
    policy(acme, **IDLE)
    client = sign_in(bob)
    cookie = client.cookies["sessionid"].value
    age(client, used=timedelta(minutes=31))
    assert client.get("/api/conversations/").status_code == HTTPStatus.UNAUTHORIZED
    client.cookies["sessionid"] = cookie
    assert client.get("/api/conversations/").status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("aged", [{"used": timedelta(minutes=29)}, {"signed_in": timedelta(hours=11)}])
def test_whoever_keeps_to_the_rules_stays(aged, bob, acme, policy, sign_in):
    policy(acme, **IDLE, **LONG)
    client = sign_in(bob)
    age(client, **aged)
    assert client.get("/chat/").status_code == HTTPStatus.OK


def test_use_puts_off_the_idle_limit_and_not_the_absolute_one(bob, acme, policy, sign_in):
    policy(acme, **IDLE, **LONG)
    client = sign_in(bob)
    age(client, signed_in=timedelta(hours=11), used=timedelta(minutes=20))
    client.get("/chat/")
    age(client, signed_in=timedelta(hours=12), used=timedelta(minutes=1))
    assert client.get("/chat/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("url", ["/documents/api/progress?ids=", "/admin/ingestion/document/progress/?ids="])
def test_pages_that_ask_by_themselves_are_no_use(url, alice, acme, policy, sign_in):
    policy(acme, **IDLE)
    client = sign_in(alice)
    age(client, used=timedelta(minutes=29))
    before = row_of(client).last_seen_at
    assert client.get(url).status_code == HTTPStatus.OK
    assert row_of(client).last_seen_at == before
    client.get("/documents/")
    assert row_of(client).last_seen_at > before


def test_another_organisations_rule_does_not_count(bob, globex, policy, sign_in):
    policy(globex, **IDLE)
    client = sign_in(bob)
    age(client, used=timedelta(days=3))
    assert client.get("/chat/").status_code == HTTPStatus.OK


def test_a_member_of_two_organisations_is_held_to_the_stricter(bob, acme, globex, policy):
    add_member(globex, email=bob.email, name=bob.name, role="member")
    policy(acme, idle_minutes=30, absolute_hours=24)
    policy(globex, idle_minutes=60, absolute_hours=8, second_factor=True)
    assert rules_for(bob.pk) == Rules(timedelta(minutes=30), timedelta(hours=8), True)


@pytest.mark.parametrize(
    ("rule", "aged"),
    [(IDLE, {"used": timedelta(minutes=31)}), (LONG, {"signed_in": timedelta(hours=13)})],
)
async def test_an_open_socket_is_closed_at_its_next_question(
    rule, aged, bob, acme, policy, installation, tab, sign_in
) -> None:
    await sync_to_async(policy)(acme, **rule)
    client = await sync_to_async(sign_in)(bob)
    async with tab(bob, client=client) as t:
        await t.opened()
        await sync_to_async(age)(client, **aged)
        await t.send(type="ask", client_id="c1", conversation=None, text="Hi")
        assert await closing_code(t) == 4401
    assert installation.chats == []


async def test_asking_on_a_socket_is_use(bob, acme, policy, installation, tab, sign_in) -> None:
    await sync_to_async(policy)(acme, **IDLE)
    client = await sync_to_async(sign_in)(bob)
    async with tab(bob, client=client) as t:
        await sync_to_async(age)(client, used=timedelta(minutes=29))
        await t.ask("Hi")
    assert (await sync_to_async(client.get)("/chat/")).status_code == HTTPStatus.OK
    row = await sync_to_async(row_of)(client)
    assert timezone.now() - row.last_seen_at < timedelta(minutes=5)


def test_admin_sets_the_rules_of_their_organisation(alice, acme, browser_of, audited):
    client = browser_of(alice)
    page = client.get(reverse(RULES)).url
    assert client.get(page).status_code == HTTPStatus.OK
    client.post(page, {"idle_minutes": 30, "absolute_hours": 12})
    with tenant_scope(acme.id):
        row = SignInPolicy.objects.get()
    assert (row.idle_minutes, row.absolute_hours, row.second_factor) == (30, 12, False)
    assert "sign_in_rules.changed" in audited(acme)


def test_too_short_a_time_is_refused(alice, browser_of):
    client = browser_of(alice)
    page = client.post(client.get(reverse(RULES)).url, {"idle_minutes": 1}).content.decode()
    assert "greater than or equal to 10" in page


@pytest.mark.parametrize("who", ["manager", "bob", "carol"])
def test_nobody_else_reads_or_sets_them(who, acme, policy, request, browser_of):
    row = policy(acme, **IDLE)
    client = browser_of(request.getfixturevalue(who))
    url = reverse("admin:entrance_signinpolicy_change", args=[row.pk])
    client.post(url, {"idle_minutes": 600})
    assert "30" not in client.get(url).content.decode() or client.get(url).status_code != HTTPStatus.OK
    with tenant_scope(acme.id):
        assert SignInPolicy.objects.get().idle_minutes == 30


def test_times_are_told_in_words():
    times = [timedelta(minutes=90), timedelta(hours=1), timedelta(days=2), timedelta(minutes=45)]
    assert [in_words(time) for time in times] == ["90 minutes", "1 hour", "2 days", "45 minutes"]
