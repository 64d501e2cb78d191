"""New keys for an installation that goes on running: SECRET_KEY, and ENCRYPTION_KEY of models' keys."""

import pytest
from django.core.management import CommandError, call_command

from assistant.models import ModelEndpoint
from ingestion.sources.models import Source
from tenants.crypto import Undecryptable, current_keys, decrypt, encrypt
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider

pytestmark = pytest.mark.django_db


def endpoint_of(tenant, key: str) -> ModelEndpoint:
    with tenant_scope(tenant.id):
        endpoint = ModelEndpoint(name=f"Model of {tenant.name}", url="http://localhost/v1", model="m")
        endpoint.key = key
        endpoint.save()
        return endpoint


def key_of(endpoint: ModelEndpoint) -> str:
    with tenant_scope(endpoint.tenant_id):
        return ModelEndpoint.objects.get(pk=endpoint.pk).key


def new_key(settings) -> None:
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "a new key"


def test_keys_of_every_organisation_are_readable_under_the_new_key_alone(acme, globex, settings, capsys):
    endpoints = {endpoint_of(acme, "sk-acme"): "sk-acme", endpoint_of(globex, "sk-globex"): "sk-globex"}
    new_key(settings)
    assert {endpoint: key_of(endpoint) for endpoint in endpoints} == endpoints  # nobody notices meanwhile
    call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert {endpoint: key_of(endpoint) for endpoint in endpoints} == endpoints
    assert "2 secrets" in capsys.readouterr().out


def test_without_rotation_the_old_key_is_needed(acme, settings):
    token = encrypt("sk-acme")
    new_key(settings)
    assert decrypt(token) == "sk-acme"
    settings.ENCRYPTION_KEY_FALLBACKS = []
    with pytest.raises(Undecryptable):
        decrypt(token)


def test_backup_in_mid_rotation_holds_every_key_that_is_needed(settings):
    token = encrypt("sk-acme")
    new_key(settings)
    keys = current_keys()
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = "of another installation", []
    assert decrypt(token, keys=keys) == "sk-acme"


def test_what_is_stored_from_now_on_needs_the_new_key_only(settings):
    new_key(settings)
    token = encrypt("sk-acme")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert decrypt(token) == "sk-acme"


def test_unreadable_key_is_named_and_the_others_are_rotated(acme, globex, settings):
    lost = endpoint_of(acme, "sk-acme")
    settings.ENCRYPTION_KEY = "another key"
    kept = endpoint_of(globex, "sk-globex")
    new_key(settings)
    with pytest.raises(CommandError, match=str(lost.pk)):
        call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert key_of(kept) == "sk-globex"


def test_second_run_changes_nothing_that_people_see(acme, settings):
    endpoint = endpoint_of(acme, "sk-acme")
    new_key(settings)
    for _ in range(2):
        call_command("rotate_encryption_key")
    assert key_of(endpoint) == "sk-acme"


def test_rotated_secret_key_signs_nobody_out_who_comes_before_the_old_one_is_forgotten(
    browser_of, alice, bob, settings
):
    """A visit renews the session under the new key."""
    comes, stays_away = browser_of(alice), browser_of(bob)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret key"
    assert comes.get("/chat/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert comes.get("/chat/").status_code == 200
    assert stays_away.get("/chat/").status_code == 302


def test_secrets_of_sources_are_rotated_too(acme, handbook, settings):
    with tenant_scope(acme.id):
        source = Source(name="Share", kind="s3", collection=handbook)
        source.secret = "bucket-secret"
        source.save()
    new_key(settings)
    call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    with tenant_scope(acme.id):
        assert Source.objects.get().secret == "bucket-secret"


def test_secrets_of_identity_providers_are_rotated_too(acme, settings):
    with tenant_scope(acme.id):
        provider = IdentityProvider(name="ID", issuer="https://id.example", client_id="acme")
        provider.secret = "client-secret"
        provider.save()
    new_key(settings)
    call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    with tenant_scope(acme.id):
        assert IdentityProvider.objects.get().secret == "client-secret"
