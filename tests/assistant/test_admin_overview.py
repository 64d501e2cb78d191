"""The first page of the admin."""

import pytest
from django.urls import reverse

from assistant.models import ModelEndpoint
from ingestion.models import Collection
from tenants.scoping import tenant_scope

MISSING = "No language model is connected"


def test_numbers_are_those_of_the_own_organisation(alice, carol, globex, handbook, add_document, browser_of):
    with tenant_scope(globex.id):
        other = Collection.objects.create(name="Other")
    add_document(handbook, "Good", passage_count=7, size=2048)
    add_document(handbook, "Bad", status="failed", error="This file is empty.", passage_count=0)
    add_document(handbook, "Slow", status="queued", passage_count=0)
    add_document(other, "Of Globex", status="failed", error="Of Globex failed.")
    response = browser_of(alice).get("/admin/")
    overview = response.context["overview"]
    counted = {
        name: overview[name] for name in ("ready", "failed", "busy", "documents", "passages", "collections")
    }
    assert counted == {"ready": 1, "failed": 1, "busy": 1, "documents": 3, "passages": 7, "collections": 1}
    body = response.content.decode()
    assert "This file is empty." in body
    assert "Of Globex" not in body


def test_admin_is_led_to_connect_a_model(alice, browser_of):
    body = browser_of(alice).get("/admin/").content.decode()
    assert MISSING in body
    assert reverse("admin:assistant_modelendpoint_add") in body


def test_manager_is_not_asked_for_what_they_cannot_do(manager, browser_of):
    assert MISSING not in browser_of(manager).get("/admin/").content.decode()


@pytest.mark.parametrize("where", ["row", "settings"])
def test_connected_model_ends_the_reminder(alice, acme, browser_of, settings, where):
    if where == "settings":
        settings.CHAT_URL = "http://127.0.0.1:8001/v1"
    else:
        with tenant_scope(acme.id):
            ModelEndpoint.objects.create(name="Ours", url="http://127.0.0.1:8001/v1", model="m")
    assert MISSING not in browser_of(alice).get("/admin/").content.decode()
