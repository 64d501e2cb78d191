"""Letters to an organisation's admins about what operators ask and do. The worker sends them: mail servers are slow."""

import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import transaction
from kombu.exceptions import OperationalError

from tenants.models import Membership, Role, User
from tenants.scoping import every_tenant
from tenants.support.tasks import send_letter

log = logging.getLogger(__name__)


def tell_admins(tenant: UUID, subject: str, body: str) -> None:
    """Whether they may sign in at present or not. Sent when the transaction commits."""
    with every_tenant():
        rows = Membership.objects.filter(tenant=tenant, role=Role.ADMIN)
        _send(sorted(rows.values_list("user__email", flat=True)), subject, body)


def tell_all_about(person: User, subject: str, body: str) -> None:
    """The person, and the admins of each of their organisations."""
    with every_tenant():
        tenants = Membership.objects.filter(user=person).values_list("tenant", flat=True)
        admins = Membership.objects.filter(tenant__in=list(tenants), role=Role.ADMIN)
        _send(sorted({person.email, *admins.values_list("user__email", flat=True)}), subject, body)


def _send(addresses: Iterable[str], subject: str, body: str) -> None:
    for email in addresses:
        transaction.on_commit(partial(_queue, f"{subject} · Colloquy", body, email))


def _queue(subject: str, body: str, email: str) -> None:
    """What was done stands, and is audited, though no letter can be sent."""
    try:
        send_letter.delay(subject, body, email)
    except OperationalError:
        log.exception("a letter about what an operator did could not be sent")
