"""What is recorded: sign-ins, what changed from what to what, from where, and which passages were shown to whom."""

import hashlib
import logging
from http import HTTPStatus

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from assistant.models import ModelEndpoint
from ingestion.models import Collection
from tenants.actions import add_member
from tenants.audit.origin import short_agent
from tenants.audit.verify import verify
from tenants.models import AuditEvent, Group, Role, User
from tenants.scoping import every_tenant, tenant_scope
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def newest(tenant, action: str) -> AuditEvent:
    with tenant_scope(tenant.id):
        return AuditEvent.objects.filter(action=action).order_by("-sequence")[0]


def recorded(tenant, action: str) -> int:
    with tenant_scope(tenant.id):
        return AuditEvent.objects.filter(action=action).count()


def sign_in(email: str, password: str = PASSWORD, **headers: str) -> Client:
    client = Client(headers={"user-agent": FIREFOX, **headers}, REMOTE_ADDR="203.0.113.9")
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def test_sign_in_and_sign_out_say_from_where(bob, acme) -> None:
    client = sign_in("bob@acme.example")
    event = newest(acme, "sign_in.succeeded")
    assert (event.actor_id, event.object_id) == (bob.pk, bob.pk)
    assert (event.address, event.agent) == ("203.0.113.9", "Firefox 128, Linux")
    key = client.session.session_key
    assert event.session == hashlib.sha256(key.encode()).hexdigest()[:16]
    client.post("/accounts/logout/")
    ended = newest(acme, "sign_in.ended")
    assert (ended.actor_id, ended.session) == (bob.pk, event.session)


def test_a_forwarding_header_that_the_web_server_did_not_take_is_not_believed(bob, acme) -> None:
    sign_in("bob@acme.example", **{"x-forwarded-for": "198.51.100.1"})
    assert newest(acme, "sign_in.succeeded").address == "203.0.113.9"


def test_refused_sign_in_names_the_person_but_no_actor_and_no_password(bob, acme) -> None:
    sign_in("Bob@acme.example", "hunter2secret")
    event = newest(acme, "sign_in.refused")
    assert (event.actor_id, event.object_id) == (None, bob.pk)
    assert event.detail == {"name": "Bob Berg", "reason": "wrong password"}
    assert event.address == "203.0.113.9"


def test_deactivated_person_is_refused_and_that_is_recorded(bob, acme) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    sign_in("bob@acme.example")
    assert recorded(acme, "sign_in.succeeded") == 0
    assert newest(acme, "sign_in.refused").detail["reason"] == "deactivated account"


