"""Language models in the admin: a key goes in and never comes out."""

from http import HTTPStatus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.urls import reverse

from assistant.models import ModelEndpoint
from benchmarks.upstream.script import Script
from benchmarks.upstream.thread import serving
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

ADD = "admin:assistant_modelendpoint_add"
KEY = "sk-very-secret-0123456789"


@pytest.fixture
def alices(alice, browser_of):
    return browser_of(alice)


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def fields(**changed):
    return {
        "name": "Ours", "url": "https://models.example/v1", "model": "m", "context_window": 8000,
        "max_answer_tokens": 500, "input_price": 0, "output_price": 0, "active": "on", "new_key": "",
    } | changed  # fmt: skip


@pytest.fixture
def endpoint():
    endpoint = ModelEndpoint(name="Ours", url="https://models.example/v1", model="m")
    endpoint.key = KEY
    endpoint.save()
    return endpoint


def change(client, endpoint, **changed):
    return client.post(reverse("admin:assistant_modelendpoint_change", args=[endpoint.pk]), fields(**changed))


def test_key_is_encrypted_and_shown_nowhere(alices):
    response = alices.post(reverse(ADD), fields(new_key=KEY), follow=True)
    endpoint = ModelEndpoint.objects.get()
    assert endpoint.key == KEY
    assert KEY not in endpoint.encrypted_key
    pages = [
        response,
        alices.get(reverse("admin:assistant_modelendpoint_changelist")),
        alices.get(reverse("admin:assistant_modelendpoint_history", args=[endpoint.pk])),
        alices.get(reverse("admin:tenants_auditevent_changelist")),
    ]
    for page in pages:
        body = page.content.decode()
        assert KEY not in body
        assert endpoint.encrypted_key not in body
    assert KEY not in str(list(LogEntry.objects.values()))
    assert KEY not in str(list(AuditEvent.objects.values()))


def test_key_is_not_rendered_again_after_a_mistake(alices):
    page = alices.post(reverse(ADD), fields(new_key=KEY, url="no address")).content.decode()
    assert "Enter a valid URL" in page
    assert KEY not in page


def test_empty_key_keeps_the_stored_one(alices, endpoint):
    assert change(alices, endpoint, name="Renamed").status_code == HTTPStatus.FOUND
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.key) == ("Renamed", KEY)


def test_key_is_replaced_and_forgotten(alices, endpoint):
    change(alices, endpoint, new_key="another")
    endpoint.refresh_from_db()
    assert endpoint.key == "another"
    change(alices, endpoint, forget_key="on")
    endpoint.refresh_from_db()
    assert endpoint.key == ""


@pytest.mark.parametrize(
    "url", ["https://evil.example/v1", "http://models.example/v1", "https://models.example:444/v1"]
)
def test_key_does_not_follow_a_changed_address(alices, endpoint, url):
    page = change(alices, endpoint, url=url).content.decode()
    assert "The address has changed: enter its key again." in page
    endpoint.refresh_from_db()
    assert endpoint.url == "https://models.example/v1"
    assert change(alices, endpoint, url=url, new_key="its own").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    "url", ["ftp://models.example", "https://me:pw@models.example/v1", "https://m.example/v1?k=1"]
)
def test_odd_addresses_are_refused(alices, url):
    assert alices.post(reverse(ADD), fields(url=url)).status_code == HTTPStatus.OK
    assert not ModelEndpoint.objects.exists()


def test_private_addresses_are_allowed(alices):
    alices.post(reverse(ADD), fields(url="http://127.0.0.1:8001/v1/"))
    assert ModelEndpoint.objects.get().url == "http://127.0.0.1:8001/v1"


def test_two_models_cannot_share_a_name(alices, endpoint):
    assert "already has one with this name" in alices.post(reverse(ADD), fields()).content.decode()


def test_connection_is_tested_with_the_stored_key(alices, endpoint):
    with serving() as upstream:
        ModelEndpoint.objects.update(url=upstream.url)
        response = alices.post(reverse("admin:assistant_modelendpoint_test", args=[endpoint.pk]))
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Ours answers."]


def test_failed_connection_is_explained(alices, endpoint):
    with serving() as upstream:
        upstream.enqueue(Script(status=401))
        ModelEndpoint.objects.update(url=upstream.url)
        response = alices.post(reverse("admin:assistant_modelendpoint_test", args=[endpoint.pk]))
    assert "The key was refused" in str([str(message) for message in get_messages(response.wsgi_request)])


def test_connection_is_not_tested_by_following_a_link(alices, endpoint):
    address = reverse("admin:assistant_modelendpoint_test", args=[endpoint.pk])
    assert alices.get(address).status_code == HTTPStatus.NOT_FOUND
