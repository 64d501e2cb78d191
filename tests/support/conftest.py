"""Olga is let into Acme, or not yet."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.access import require_member
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tenants.support.access import approve, ask
from tenants.support.models import SupportAccess
from tenants.support.tasks import send_letter
from tests.tenants.test_admin_isolation import acme_rows  # noqa: F401


@pytest.fixture
def let_in(operator: User, acme: Tenant, alice: User) -> Callable[..., SupportAccess]:
    """An approved access of Olga's to Acme."""

    def let(documents: bool = True, people: bool = True, since: timedelta = timedelta()) -> SupportAccess:
        with tenant_scope(acme.id):
            row = ask(operator, reason="A failing import", hours=2, documents=documents, people=people)
            approve(row, require_member(alice.pk, tenant=acme.pk))
            row.refresh_from_db()
            if since:
                row.expires = timezone.now() + timedelta(hours=2) - since
                row.save()
        return row

    return let


@pytest.fixture
def letters(settings, monkeypatch, django_capture_on_commit_callbacks):
    """The worker sends at once; `settings.EMAIL_HOST` is there."""
    settings.EMAIL_HOST = "mail.example"
    monkeypatch.setattr(send_letter, "delay", send_letter)
    return django_capture_on_commit_callbacks


@pytest.fixture
def audited() -> Callable[[Tenant], list[AuditEvent]]:
    def events(tenant: Tenant, prefix: str = "support.") -> list[AuditEvent]:
        with tenant_scope(tenant.id):
            return list(AuditEvent.objects.filter(action__startswith=prefix).order_by("sequence"))

    return events
