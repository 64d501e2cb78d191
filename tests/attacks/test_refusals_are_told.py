"""Who tries what they may not is in their organisation's log, and cannot flood it."""

import pytest

from tenants.audit.bounded import AT_MOST
from tenants.audit.refusals import FORGED, NOT_OFFERED
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.matrix.asking import address
from tests.matrix.scene import HIDDEN, Scene
from tests.matrix.table import Row


def told(scene: Scene, who: str) -> list[AuditEvent]:
    tenant = scene.globex if who == "outsider" else scene.acme
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.filter(action="access.refused", actor_id=scene.cast[who].pk))


@pytest.mark.parametrize(
    ("who", "route", "method", "reason"),
    [
        ("outsider", "conversation-show", "GET", "not found or not theirs"),
        ("outsider", "admin:tenants_membership_password", "POST", "not found or not theirs"),
        ("admin", "conversation-delete", "POST", "not found or not theirs"),
        ("member", "documents-act", "POST", "not allowed"),
        ("manager", "admin:tenants_group_add", "POST", "not allowed"),
    ],
)
def test_an_attempt_is_an_event(scene, who: str, route: str, method: str, reason: str) -> None:
    row = Row(route, method, {})
    getattr(scene.browser(who), method.lower())(address(row, scene))
    [event] = told(scene, who)
    assert (event.detail["method"], event.detail["reason"]) == (method, reason)
    assert "<uuid" in event.detail["address"] or "_" not in event.detail["address"]
    assert not [word for word in HIDDEN if word in str(event.detail)]


def test_a_forged_post_is_an_event_of_its_own_kind(scene) -> None:
    scene.browser("admin", strict=True).post("/admin/tenants/group/add/", {"name": "Planted"})
    [event] = told(scene, "admin")
    assert (event.detail["address"], event.detail["reason"]) == ("/admin/tenants/group/add/", FORGED)


def test_a_choice_that_the_form_does_not_offer_is_an_event(scene) -> None:
    """Somebody of another organisation in one's own group."""
    form = {"name": "Planted", "members": str(scene.cast["outsider"].pk)}
    scene.browser("admin").post("/admin/tenants/group/add/", form)
    [event] = told(scene, "admin")
    assert event.detail["reason"] == NOT_OFFERED


def test_a_form_with_a_mistake_is_no_attempt(scene) -> None:
    assert scene.browser("admin").post("/admin/tenants/group/add/", {"name": ""}).status_code == 200
    assert told(scene, "admin") == []


def test_the_same_attempt_again_is_no_second_event(scene) -> None:
    for _ in range(5):
        scene.browser("member").post("/documents/api/act")
    assert len(told(scene, "member")) == 1


def test_nobody_floods_the_log(scene, monkeypatch, caplog) -> None:
    monkeypatch.setattr("tenants.audit.bounded.AT_MOST", 3)
    assert AT_MOST > 3
    browser = scene.browser("member")
    for path in ("act", "upload", "", "summary", "choices", "progress"):
        (browser.post if path in ("act", "upload") else browser.get)(f"/documents/api/{path}")
    assert len(told(scene, "member")) == 3
    assert [line.getMessage() for line in caplog.records if line.name == "tenants.security"] == [
        "somebody is refused so often that further refusals are not recorded for an hour"
    ]


@pytest.mark.parametrize("path", ["/nowhere", "/chat/", "/documents/nowhere/"])
def test_a_mistyped_address_is_no_attempt(scene, path: str) -> None:
    scene.browser("member").get(path)
    assert told(scene, "member") == []


def test_a_cache_that_is_down_stops_nobody(scene, monkeypatch) -> None:
    def down(*_args: object) -> None:
        raise OSError("no cache")

    monkeypatch.setattr("tenants.audit.bounded.cache.add", down)
    assert scene.browser("member").post("/documents/api/act").status_code == 403
    assert told(scene, "member") == []
