"""Where one is signed in, and the end of it."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.actions import add_member
from tenants.entrance.sessions import device_words, sessions_of
from tests.conftest import PASSWORD
from tests.entrance.conftest import LOGIN, SAFARI, age, closing_code, row_of, try_to_sign_in

PAGE = "/accounts/sessions/"


def test_page_names_device_address_and_use_of_each_session(bob, sign_in):
    here, phone = sign_in(bob), sign_in(bob, agent=SAFARI, ip="203.0.113.9")
    page = here.get(PAGE).content.decode()
    assert "Firefox on Windows" in page and "198.51.100.7" in page
    assert "Safari on iOS" in page and "203.0.113.9" in page
    assert page.index("This one") < page.index("Safari on iOS")
    for key in (here.session.session_key, phone.session.session_key):
        assert key not in page


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", "An unknown device"),
        ("curl/8.5", "curl"),
        ("<script>alert(1)</script>", "An unknown device"),
    ],
)
def test_odd_browsers_have_a_name_too(agent, words):
    assert device_words(agent) == words


def test_one_session_is_ended_and_its_cookie_opens_nothing_any_more(bob, acme, sign_in, audited):
    here, phone = sign_in(bob), sign_in(bob, agent=SAFARI)
    assert phone.get("/chat/").status_code == HTTPStatus.OK
    here.post(PAGE, {"end": row_of(phone).pk})
    assert phone.get("/chat/").status_code == HTTPStatus.FOUND
    assert phone.get("/api/conversations/").status_code == HTTPStatus.UNAUTHORIZED
    assert here.get("/chat/").status_code == HTTPStatus.OK
    assert "session.ended" in audited(acme)


def test_all_others_are_ended_and_this_one_stays(bob, sign_in):
    here, *others = sign_in(bob), sign_in(bob), sign_in(bob)
    here.post(PAGE, {"end": "others"})
    assert [client.get("/chat/").status_code for client in (here, *others)] == [200, 302, 302]


def test_ending_this_one_signs_out(bob, sign_in):
    here = sign_in(bob)
    assert here.post(PAGE, {"end": row_of(here).pk}).url == LOGIN
    assert here.get("/chat/").status_code == HTTPStatus.FOUND
    assert not UserSession.objects.exists()


def test_sessions_of_others_can_be_neither_seen_nor_ended(bob, alice, carol, sign_in):
    bobs, hers = sign_in(bob, ip="203.0.113.9"), sign_in(carol)
    assert "203.0.113.9" not in hers.get(PAGE).content.decode()
    for client in (hers, sign_in(alice)):
        assert client.post(PAGE, {"end": row_of(bobs).pk}).status_code == HTTPStatus.NOT_FOUND
    assert bobs.get("/chat/").status_code == HTTPStatus.OK


def test_stranger_is_sent_to_the_sign_in_page(client, db):
    assert client.get(PAGE).url.startswith(LOGIN)
    assert client.post(PAGE, {"end": "others"}).url.startswith(LOGIN)


def test_a_page_of_another_site_ends_nothing(bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(PAGE, {"end": "others"}).status_code == HTTPStatus.FORBIDDEN


def test_signing_in_changes_the_session_key(bob):
    """Whoever planted a cookie in somebody's browser is not signed in with them."""
    browser = Client()
    browser.get(LOGIN)
    browser.session.save()
    session = browser.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = planted
    try_to_sign_in(browser, bob.email)
    assert browser.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/chat/").status_code == HTTPStatus.FOUND


def test_use_is_noted_at_most_every_few_minutes(bob, sign_in, django_assert_num_queries):
    client = sign_in(bob)
    first = row_of(client).last_seen_at
    client.get("/chat/")
    assert row_of(client).last_seen_at == first
    age(client, used=timedelta(minutes=5))
    client.get("/chat/")
    assert row_of(client).last_seen_at >= first


def test_a_session_that_is_older_than_the_list_joins_it(bob, browser_of):
    client = browser_of(bob)
    assert not UserSession.objects.exists()
    client.get("/chat/")
    assert [row.session_key for row in sessions_of(bob.pk)] == [client.session.session_key]


def test_expired_sessions_are_not_shown(bob, sign_in):
    client = sign_in(bob)
    session = client.session
    session.set_expiry(timezone.now() - timedelta(seconds=1))
    session.save()
    assert sessions_of(bob.pk) == []


async def test_an_open_socket_is_closed_when_its_session_ends(bob, installation, tab, sign_in) -> None:
    here = await sync_to_async(sign_in)(bob)
    phone = await sync_to_async(sign_in)(bob, agent=SAFARI)
    async with tab(bob, client=phone) as theirs, tab(bob, client=here) as mine:
        await theirs.send(type="ping")
        await theirs.frame()
        await sync_to_async(here.post)(PAGE, {"end": "others"})
        assert await closing_code(theirs) == 4401
        await mine.send(type="ping")
        assert (await mine.frame())["type"] == "pong"


