"""Through a real provider into the organisation: account, membership, role and groups."""

import pytest
from django.test import Client

from tenants.middleware import CHOSEN_TENANT
from tenants.models import AuditEvent, Group, Membership, Role, User
from tenants.scim.models import ScimGroup
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import IdentityProvider, Joining, ProviderGroup
from tests.sso.conftest import begin, query_of, refusals

pytestmark = pytest.mark.django_db


def groups_of(user: User) -> set[str]:
    with every_tenant():
        return set(Group.objects.filter(members=user).values_list("name", flat=True))


def actions(tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(AuditEvent.objects.order_by("created", "pk").values_list("action", flat=True))


def update(provider: IdentityProvider, **fields) -> None:
    with tenant_scope(provider.tenant_id):
        IdentityProvider.objects.filter(pk=provider.pk).update(**fields)


def test_a_new_person_becomes_a_member_with_the_groups_that_the_claim_names(oidc, acme_id, acme, come_back):
    oidc.knows("dana", name="Dana Dale", groups=["Sales", "Oslo"])
    client = Client()
    reply = come_back("dana", client=client)
    assert (reply.status_code, reply.headers["Location"]) == (302, "/chat/")
    dana = User.objects.get(email="dana@acme.example")
    assert (dana.name, dana.has_usable_password()) == ("Dana Dale", False)
    assert groups_of(dana) == {"Sales", "Oslo"}
    assert client.session[CHOSEN_TENANT] == str(acme.id)
    assert client.get("/chat/").status_code == 200
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=dana).role == Role.MEMBER
    assert {"member.added", "sign_in.groups_changed", "sign_in.by_provider"} <= set(actions(acme))


def test_claims_in_the_id_token_do_as_well(oidc, acme_id, come_back):
    oidc.knows("dana", groups=["Sales"])
    oidc.start(claimsInIdToken=True)
    come_back("dana")
    assert groups_of(User.objects.get(email="dana@acme.example")) == {"Sales"}


def test_a_group_that_is_gone_at_the_provider_is_left_and_others_stay(oidc, acme_id, acme, bob, come_back):
    with tenant_scope(acme.id):
        Group.objects.create(name="By hand").members.add(bob)
        Group.objects.create(name="Sales").members.add(bob)
    oidc.knows("bob", groups=["Sales", "Oslo"])
    come_back("bob")
    assert groups_of(bob) == {"By hand", "Sales", "Sales (Acme ID)", "Oslo"}
    oidc.knows("bob", groups=["Oslo"])
    come_back("bob")
    assert groups_of(bob) == {"By hand", "Sales", "Oslo"}
    oidc.knows("bob", groups=None)
    come_back("bob")
    assert groups_of(bob) == {"By hand", "Sales"}


def test_a_group_that_scim_manages_is_left_to_scim(oidc, acme_id, acme, bob, come_back):
    with tenant_scope(acme.id):
        groups = {name: Group.objects.create(name=name) for name in ("Joined", "Left")}
        groups["Left"].members.add(bob)
        for name, group in groups.items():
            ProviderGroup.objects.create(provider=acme_id, value=name, group=group)
            ScimGroup.objects.create(group=group)
    oidc.knows("bob", groups=["Joined", "Sales"])
    come_back("bob")
    assert groups_of(bob) == {"Left", "Sales"}


def test_an_admin_may_lead_a_value_to_a_group_of_their_own(oidc, acme_id, acme, bob, come_back):
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Sales team")
        ProviderGroup.objects.create(provider=acme_id, value="0f-12", group=group)
    oidc.knows("bob", groups=["0f-12"])
    come_back("bob")
    assert groups_of(bob) == {"Sales team"}


def test_an_existing_member_keeps_account_and_role(oidc, acme_id, acme, alice, come_back, membership_of):
    oidc.knows("alice")
    client = Client()
    come_back("alice", client=client)
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert membership_of(alice, acme).role == Role.ADMIN


def test_the_role_follows_the_claim_but_the_last_admin_stays(
    oidc, acme_id, acme, alice, bob, come_back, membership_of
):
    update(acme_id, admin_values="bosses", manager_values="librarians\nwriters", role_claim="roles")
    oidc.knows("bob", roles=["writers"])
    come_back("bob")
    assert membership_of(bob, acme).role == Role.MANAGER
    oidc.knows("bob", roles=["bosses", "writers"])
    come_back("bob")
    assert membership_of(bob, acme).role == Role.ADMIN
    oidc.knows("alice", roles=[])
    come_back("alice")
    assert membership_of(alice, acme).role == Role.MEMBER
    oidc.knows("bob", roles=[])
    come_back("bob")
    assert membership_of(bob, acme).role == Role.ADMIN
    assert "sign_in.last_admin_kept" in actions(acme)


def test_only_the_invited_come_in_where_that_is_wished(oidc, acme_id, acme, bob, come_back):
    update(acme_id, joining=Joining.INVITED)
    oidc.knows("dana")
    reply = come_back("dana")
    assert "not a member" in reply.content.decode()
    assert not User.objects.filter(email="dana@acme.example").exists()
    assert refusals(acme) == ["not_invited"]
    oidc.knows("bob")
    assert come_back("bob").status_code == 302


def test_a_switched_off_account_stays_out(oidc, acme_id, acme, bob, come_back):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    oidc.knows("bob")
    assert "switched off" in come_back("bob").content.decode()
    assert refusals(acme) == ["account_inactive"]


def test_another_person_with_a_used_address_does_not_get_the_account(oidc, acme_id, acme, bob, come_back):
    oidc.knows("bob")
    come_back("bob")
    oidc.knows("bob2", email="bob@acme.example")
    assert come_back("bob2").status_code == 403
    assert refusals(acme) == ["address_taken"]


def test_who_was_removed_is_unlinked(oidc, acme_id, acme, alice, bob, come_back, membership_of):
    from allauth.socialaccount.models import SocialAccount

    oidc.knows("bob")
    come_back("bob")
    assert SocialAccount.objects.filter(user=bob).count() == 1
    with tenant_scope(acme.id):
        membership_of(bob, acme).delete()
    assert not SocialAccount.objects.exists()


def test_the_provider_is_asked_with_pkce_state_nonce_and_the_address(oidc, acme_id, come_back):
    oidc.knows("dana")
    come_back("dana")
    asked = oidc.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 16 and len(asked["nonce"]) == 43
    assert asked["login_hint"] == "dana@acme.example"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}


def test_nothing_in_the_browsers_request_reaches_the_provider(oidc, acme_id):
    address = begin(
        Client(), "dana@acme.example", auth_params="prompt=none", scope="admin", process="connect"
    )
    assert query_of(address).keys() == {
        "client_id", "redirect_uri", "scope", "response_type", "state", "code_challenge", "code_challenge_method",
        "nonce", "login_hint",
    }  # fmt: skip
    assert "admin" not in query_of(address)["scope"]


def test_no_claim_is_kept(oidc, acme_id, come_back):
    from allauth.socialaccount.models import SocialAccount, SocialToken

    oidc.knows("dana", groups=["Sales"])
    come_back("dana")
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()
