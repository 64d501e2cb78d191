"""Old events go when the organisation says so, and what stays can still be verified."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.actions import record
from tenants.audit import chain, retention
from tenants.audit.models import AuditChain
from tenants.audit.verify import verify
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope


@pytest.fixture
def aged(acme, globex, monkeypatch):
    """Both have recorded an event a day for ten days, the last one today; Acme keeps 40 days, and it is day 45."""
    now = timezone.now()
    with pytest.MonkeyPatch.context() as patch:
        for age in range(45, 35, -1):
            patch.setattr(chain.timezone, "now", lambda age=age: now - timedelta(days=age))
            for tenant in (acme, globex):
                with tenant_scope(tenant.id):
                    record("thing.happened", actor=None, subject=None, age=age)
    with tenant_scope(acme.id):
        AuditChain.objects.update(keep_days=40)
    return acme


def ages(tenant) -> list[int]:
    with tenant_scope(tenant.id):
        return [e.detail["age"] for e in AuditEvent.objects.order_by("sequence") if "age" in e.detail]


def test_only_what_is_older_goes_and_only_where_it_was_asked_for(aged, globex) -> None:
    assert retention.apply_retention() == 6
    assert ages(aged) == [39, 38, 37, 36]
    assert len(ages(globex)) == 10
    assert retention.apply_retention() == 0


def test_what_stays_is_verified_from_the_anchor(aged) -> None:
    with tenant_scope(aged.id):
        last = AuditEvent.objects.get(detail__age=40)
    retention.apply_retention()
    with tenant_scope(aged.id):
        row = AuditChain.objects.get()
        event = AuditEvent.objects.get(action="audit.expired")
    assert (row.anchor_sequence, row.anchor_hash) == (6, last.hash)
    assert event.detail == {"sequence": 6, "hash": last.hash, "removed": 6, "keep_days": 40}
    verdict = verify(aged.id, noted=last.hash)
    assert (verdict.broken, verdict.count, verdict.sequence) == ("", 5, 11)


def test_it_goes_on_in_batches(aged, monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    assert retention.apply_retention() == 6
    assert ages(aged) == [39, 38, 37, 36]
    assert verify(aged.id).broken == ""


def test_a_log_that_is_old_altogether_begins_anew_behind_its_anchor(aged) -> None:
    with tenant_scope(aged.id):
        AuditChain.objects.update(keep_days=30)
    assert retention.apply_retention() == 10
    verdict = verify(aged.id)
    assert (verdict.broken, verdict.count, verdict.sequence) == ("", 1, 11)


def test_what_a_receiver_has_not_taken_yet_stays(aged, settings) -> None:
    settings.AUDIT_WEBHOOK_URL = "http://127.0.0.1:9/"
    assert retention.apply_retention() == 0
    with tenant_scope(aged.id):
        AuditChain.objects.update(delivered={"webhook": 2})
    assert retention.apply_retention() == 2
    assert verify(aged.id).broken == ""