def test_unknown_address_is_logged_without_it_and_recorded_nowhere(bob, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        sign_in("nobody@nowhere.example")
    assert "a sign-in was refused" in caplog.text
    assert "nowhere" not in caplog.text
    with every_tenant():
        assert not AuditEvent.objects.filter(action="sign_in.refused").exists()


def test_each_organisation_of_the_person_learns_of_a_sign_in_and_no_other(
    bob, globex, acme, carol, db
) -> None:
    sign_in("bob@acme.example")
    assert recorded(globex, "sign_in.succeeded") == 0
    add_member(globex, email="bob@acme.example", name="Bob", role=Role.MEMBER)
    sign_in("bob@acme.example")
    assert (recorded(globex, "sign_in.succeeded"), recorded(acme, "sign_in.succeeded")) == (1, 2)


def test_password_changes_are_recorded(bob, acme) -> None:
    browser = sign_in("bob@acme.example")
    change = {
        "oldpassword": PASSWORD,
        "password1": "battery horse correct",
        "password2": "battery horse correct",
    }
    assert browser.post("/accounts/password/change/", change).status_code == 302
    assert newest(acme, "account.password_changed").actor_id == bob.pk


@pytest.mark.parametrize(
    ("header", "short"),
    [
        (FIREFOX, "Firefox 128, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", "Edge 126, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 (KHTML) Version/17.4 Safari/605", "Safari 17, macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 (KHTML) Version/17.0 Safari/604", "Safari 17, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("\x00evil\n<script>", "evil<script>"),
        ("", ""),
        ("x" * 500, "x" * 80),
    ],
)  # fmt: skip
def test_browsers_are_named_in_short(header, short) -> None:
    assert short_agent(header) == short


# --- Before and after -----------------------------------------------------------------------------------------


def test_role_change_tells_old_and_new(alice, bob, acme, browser_of, membership_of) -> None:
    row = membership_of(bob, acme)
    browser_of(alice).post(
        reverse("admin:tenants_membership_change", args=[row.pk]),
        {"name": "Bob Berg", "role": "manager", "active": "on"},
    )
    event = newest(acme, "member.changed")
    assert (event.actor_id, event.detail["before"], event.detail["after"]) == (
        alice.pk, {"role": "member"}, {"role": "manager"},
    )  # fmt: skip


def test_locking_an_account_tells_so(alice, bob, acme, browser_of, membership_of) -> None:
    row = membership_of(bob, acme)
    browser_of(alice).post(
        reverse("admin:tenants_membership_change", args=[row.pk]), {"name": "Bob Berg", "role": "member"}
    )
    assert newest(acme, "member.changed").detail["after"] == {"active": False}


def test_group_change_tells_who_came_and_who_went(alice, bob, manager, acme, browser_of) -> None:
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Team")
        group.members.add(bob)
    browser_of(alice).post(
        reverse("admin:tenants_group_change", args=[group.pk]), {"name": "Crew", "members": [str(manager.pk)]}
    )
    detail = newest(acme, "group.changed").detail
    assert (detail["before"], detail["after"]) == ({"name": "Team"}, {"name": "Crew"})
    assert detail["added"] == {"members": ["Mia Moss (mia@acme.example)"]}
    assert detail["removed"] == {"members": ["Bob Berg (bob@acme.example)"]}


def test_collection_access_change_tells_old_and_new(alice, bob, acme, handbook, browser_of) -> None:
    browser_of(alice).post(
        reverse("admin:ingestion_collection_change", args=[handbook.pk]),
        {"name": "Handbook", "people": [str(bob.pk)]},
    )
    detail = newest(acme, "collection.changed").detail
    assert (detail["before"], detail["after"]) == ({"everyone": True}, {"everyone": False})
    assert detail["added"] == {"people": ["Bob Berg (bob@acme.example)"]}
    with tenant_scope(acme.id):
        assert not Collection.objects.get().everyone


def test_model_change_tells_old_and_new_and_no_key(alice, acme, browser_of) -> None:
    data = {
        "name": "M", "url": "https://a.example/v1", "model": "m", "context_window": "16000", "max_answer_tokens": "500",
        "input_price": "0", "output_price": "0", "active": "on", "new_key": "sk-verysecret",
    }  # fmt: skip
    client = browser_of(alice)
    client.post(reverse("admin:assistant_modelendpoint_add"), data)
    with tenant_scope(acme.id):
        row = ModelEndpoint.objects.get()
    moved = data | {"url": "https://b.example/v1", "new_key": "sk-othersecret"}
    client.post(reverse("admin:assistant_modelendpoint_change", args=[row.pk]), moved)
    detail = newest(acme, "model.changed").detail
    assert detail["before"] == {"url": "https://a.example/v1"}
    assert detail["after"] == {"url": "https://b.example/v1"}
    assert newest(acme, "model.added").detail["after"]["url"] == "https://a.example/v1"
    with tenant_scope(acme.id):
        assert "secret" not in str(list(AuditEvent.objects.values()))


def test_what_operators_do_to_an_account_its_organisations_learn(
    operator, bob, acme, carol, globex, browser_of
) -> None:
    data = {"email": "bob@acme.example", "name": "Bob Berg", "is_active": "on", "is_superuser": "on"}
    client = browser_of(operator)
    client.post(reverse("admin:tenants_user_change", args=[bob.pk]), data)
    event = newest(acme, "account.changed")
    assert (event.actor_id, event.detail["after"]) == (operator.pk, {"is_superuser": True})
    assert recorded(globex, "account.changed") == 0
    client.post(reverse("admin:tenants_tenant_change", args=[acme.pk]), {"name": "Acme Ltd"})
    assert newest(acme, "organisation.changed").detail["before"] == {"name": "Acme"}


def test_role_given_anew_by_command_tells_both(acme, bob) -> None:
    add_member(acme, email="bob@acme.example", name="Bob", role=Role.MANAGER)
    detail = newest(acme, "member.changed").detail
    assert (detail["before"], detail["after"]) == ({"role": "member"}, {"role": "manager"})


def test_download_of_an_original_is_recorded_and_a_refused_one_is_not(
    bob, carol, acme, handbook, add_document, browser_of
) -> None:
    document = add_document(handbook)
    address = reverse("document-file", args=[document.current_version_id])
    assert browser_of(carol).get(address).status_code == HTTPStatus.NOT_FOUND
    assert recorded(acme, "document.downloaded") == 0
    assert browser_of(bob).get(address).status_code == HTTPStatus.OK
    event = newest(acme, "document.downloaded")
    assert (event.actor_id, event.object_id) == (bob.pk, document.pk)


def test_nobody_is_no_actor(rf, db) -> None:
    from django.contrib.auth import logout
    from django.contrib.sessions.backends.db import SessionStore

    request = rf.get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    logout(request)
    with every_tenant():
        assert not AuditEvent.objects.exists()


def test_the_chains_hold_after_all_that(alice, bob, acme, browser_of) -> None:
    sign_in("bob@acme.example")
    sign_in("bob@acme.example", "wrong")
    assert verify(acme.id).broken == ""