async def test_an_ended_session_opens_no_new_socket(bob, installation, tab, sign_in) -> None:
    here = await sync_to_async(sign_in)(bob)
    phone = await sync_to_async(sign_in)(bob)
    await sync_to_async(here.post)(PAGE, {"end": "others"})
    async with tab(bob, client=phone) as t:
        assert await closing_code(t) == 4401


async def test_a_new_password_closes_sockets_that_the_old_one_opened(
    bob, alice, acme, installation, tab, sign_in, browser_of, membership_of
) -> None:
    bobs = await sync_to_async(sign_in)(bob)
    alices = await sync_to_async(browser_of)(alice)
    member = await sync_to_async(membership_of)(bob, acme)
    async with tab(bob, client=bobs) as t:
        await t.send(type="ping")
        await t.frame()
        await sync_to_async(alices.post)(reverse("admin:tenants_membership_password", args=[member.pk]))
        assert await closing_code(t) == 4401


def sign_out_url(member) -> str:
    return reverse("admin:tenants_membership_sign_out", args=[member.pk])


def test_admin_signs_a_member_out_everywhere(alice, bob, acme, sign_in, browser_of, membership_of, audited):
    clients, member = [sign_in(bob), sign_in(bob, agent=SAFARI)], membership_of(bob, acme)
    alices = browser_of(alice)
    page = alices.get(reverse("admin:tenants_membership_change", args=[member.pk])).content.decode()
    assert "Safari on iOS" in page
    alices.post(sign_out_url(member))
    assert [client.get("/chat/").status_code for client in clients] == [302, 302]
    assert "member.signed_out" in audited(acme)


def test_signing_out_everywhere_ends_sessions_that_are_in_no_list(
    alice, bob, acme, browser_of, membership_of
):
    """As those from before there was one."""
    bobs = browser_of(bob)
    assert not UserSession.objects.filter(user=bob).exists()
    browser_of(alice).post(sign_out_url(membership_of(bob, acme)))
    assert bobs.get("/chat/").status_code == HTTPStatus.FOUND
    bob.refresh_from_db()
    assert browser_of(bob).get("/chat/").status_code == HTTPStatus.OK


@pytest.mark.parametrize(("who", "status"), [("carol", 404), ("manager", 403), ("bob", 302)])
def test_nobody_else_signs_a_member_out(who, status, bob, acme, sign_in, membership_of, request, browser_of):
    person, member = request.getfixturevalue(who), membership_of(bob, acme)
    bobs = sign_in(bob)
    response = browser_of(person).post(sign_out_url(member))
    assert response.status_code in (status, HTTPStatus.NOT_FOUND)
    assert bobs.get("/chat/").status_code == HTTPStatus.OK


def test_signing_out_by_a_link_or_another_site_does_nothing(
    alice, bob, acme, sign_in, browser_of, membership_of
):
    bobs, member = sign_in(bob), membership_of(bob, acme)
    assert browser_of(alice).get(sign_out_url(member)).status_code == HTTPStatus.NOT_FOUND
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(sign_out_url(member)).status_code == HTTPStatus.FORBIDDEN
    assert bobs.get("/chat/").status_code == HTTPStatus.OK


def test_a_switched_off_account_has_no_session_left(alice, bob, acme, sign_in, browser_of, membership_of):
    sign_in(bob)
    url = reverse("admin:tenants_membership_change", args=[membership_of(bob, acme).pk])
    browser_of(alice).post(url, {"name": bob.name, "role": "member"})
    assert sessions_of(bob.pk) == []


def test_each_organisation_hears_of_an_ended_session(bob, acme, globex, sign_in, audited):
    add_member(globex, email=bob.email, name=bob.name, role="member", password=PASSWORD)
    here, _ = sign_in(bob), sign_in(bob)
    here.post(PAGE, {"end": "others"})
    assert "session.ended" in audited(acme) and "session.ended" in audited(globex)


def test_addresses_of_a_shared_account_are_not_told(
    alice, bob, acme, globex, sign_in, browser_of, membership_of
):
    add_member(globex, email=bob.email, name=bob.name, role="member", password=PASSWORD)
    sign_in(bob, ip="203.0.113.9")
    url = reverse("admin:tenants_membership_change", args=[membership_of(bob, acme).pk])
    page = browser_of(alice).get(url).content.decode()
    assert "203.0.113.9" not in page and "1 session." in page
